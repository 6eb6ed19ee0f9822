// Calls every method of every service of a running local stack with every
// certificate of its internal CA: call_everything STATE-FOLDER TARGETS
//
// TARGETS names the services: "wfe=127.0.0.1:4001 ra=...". Each call carries an
// empty request. Prints "CALLER SERVICE/METHOD CODE" for each, the code as a
// number; the test beside this knows which may be what.

#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "protos/ca/v1/ca.pb.h"
#include "protos/publisher/v1/publisher.pb.h"
#include "protos/ra/v1/ra.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "protos/va/v1/va.pb.h"
#include "protos/wfe/v1/wfe.pb.h"

namespace cairn {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

int Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  context.set_wait_for_ready(true);
  grpc::CompletionQueue queue;
  const grpc::ByteBuffer empty{nullptr, 0};
  const auto call = stub.PrepareUnaryCall(&context, "/" + method, empty, &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, &queue);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status.error_code();
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: call_everything STATE-FOLDER NAME=ADDRESS=TLS-NAME...\n");
    return 2;
  }
  const std::string tls = base::Cat(argv[1], "/tls/internal/");
  const std::map<std::string, const google::protobuf::FileDescriptor*> files = {
      {"wfe", wfe::v1::RedeemNonceRequest::descriptor()->file()},
      {"ra", ra::v1::NewOrderRequest::descriptor()->file()},
      {"sa", sa::v1::GetOrderRequest::descriptor()->file()},
      {"va", va::v1::ValidateRequest::descriptor()->file()},
      {"ca", ca::v1::SignCertificateRequest::descriptor()->file()},
      {"publisher", publisher::v1::GetSctsRequest::descriptor()->file()}};

  for (const char* caller :
       {"wfe", "ra", "va", "ca", "sa", "publisher", "crl-updater", "status", "admin", "remote-1"}) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ReadFile(tls + "authority.pem");
    options.pem_cert_chain = ReadFile(base::Cat(tls, caller, ".pem"));
    options.pem_private_key = ReadFile(base::Cat(tls, caller, ".key"));
    const auto credentials = grpc::SslCredentials(options);
    for (int i = 2; i < argc; ++i) {
      std::istringstream words(argv[i]);
      std::string name, address, tls_name;
      std::getline(words, name, '=');
      std::getline(words, address, '=');
      std::getline(words, tls_name);
      grpc::ChannelArguments arguments;
      arguments.SetSslTargetNameOverride(tls_name);
      const auto channel = grpc::CreateCustomChannel(address, credentials, arguments);
      // A remote perspective is the same binary, and the same schema, as the primary.
      const auto* file = files.at(name.starts_with("remote") ? "va" : name);
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          const std::string method =
              base::Cat(file->service(s)->full_name(), "/", file->service(s)->method(m)->name());
          std::printf("%s %s %s %d\n", caller, name.c_str(), method.c_str(), Call(channel, method));
        }
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) { return cairn::Main(argc, argv); }
