#include "libs/service/main.h"

#include <absl/synchronization/mutex.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/config/load.h"
#include "libs/config/values.h"
#include "libs/errors/errors.h"
#include "libs/service/one_poller.h"
#include "libs/service/version.h"
#include "protos/audit/v1/audit.pb.h"

namespace cairn::service {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kMistake = 2;

struct Flags {
  std::string config;
  bool check_config = false;
  bool version = false;
  bool help = false;
};

// Nothing, and a line on standard error, for flags that aren't ours.
std::optional<Flags> ParseFlags(const MainOptions& options) {
  Flags flags;
  for (int i = 1; i < options.argc; ++i) {
    std::string_view flag = options.argv[i];
    if (flag.starts_with("--")) flag.remove_prefix(1);
    if (flag == "-check_config") {
      flags.check_config = true;
    } else if (flag == "-version") {
      flags.version = true;
    } else if (flag == "-help" || flag == "-h") {
      flags.help = true;
    } else if (flag.starts_with("-config=")) {
      flags.config = flag.substr(8);
    } else if (flag == "-config" && i + 1 < options.argc) {
      flags.config = options.argv[++i];
    } else {
      std::fprintf(stderr, "%s: unknown or incomplete flag %s; try --help\n", options.name.c_str(),
                   options.argv[i]);
      return std::nullopt;
    }
  }
  return flags;
}

// Each line of the message with the program's name in front.
void PrintError(const std::string& name, const absl::Status& status) {
  std::string_view rest(status.message().data(), status.message().size());
  while (true) {
    const size_t end = rest.find('\n');
    std::fprintf(stderr, "%s: %s\n", name.c_str(), std::string(rest.substr(0, end)).c_str());
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

int CodeOf(const absl::Status& status) {
  const errors::Reason reason = errors::ReasonOf(status);
  return reason == errors::Reason::kMalformed || reason == errors::Reason::kNotFound ? kMistake
                                                                                     : kFailed;
}

std::string Sha256(std::string_view data) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             EVP_sha256(), nullptr);
  digest.resize(size);
  return digest;
}

// Which configuration is in force (NSR-09).
absl::Status AuditConfig(Host& host, const std::string& path) {
  const absl::StatusOr<std::string> text = config::ReadFile(path);
  if (!text.ok()) return text.status();
  audit::v1::Event event;
  event.mutable_config_loaded()->set_path(path);
  event.mutable_config_loaded()->set_digest(Sha256(*text));
  return host.audit().Write(event);
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

void ExitAtOnce(int) { ::_exit(kFailed); }

void WaitForStopSignal() {
  const sigset_t signals = StopSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  struct sigaction at_once {};
  at_once.sa_handler = ExitAtOnce;
  sigaction(SIGTERM, &at_once, nullptr);
  sigaction(SIGINT, &at_once, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace

int RunMain(const MainOptions& options, google::protobuf::Message* config,
            const std::function<const config::Common&()>& common,
            const std::function<absl::Status(Host&)>& build) {
  const std::optional<Flags> flags = ParseFlags(options);
  if (!flags) return kMistake;
  if (flags->help) {
    std::printf(
        "%s of Cairn\n"
        "  --config FILE     the configuration (YAML), required\n"
        "  --check_config    check the configuration and exit: 0 if it is good\n"
        "  --version         print the version and exit\n",
        options.name.c_str());
    return kOk;
  }
  if (flags->version) {
    std::printf("%s %s\n", options.name.c_str(), std::string(kVersion).c_str());
    return kOk;
  }
  if (flags->config.empty()) {
    std::fprintf(stderr, "%s: --config FILE is required; try --help\n", options.name.c_str());
    return kMistake;
  }

  // Before the first thread, so that all threads have it: only WaitForStopSignal
  // takes these signals. A closed pipe or socket shows as an error where it is
  // written to.
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  // A thread that is woken waits for its turn instead of taking the core from the
  // one that woke it: a request passes through dozens of threads, and each such
  // switch costs more than it wins. Without effect where a core is idle.
  const sched_param unused = {};
  (void)::sched_setscheduler(0, SCHED_BATCH, &unused);
  // Each arena keeps memory of its own; with our many threads that adds up.
  ::mallopt(M_ARENA_MAX, 2);
  // Debian's Abseil, and so gRPC, looks for lock cycles at every lock otherwise.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  config::Places places;
  if (const absl::Status loaded = config::LoadInto(flags->config, config, &places); !loaded.ok()) {
    PrintError(options.name, loaded);
    return kMistake;
  }
  absl::StatusOr<std::unique_ptr<Host>> host =
      Host::Create({.name = options.name, .common = common(), .check_only = flags->check_config});
  if (!host.ok()) {
    PrintError(options.name, places.Locate(host.status()));
    return kMistake;
  }
  if (const absl::Status built = build(**host); !built.ok()) {
    const int code = CodeOf(built);
    // What is no mistake in the file is not about a place in it.
    PrintError(options.name, code == kMistake ? places.Locate(built) : built);
    return code;
  }
  if (flags->check_config) return kOk;

  absl::Status started = AuditConfig(**host, flags->config);
  if (started.ok()) started = (*host)->Start();
  if (!started.ok()) {
    PrintError(options.name, started);
    return CodeOf(started);
  }
  {
    const OnePoller one_poller;
    WaitForStopSignal();
  }
  (*host)->Stop();
  return kOk;
}

}  // namespace cairn::service
