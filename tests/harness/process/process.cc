#include "tests/harness/process/process.h"

#include <absl/time/clock.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "libs/base/strings.h"

namespace cairn::harness {
namespace {

std::string ReadFrom(const std::string& path, size_t start) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(start));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Tail(const std::string& text) {
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const Options& options,
                                                        absl::Duration patience) {
  const int log = open(options.log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return absl::InternalError(base::Cat(options.log_path, ": cannot be opened"));
  const auto start = static_cast<size_t>(lseek(log, 0, SEEK_END));
  std::vector<char*> arguments;
  for (const std::string& word : options.command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError("fork failed");
  if (pid == 0) {
    // Only async-signal-safe calls here. A test that dies takes its servers along.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(log);

  auto process = std::unique_ptr<Process>(new Process(pid, options.log_path, start));
  const absl::Time end = absl::Now() + patience;
  while (absl::Now() < end) {
    const std::string log_text = process->Log();
    const size_t at = log_text.find("\"event\":\"listening\"");
    if (at != std::string::npos) {
      const size_t line_end = log_text.find('\n', at);
      if (line_end != std::string::npos) {
        const size_t line_start = log_text.rfind('\n', at);
        const size_t from = line_start == std::string::npos ? 0 : line_start + 1;
        process->listening_ = log_text.substr(from, line_end - from);
        return process;
      }
    }
    if (!process->Running()) {
      return absl::InternalError(base::Cat(options.command[0], " ended: ", Tail(process->Log())));
    }
    poll(nullptr, 0, 5);
  }
  return absl::DeadlineExceededError(
      base::Cat(options.command[0], " does not listen: ", Tail(process->Log())));
}

Process::~Process() {
  if (pid_ > 0) Stop(SIGKILL);
}

std::string Process::Field(const std::string& name) const {
  const std::string key = base::Cat("\"", name, "\":\"");
  const size_t at = listening_.find(key);
  if (at == std::string::npos) return "";
  const size_t from = at + key.size();
  return listening_.substr(from, listening_.find('"', from) - from);
}

int Process::Stop(int signal) {
  if (pid_ <= 0) return 0;
  kill(pid_, signal);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool Process::Running() const {
  if (pid_ <= 0) return false;
  siginfo_t info{};
  // WNOWAIT: whoever calls Stop still gets the exit code.
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

std::string Process::Log() const { return ReadFrom(log_path_, log_start_); }

}  // namespace cairn::harness
