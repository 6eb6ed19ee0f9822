#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/ca/v1/ca.grpc.pb.h"
#include "services/ca/core/complete_certificate.h"
#include "services/ca/core/issue_certificate.h"
#include "services/ca/core/read_journal.h"
#include "services/ca/core/revoke.h"
#include "services/ca/core/sign_crl.h"
#include "services/ca/core/sign_ocsp.h"

namespace cairn::ca {

// The generated services: hand each call to its use case. No decisions.

class SignerService final : public v1::Signer::CallbackService {
 public:
  // `complete` is null where CT is not required.
  SignerService(service::RpcRunner& runner, IssueCertificate& issue, CompleteCertificate* complete)
      : runner_(runner), issue_(issue), complete_(complete) {}

  grpc::ServerUnaryReactor* SignPrecertificate(grpc::CallbackServerContext* context,
                                               const v1::SignPrecertificateRequest* request,
                                               v1::SignPrecertificateResponse* response) override;
  grpc::ServerUnaryReactor* SignCertificate(grpc::CallbackServerContext* context,
                                            const v1::SignCertificateRequest* request,
                                            v1::SignCertificateResponse* response) override;

 private:
  service::RpcRunner& runner_;
  IssueCertificate& issue_;
  CompleteCertificate* const complete_;
};

class StatusSignerService final : public v1::StatusSigner::CallbackService {
 public:
  StatusSignerService(service::RpcRunner& runner, ca::Revoke& revoke, ca::SignCrl& crl,
                      SignOcsp& ocsp)
      : runner_(runner), revoke_(revoke), crl_(crl), ocsp_(ocsp) {}

  grpc::ServerUnaryReactor* Revoke(grpc::CallbackServerContext* context,
                                   const v1::RevokeRequest* request,
                                   v1::RevokeResponse* response) override;
  grpc::ServerUnaryReactor* SignCrl(grpc::CallbackServerContext* context,
                                    const v1::SignCrlRequest* request,
                                    v1::SignCrlResponse* response) override;
  grpc::ServerUnaryReactor* SignOcspResponses(grpc::CallbackServerContext* context,
                                              const v1::SignOcspResponsesRequest* request,
                                              v1::SignOcspResponsesResponse* response) override;

 private:
  service::RpcRunner& runner_;
  ca::Revoke& revoke_;
  ca::SignCrl& crl_;
  SignOcsp& ocsp_;
};

class JournalService final : public v1::Journal::CallbackService {
 public:
  JournalService(service::RpcRunner& runner, const ca::ReadJournal& read)
      : runner_(runner), read_(read) {}

  grpc::ServerUnaryReactor* ReadJournal(grpc::CallbackServerContext* context,
                                        const v1::ReadJournalRequest* request,
                                        v1::ReadJournalResponse* response) override;

 private:
  service::RpcRunner& runner_;
  const ca::ReadJournal& read_;
};

}  // namespace cairn::ca
