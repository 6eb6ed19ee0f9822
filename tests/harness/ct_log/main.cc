// CT logs for tests and for the local stack: ct_log --config FILE
//
// They stand for the outside world's logs, and are no service of the CA.

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/load.h"
#include "libs/config/values.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/signature.h"
#include "libs/ct/test_log.h"
#include "libs/errors/errors.h"
#include "libs/http/server/server.h"
#include "libs/x509/certificate.h"
#include "tests/harness/ct_log/config.pb.h"
#include "tests/harness/ct_log/log_double.h"
#include "tests/harness/ct_log/log_server.h"

namespace cairn::ct_log {
namespace {

absl::Status Malformed(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

void WriteFile(const std::string& path, std::string_view content) {
  // By rename, so that nobody reads half of it.
  std::ofstream(path + ".new", std::ios::binary) << content;
  std::rename((path + ".new").c_str(), path.c_str());
}

// The key in the file, made at the first start.
absl::StatusOr<crypto::PrivateKey> KeyOf(const std::string& path) {
  if (!std::ifstream(path)) {
    const mode_t old = umask(077);
    WriteFile(path, crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).ToPem());
    umask(old);
  }
  return crypto::PrivateKey::FromPemFile(path);
}

absl::StatusOr<absl::Time> ParseTime(const std::string& text) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  return Malformed(base::Cat("\"", text, "\" is no time: ", error));
}

absl::StatusOr<ct::Log> Describe(const Config::Log& config, const crypto::PublicKey& key,
                                 const std::string& base_url, absl::Time now) {
  ct::Log log{.description = config.name(),
              .operator_name = config.operator_(),
              .id = ct::LogIdOf(key),
              .key = key,
              .kind = config.kind() == "static" ? ct::LogKind::kStatic : ct::LogKind::kRfc6962,
              .submission_url = base::Cat(base_url, config.name(), "/"),
              .mmd = absl::Hours(24),
              .state = ct::LogState::kUsable,
              .state_since = now,
              .production = true};
  log.monitoring_url = log.submission_url;
  if (!config.mmd().empty()) {
    ASSIGN_OR_RETURN(log.mmd, config::ParseDuration(config.mmd()));
  }
  if (!config.start().empty()) {
    ASSIGN_OR_RETURN(const absl::Time start, ParseTime(config.start()));
    ASSIGN_OR_RETURN(const absl::Time end, ParseTime(config.end()));
    log.interval = ct::Log::Interval{start, end};
  }
  if (config.state().empty()) return log;
  for (const ct::LogState state :
       {ct::LogState::kPending, ct::LogState::kQualified, ct::LogState::kUsable,
        ct::LogState::kReadOnly, ct::LogState::kRetired, ct::LogState::kRejected}) {
    if (ct::NameOf(state) != config.state()) continue;
    log.state = state;
    return log;
  }
  return Malformed(base::Cat("\"", config.state(), "\" is no state of a log"));
}

// Chrome's three files: the list, the signature over it, and its public key.
void WriteList(const std::string& folder, const LogServer::Logs& logs,
               const crypto::PrivateKey& key, absl::Time now) {
  std::vector<ct::Log> listed;
  for (const auto& log : logs) listed.push_back(log->listed());
  const std::string json = testing::ListJson(listed, base::Cat(absl::ToUnixMillis(now)), now);
  const auto signature = key.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, json);
  WriteFile(folder + "/log_list.pub", key.public_key().ToPem());
  WriteFile(folder + "/log_list.sig", signature.value());
  WriteFile(folder + "/log_list.json", json);
}

absl::StatusOr<std::vector<std::string>> ReadRoots(const Config& config) {
  std::vector<std::string> roots;
  for (const std::string& path : config.roots()) {
    ASSIGN_OR_RETURN(const std::string pem, config::ReadFile(path));
    ASSIGN_OR_RETURN(const std::vector<x509::Certificate> list,
                     x509::Certificate::ListFromPem(pem));
    for (const x509::Certificate& certificate : list) roots.push_back(certificate.der());
  }
  return roots;
}

absl::Status Serve(const Config& config, int signals) {
  const base::SystemClock clock;
  ASSIGN_OR_RETURN(const config::HostPort listen, config::ParseHostPort(config.listen()));
  ASSIGN_OR_RETURN(const std::vector<std::string> roots, ReadRoots(config));
  ASSIGN_OR_RETURN(const crypto::PrivateKey list_key, KeyOf(config.folder() + "/log_list.key"));

  LogServer::Logs logs;
  const auto write = [&] { WriteList(config.folder(), logs, list_key, clock.Now()); };
  LogServer handler(logs, write);
  http::Server::Options options{.address = listen.host, .port = listen.port, .body_limit = 1 << 20};
  const bool tls = !config.tls_certificate().empty();
  if (tls) options.tls = http::TlsFiles{config.tls_certificate(), config.tls_key()};
  ASSIGN_OR_RETURN(const std::unique_ptr<http::Server> server,
                   http::Server::Listen(options, handler, clock));

  ASSIGN_OR_RETURN(config::HostPort where, config::ParseHostPort(server->address()));
  if (!config.host().empty()) where.host = config.host();
  const std::string base_url = base::Cat(tls ? "https://" : "http://", where.ToText(), "/");
  for (const Config::Log& one : config.logs()) {
    const std::string path = base::Cat(config.folder(), "/", one.name());
    ASSIGN_OR_RETURN(crypto::PrivateKey key, KeyOf(path + ".key"));
    ASSIGN_OR_RETURN(ct::Log listed, Describe(one, key.public_key(), base_url, clock.Now()));
    ASSIGN_OR_RETURN(std::unique_ptr<LogDouble> log,
                     LogDouble::Open(std::move(listed), std::move(key), roots, path, clock));
    logs.push_back(std::move(log));
  }
  write();
  server->Start();
  std::printf("{\"event\":\"listening\",\"ct\":\"%s\",\"url\":\"%s\"}\n", server->address().c_str(),
              base_url.c_str());
  std::fflush(stdout);

  signalfd_siginfo info{};
  [[maybe_unused]] const ssize_t got = read(signals, &info, sizeof info);
  server->Stop();
  handler.Stop();
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--config") {
    std::fprintf(stderr, "usage: ct_log --config FILE   (see tests/harness/ct_log/config.proto)\n");
    return 2;
  }
  // Before any thread, so that none gets a signal.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC);

  const auto config = config::Load<Config>(argv[2]);
  const absl::Status status = config.ok() ? Serve(*config, descriptor) : config.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "ct_log: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace cairn::ct_log

int main(int argc, char** argv) { return cairn::ct_log::Main(argc, argv); }
