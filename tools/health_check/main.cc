// Asks services for their health: health_check --ca FILE --certificate FILE
// --key FILE [--timeout_ms N] TARGETS
//
// Each line of the file TARGETS is "LABEL ADDRESS TLS-NAME". Prints one JSON
// object per target, in their order: {"name":...,"status":...,"detail":...};
// status is SERVING, NOT_SERVING, or UNREACHABLE. Exits 0 if all are SERVING.

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "protos/health/v1/health.grpc.pb.h"

namespace cairn {
namespace {

namespace health = grpc::health::v1;

struct Target {
  std::string label;
  std::string address;
  std::string tls_name;
};

// A call under way; the members live until it ends.
struct Probe {
  std::unique_ptr<health::Health::Stub> stub;
  grpc::ClientContext context;
  health::HealthCheckResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<health::HealthCheckResponse>> reader;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

std::vector<Target> ReadTargets(const std::string& path) {
  std::vector<Target> targets;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    Target target;
    if (words >> target.label >> target.address >> target.tls_name) targets.push_back(target);
  }
  return targets;
}

std::string StatusOf(const Probe& probe) {
  if (!probe.status.ok()) return "UNREACHABLE";
  return health::HealthCheckResponse::ServingStatus_Name(probe.response.status());
}

// For a JSON string: printable ASCII without quotes and backslashes.
std::string Plain(const std::string& text) {
  std::string out = base::Escaped(text, 200);
  for (char& c : out) {
    if (c == '"' || c == '\\') c = '\'';
  }
  return out;
}

int Usage() {
  std::fprintf(stderr,
               "usage: health_check --ca FILE --certificate FILE --key FILE [--timeout_ms N] "
               "TARGETS\n");
  return 2;
}

int Main(int argc, char** argv) {
  std::map<std::string, std::string> flags{{"--timeout_ms", "2000"}};
  for (int i = 1; i + 2 < argc; i += 2) flags[argv[i]] = argv[i + 1];
  const std::string& timeout_text = flags["--timeout_ms"];
  const bool number = !timeout_text.empty() && timeout_text.size() < 7 &&
                      timeout_text.find_first_not_of("0123456789") == std::string::npos;
  if (argc % 2 != 0 || flags["--ca"].empty() || flags.size() != 4 || !number) return Usage();

  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(flags["--ca"]);
  options.pem_cert_chain = ReadFile(flags["--certificate"]);
  options.pem_private_key = ReadFile(flags["--key"]);
  const auto credentials = grpc::SslCredentials(options);
  const auto deadline =
      std::chrono::system_clock::now() + std::chrono::milliseconds(std::stoi(timeout_text));

  // All at once: the slowest answer bounds the whole.
  const std::vector<Target> targets = ReadTargets(argv[argc - 1]);
  std::vector<std::unique_ptr<Probe>> probes;
  grpc::CompletionQueue queue;
  for (const Target& target : targets) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(target.tls_name);
    auto probe = std::make_unique<Probe>();
    probe->stub =
        health::Health::NewStub(grpc::CreateCustomChannel(target.address, credentials, arguments));
    probe->context.set_deadline(deadline);
    probe->reader = probe->stub->AsyncCheck(&probe->context, health::HealthCheckRequest(), &queue);
    probe->reader->Finish(&probe->response, &probe->status, probe.get());
    probes.push_back(std::move(probe));
  }
  for (size_t done = 0; done < probes.size(); ++done) {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
  }

  bool all = !targets.empty();
  for (size_t i = 0; i < targets.size(); ++i) {
    const std::string status = StatusOf(*probes[i]);
    all = all && status == "SERVING";
    std::printf("{\"name\":\"%s\",\"status\":\"%s\",\"detail\":\"%s\"}\n",
                Plain(targets[i].label).c_str(), status.c_str(),
                Plain(probes[i]->status.error_message()).c_str());
  }
  return all ? 0 : 1;
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) { return cairn::Main(argc, argv); }
