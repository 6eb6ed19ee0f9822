// Answers an operator's questions about a running CA: cairn-admin explain-validation --help

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/public_key.h"
#include "libs/errors/errors.h"
#include "libs/errors/grpc_status.h"
#include "protos/sa/v1/sa.grpc.pb.h"
#include "tools/cairn_admin/arguments.h"
#include "tools/cairn_admin/details.h"
#include "tools/cairn_admin/explain.h"

namespace cairn::admin {
namespace {

enum ExitCode { kFound = 0, kError = 1, kNothingFound = 3 };

// A search by name may take the database a while; a person waits no longer.
constexpr std::chrono::seconds kPatience(30);

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || text.empty()) {
    return errors::Make(errors::Reason::kMalformed, base::Cat("can't read ", path));
  }
  return text;
}

absl::StatusOr<PerspectiveKeys> ReadKeys(const Arguments& arguments) {
  PerspectiveKeys keys;
  for (const auto& [id, path] : arguments.perspective_key_paths) {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(path));
    absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromPem(pem);
    if (!key.ok()) {
      return errors::Make(errors::Reason::kMalformed, base::Cat(path, " is not a public key"));
    }
    keys.emplace(id, *std::move(key));
  }
  return keys;
}

// What a person can do about it. The text of gRPC says more than its code.
absl::Status Explained(const grpc::Status& status, const Arguments& arguments) {
  const std::string where = base::Cat("the SA at ", arguments.address);
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return errors::Make(errors::Reason::kUnavailable,
                          base::Cat("can't reach ", where, " under the name ", arguments.tls_name,
                                    ": ", status.error_message()));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return errors::Make(errors::Reason::kDeadlineExceeded, base::Cat(where, " took too long"));
    case grpc::StatusCode::PERMISSION_DENIED:
      return errors::Make(
          errors::Reason::kUnauthorized,
          base::Cat(where,
                    " refuses this certificate: it must have the name admin.<internal "
                    "domain>"));
    default:
      return errors::FromGrpc(status);
  }
}

absl::StatusOr<sa::v1::FindValidationsResponse> Ask(const Arguments& arguments) {
  grpc::SslCredentialsOptions options;
  ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(arguments.ca_path));
  ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(arguments.certificate_path));
  ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(arguments.key_path));
  grpc::ChannelArguments channel;
  channel.SetSslTargetNameOverride(arguments.tls_name);
  // Receipts of a hundred names with many records are more than gRPC's usual 4 MB.
  channel.SetMaxReceiveMessageSize(64 << 20);
  const auto stub = sa::v1::EvidenceReader::NewStub(
      grpc::CreateCustomChannel(arguments.address, grpc::SslCredentials(options), channel));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  sa::v1::FindValidationsResponse response;
  const grpc::Status status = stub->FindValidations(&context, arguments.request, &response);
  if (!status.ok()) return Explained(status, arguments);
  return response;
}

int Fail(const absl::Status& status) {
  std::fprintf(
      stderr, "cairn-admin: %s\n",
      Shown(errors::PayloadOf(status).detail().empty() ? std::string(status.message())
                                                       : errors::PayloadOf(status).detail())
          .c_str());
  return kError;
}

absl::StatusOr<ExitCode> Explain(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const PerspectiveKeys keys, ReadKeys(arguments));
  ASSIGN_OR_RETURN(const sa::v1::FindValidationsResponse found, Ask(arguments));
  bool first = true;
  for (const sa::v1::StoredValidation& validation : found.validations()) {
    const std::string text = arguments.json ? ExplainJson(validation, keys) + "\n"
                                            : ExplainText(validation, keys, arguments.all);
    std::printf("%s%s", first || arguments.json ? "" : "\n", text.c_str());
    first = false;
  }
  const bool by_name = arguments.request.has_name();
  const bool full = found.validations_size() >= static_cast<int>(arguments.request.limit());
  if (full && !arguments.request.has_authorization()) {
    std::fprintf(stderr, "cairn-admin: these are the first %d; --limit shows more\n",
                 found.validations_size());
  }
  if (by_name && !full && found.searched_since() > arguments.request.made_since()) {
    std::fprintf(stderr, "cairn-admin: time ran out: orders before %s were not looked at\n",
                 TimeText(found.searched_since()).c_str());
  }
  if (!found.validations().empty()) return kFound;
  const std::string since =
      base::Cat(" in an order made since ", TimeText(arguments.request.made_since()),
                "; try a longer --since");
  std::fprintf(stderr, "cairn-admin: no authorization for %s%s\n", Shown(arguments.what).c_str(),
               by_name ? since.c_str() : "");
  return kNothingFound;
}

int Main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (const std::string& word : words) {
    if (word != "--help" && word != "-h") continue;
    std::fputs(kHelp, stdout);
    return kFound;
  }
  if (words.empty() || words[0] != "explain-validation") {
    std::fputs(kHelp, stderr);
    return kError;
  }
  const absl::StatusOr<Arguments> arguments =
      ParseArguments({words.begin() + 1, words.end()}, base::SystemClock().Now());
  if (!arguments.ok()) return Fail(arguments.status());
  const absl::StatusOr<ExitCode> code = Explain(*arguments);
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace
}  // namespace cairn::admin

int main(int argc, char** argv) { return cairn::admin::Main(argc, argv); }
