// Kills a running process at its N-th system call that leaves a trace outside of
// its memory: kill_at PID N
//
// Such calls are those that write to a file or a socket, and those that sync a
// file; calls on an eventfd, by which threads wake each other, don't count.
// Between two of them nobody can tell one moment from another, so N = 1, 2, 3...
// is every moment at which a process can be killed. All threads count together.
// The call itself is not carried out.
//
// Prints "attached" once it counts and, at the end, "killed before CALL,
// FILE" or, after SIGTERM or the end of the process, "counted N"; it leaves the
// process as it was. Exit
// code 3: the kernel does not let us trace it.

#include <dirent.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>

namespace cairn {
namespace {

const std::map<uint64_t, const char*> kCalls = {
    {SYS_write, "write"},   {SYS_writev, "writev"},       {SYS_pwrite64, "pwrite64"},
    {SYS_sendto, "sendto"}, {SYS_sendmsg, "sendmsg"},     {SYS_fsync, "fsync"},
    {SYS_rename, "rename"}, {SYS_fdatasync, "fdatasync"}, {SYS_io_submit, "io_submit"},
};
constexpr uint64_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;

volatile sig_atomic_t stop = 0;

// Only so that waitpid ends.
void OnTerm(int) { stop = 1; }

std::string FileOf(pid_t pid, uint64_t descriptor) {
  char target[256];
  const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(descriptor);
  const ssize_t size = readlink(link.c_str(), target, sizeof(target));
  return size < 0 ? "" : std::string(target, size);
}

// Attaches to all threads, also to those that begin while we do.
bool Attach(pid_t pid, std::set<pid_t>& threads) {
  for (bool found = true; found;) {
    found = false;
    DIR* tasks = opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
    if (tasks == nullptr) return false;
    while (const dirent* entry = readdir(tasks)) {
      const pid_t thread = std::atoi(entry->d_name);
      if (thread == 0 || threads.count(thread) != 0) continue;
      if (ptrace(PTRACE_SEIZE, thread, nullptr, kOptions) != 0) {
        if (errno == ESRCH) continue;
        closedir(tasks);
        return false;
      }
      threads.insert(thread);
      found = true;
      // Stopped once, it can be told to stop at system calls.
      ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
    }
    closedir(tasks);
  }
  return true;
}

// Whether `thread`, which stopped at a system call, is about to make one that counts.
const char* CallThatCounts(pid_t pid, pid_t thread, std::string& file) {
  __ptrace_syscall_info info = {};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0 ||
      info.op != PTRACE_SYSCALL_INFO_ENTRY) {
    return nullptr;
  }
  const auto call = kCalls.find(info.entry.nr);
  if (call == kCalls.end()) return nullptr;
  const bool has_file = info.entry.nr != SYS_rename && info.entry.nr != SYS_io_submit;
  file = has_file ? FileOf(pid, info.entry.args[0]) : "path";
  return file == "anon_inode:[eventfd]" ? nullptr : call->second;
}

// Goes on with `thread`, which stopped, in the way that its stop asks for.
void Continue(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_STOP && (signal == SIGSTOP || signal == SIGTSTP)) {
    ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
    return;
  }
  const bool own_stop = event != 0 || signal == (SIGTRAP | 0x80);
  ptrace(PTRACE_SYSCALL, thread, nullptr, own_stop ? 0 : signal);
}

void Detach(const std::set<pid_t>& threads) {
  for (const pid_t thread : threads) ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
  for (const pid_t thread : threads) {
    int status = 0;
    if (waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status)) {
      const bool own_stop = status >> 16 != 0 || WSTOPSIG(status) == (SIGTRAP | 0x80);
      ptrace(PTRACE_DETACH, thread, nullptr, own_stop ? 0 : WSTOPSIG(status));
    }
  }
}

int Main(int argc, char** argv) {
  if (argc != 3 || std::atoi(argv[1]) <= 0 || std::atoll(argv[2]) <= 0) {
    std::fprintf(stderr, "usage: kill_at PID N\n");
    return 2;
  }
  const pid_t pid = std::atoi(argv[1]);
  const int64_t wanted = std::atoll(argv[2]);
  struct sigaction action = {};
  action.sa_handler = OnTerm;
  sigaction(SIGTERM, &action, nullptr);

  std::set<pid_t> threads;
  if (!Attach(pid, threads)) {
    std::fprintf(stderr, "kill_at: ptrace: %s\n", std::strerror(errno));
    return 3;
  }
  std::printf("attached\n");
  std::fflush(stdout);

  int64_t count = 0;
  while (stop == 0) {
    int status = 0;
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) {
      if (errno == EINTR) continue;
      break;  // no thread is left
    }
    if (!WIFSTOPPED(status)) {
      threads.erase(thread);
      continue;
    }
    threads.insert(thread);
    std::string file;
    if (status >> 16 == 0 && WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      const char* call = CallThatCounts(pid, thread, file);
      if (call != nullptr && ++count == wanted) {
        kill(pid, SIGKILL);
        std::printf("killed before %s, %s\n", call, file.c_str());
        return 0;
      }
    }
    Continue(thread, status);
  }
  Detach(threads);
  std::printf("counted %lld\n", static_cast<long long>(count));
  return 0;
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) { return cairn::Main(argc, argv); }
