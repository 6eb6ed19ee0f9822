#pragma once

#include "libs/service/rpc_runner.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "services/sa/api/account_reader.h"
#include "services/sa/api/account_writer.h"

namespace cairn::sa {

// The generated services of accounts: each method runs its namesake of the interface.
// References must outlive the services.

class AccountReaderService final : public v1::AccountReader::CallbackService {
 public:
  AccountReaderService(service::RpcRunner& runner, AccountReader& account_reader)
      : runner_(runner), account_reader_(account_reader) {}

  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context,
                                       const v1::GetAccountRequest* request,
                                       v1::GetAccountResponse* response) override;

 private:
  service::RpcRunner& runner_;
  AccountReader& account_reader_;
};

class AccountWriterService final : public v1::AccountWriter::CallbackService {
 public:
  AccountWriterService(service::RpcRunner& runner, AccountWriter& account_writer)
      : runner_(runner), account_writer_(account_writer) {}

  grpc::ServerUnaryReactor* CreateAccount(grpc::CallbackServerContext* context,
                                          const v1::CreateAccountRequest* request,
                                          v1::CreateAccountResponse* response) override;
  grpc::ServerUnaryReactor* FindAccount(grpc::CallbackServerContext* context,
                                        const v1::FindAccountRequest* request,
                                        v1::FindAccountResponse* response) override;
  grpc::ServerUnaryReactor* UpdateAccount(grpc::CallbackServerContext* context,
                                          const v1::UpdateAccountRequest* request,
                                          v1::UpdateAccountResponse* response) override;

 private:
  service::RpcRunner& runner_;
  AccountWriter& account_writer_;
};

}  // namespace cairn::sa
