// Asks the signer of a running local stack for what it says about certificates, as
// the services would that nobody has started:
//
//   sign_status STATE-FOLDER ADDRESS TLS-NAME revoke SERIAL REASON
//   sign_status STATE-FOLDER ADDRESS TLS-NAME crl ISSUER NUMBER HOURS OUT
//   sign_status STATE-FOLDER ADDRESS TLS-NAME ocsp ISSUER sha1|sha256 HOURS SERIAL OUT
//
// Serials are hexadecimal; OUT gets the DER.

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "protos/ca/v1/ca.grpc.pb.h"

namespace cairn {
namespace {

using ca::v1::StatusSigner;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

std::unique_ptr<StatusSigner::Stub> Connect(const std::vector<std::string>& words,
                                            const std::string& role) {
  const std::string tls = base::Cat(words[0], "/tls/internal/");
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(tls + "authority.pem");
  options.pem_cert_chain = ReadFile(base::Cat(tls, role, ".pem"));
  options.pem_private_key = ReadFile(base::Cat(tls, role, ".key"));
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(words[2]);
  return StatusSigner::NewStub(
      grpc::CreateCustomChannel(words[1], grpc::SslCredentials(options), arguments));
}

int64_t Begin() { return absl::ToUnixMillis(absl::Now() - absl::Seconds(1)); }
int64_t End(const std::string& hours) {
  return absl::ToUnixMillis(absl::Now() + absl::Hours(std::atoi(hours.c_str())));
}

// 0 and the file, or 1 and the reason.
int Finish(const grpc::Status& status, const std::string& der, const std::string& out) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    return 1;
  }
  if (!out.empty()) std::ofstream(out, std::ios::binary) << der;
  return 0;
}

int Main(const std::vector<std::string>& words) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  if (words.size() == 6 && words[3] == "revoke") {
    ca::v1::RevokeRequest request;
    request.set_serial(base::FromHex(words[4]).value_or(""));
    request.set_reason(std::atoi(words[5].c_str()));
    ca::v1::RevokeResponse response;
    return Finish(Connect(words, "ra")->Revoke(&context, request, &response), "", "");
  }
  if (words.size() == 8 && words[3] == "crl") {
    ca::v1::SignCrlRequest request;
    request.set_issuer(words[4]);
    request.set_number(std::strtoull(words[5].c_str(), nullptr, 10));
    request.set_this_update_ms(Begin());
    request.set_next_update_ms(End(words[6]));
    ca::v1::SignCrlResponse response;
    const grpc::Status status =
        Connect(words, "crl-updater")->SignCrl(&context, request, &response);
    return Finish(status, response.crl(), words[7]);
  }
  if (words.size() == 9 && words[3] == "ocsp") {
    ca::v1::SignOcspResponsesRequest request;
    request.set_issuer(words[4]);
    request.set_hash(words[5] == "sha256" ? ca::v1::OCSP_HASH_SHA256 : ca::v1::OCSP_HASH_SHA1);
    request.set_this_update_ms(Begin());
    request.set_next_update_ms(End(words[6]));
    request.add_serials(base::FromHex(words[7]).value_or(""));
    ca::v1::SignOcspResponsesResponse response;
    const grpc::Status status =
        Connect(words, "ra")->SignOcspResponses(&context, request, &response);
    return Finish(status, status.ok() ? response.responses(0) : "", words[8]);
  }
  std::fprintf(stderr, "usage: sign_status STATE-FOLDER ADDRESS TLS-NAME revoke|crl|ocsp ...\n");
  return 2;
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) { return cairn::Main({argv + 1, argv + argc}); }
