#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/evidence_reader.h"

namespace cairn::sa {

// The generated service of stored validations: its method runs its namesake of the
// interface. References must outlive the service.
class EvidenceReaderService final : public v1::EvidenceReader::CallbackService {
 public:
  EvidenceReaderService(service::RpcRunner& runner, EvidenceReader& evidence_reader)
      : runner_(runner), evidence_reader_(evidence_reader) {}

  grpc::ServerUnaryReactor* FindValidations(grpc::CallbackServerContext* context,
                                            const v1::FindValidationsRequest* request,
                                            v1::FindValidationsResponse* response) override;

 private:
  service::RpcRunner& runner_;
  EvidenceReader& evidence_reader_;
};

}  // namespace cairn::sa
