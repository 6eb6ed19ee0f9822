#include "tests/load/validations/perspectives.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"

namespace cairn::load {
namespace {

constexpr char kDomain[] = "cairn.internal";

template <typename T>
T OrExit(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "validation_load: %s\n", result.status().ToString().c_str());
  std::exit(1);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double CpuSeconds(const std::string& process) {
  // The name in brackets may hold spaces.
  const std::string stat = ReadFile(process + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string field;
  double ticks = 0;
  for (int i = 3; i <= 15 && fields >> field; ++i) {
    if (i >= 14) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Megabytes(const std::string& process) {
  const std::string text = ReadFile(process + "/smaps_rollup");
  const size_t at = text.find("\nPss:");
  return at == text.npos ? 0 : std::stod(text.substr(at + 5)) / 1024;
}

int Threads(const std::string& process) {
  int threads = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator(process + "/task")) {
    ++threads;
  }
  return threads;
}

}  // namespace

Perspectives::Perspectives(const std::string& va, int remotes, const std::string& dns_address,
                           uint16_t web_port) {
  std::string primary = Config("primary", dns_address, web_port);
  primary += "role: primary\nremotes:\n";
  for (int i = 1; i <= remotes; ++i) {
    const std::string id = base::Cat("remote-", i);
    processes_.push_back(
        Start(va, id, id + ".perspective", Config(id, dns_address, web_port) + "role: remote\n"));
    primary += base::Cat("  - perspective: {id: ", id, ", rir: APNIC", "}\n    peer: {address: \"",
                         processes_.back()->Field("grpc"), "\", name: ", id, ".perspective.",
                         kDomain, "}\n");
  }
  processes_.insert(processes_.begin(), Start(va, "primary", "va", primary));

  Tls("ra");
  service::Host::Options options{.name = "validation_load", .output_fd = 2};
  options.common.set_listen("127.0.0.1:0");
  options.common.set_internal_domain(kDomain);
  options.common.mutable_tls()->set_certificate(folder_.File("ra.pem"));
  options.common.mutable_tls()->set_key(folder_.File("ra-tls.key"));
  options.common.mutable_tls()->set_ca(folder_.File("ca.pem"));
  host_ = OrExit(service::Host::Create(std::move(options)));
  config::Peer peer;
  peer.set_address(processes_.front()->Field("grpc"));
  peer.set_name(base::Cat("va.", kDomain));
  peer.set_timeout("30s");
  primary_ = OrExit(host_->Dial(peer));
}

Perspectives::Usage Perspectives::Used() const {
  Usage usage;
  for (const auto& process : processes_) {
    const std::string folder = base::Cat("/proc/", process->pid());
    usage.cpu_seconds.push_back(CpuSeconds(folder));
    usage.megabytes.push_back(Megabytes(folder));
    usage.threads.push_back(Threads(folder));
  }
  return usage;
}

std::string Perspectives::Tls(const std::string& role) {
  const testing::TlsIdentity identity = ca_.Issue({base::Cat(role, ".", kDomain)});
  return base::Cat("{certificate: ", folder_.Write(role + ".pem", identity.certificate_pem),
                   ", key: ", folder_.Write(role + "-tls.key", identity.key_pem),
                   ", ca: ", folder_.Write("ca.pem", ca_.pem()), "}");
}

std::string Perspectives::Config(const std::string& id, const std::string& dns_address,
                                 uint16_t web_port) {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  return base::Cat("perspective: {id: ", id,
                   ", rir: APNIC}\nreceipt_key: ", folder_.Write(id + ".key", key.ToPem()),
                   "\nresolver: {forward: \"", dns_address, "\"}\nhttp01_port: ", web_port,
                   "\nallowed_addresses: [127.0.0.0/8]\ncaa_identities: [ca.test]\n");
}

std::unique_ptr<harness::Process> Perspectives::Start(const std::string& va,
                                                      const std::string& name,
                                                      const std::string& role,
                                                      const std::string& config) {
  const std::string path = folder_.Write(
      name + ".yaml", base::Cat("common: {listen: \"127.0.0.1:0\", internal_domain: ", kDomain,
                                ", tls: ", Tls(role), "}\n", config));
  return OrExit(harness::Process::Start(
      {.command = {va, "--config", path}, .log_path = folder_.File(name + ".log")}));
}

}  // namespace cairn::load
