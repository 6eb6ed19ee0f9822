#include "tests/hijack/internet.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"

namespace cairn::hijack {
namespace {

constexpr char kBridge[] = "ix";
constexpr char kOwnNamespace[] = "/proc/thread-self/ns/net";

bool WriteFile(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return file.good();
}

void Ip(const std::vector<std::string>& arguments) {
  std::vector<char*> words = {const_cast<char*>("ip")};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(words[0], words.data());
    _exit(127);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  INVARIANT(pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127,
            "ip(8) of the package iproute2 is installed");
  INVARIANT(WEXITSTATUS(status) == 0, "root of a network namespace may change it");
}

}  // namespace

absl::Status LeaveHostNetwork() {
  const std::string uid_map = base::Cat("0 ", geteuid(), " 1");
  const std::string gid_map = base::Cat("0 ", getegid(), " 1");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
    // Without it an unprivileged process may not write the map of groups.
    if (WriteFile("/proc/self/setgroups", "deny") && WriteFile("/proc/self/uid_map", uid_map) &&
        WriteFile("/proc/self/gid_map", gid_map)) {
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError("the user namespace took no map of user ids");
  }
  if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      base::Cat("this test needs user namespaces (sysctl user.max_user_namespaces above 0, "
                "kernel.unprivileged_userns_clone 1) or root: ",
                std::strerror(errno)));
}

Computer::Computer(const std::string& bridge, int number)
    : number_(number), address_(base::Cat("10.77.0.", number)) {
  const int home = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
  INVARIANT(unshare(CLONE_NEWNET) == 0, "root of a user namespace makes network namespaces");
  // Inherited by ip(8), which finds the namespace by this descriptor.
  namespace_ = open(kOwnNamespace, O_RDONLY);
  INVARIANT(setns(home, CLONE_NEWNET) == 0, "the way back is open");
  close(home);
  const std::string port = base::Cat("port", number_);
  hijack::Ip({"link", "add", port, "type", "veth", "peer", "name", "eth0", "netns",
              base::Cat("/proc/self/fd/", namespace_)});
  hijack::Ip({"link", "set", port, "master", bridge, "up"});
  Ip({"link", "set", "lo", "up"});
  Ip({"address", "add", address_ + "/24", "dev", "eth0"});
  Ip({"link", "set", "eth0", "up"});
}

Computer::~Computer() {
  // Not left to the kernel, which takes its time with an abandoned namespace.
  hijack::Ip({"link", "delete", base::Cat("port", number_)});
  close(namespace_);
}

void Computer::Within(const std::function<void()>& act) const {
  const int home = open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
  INVARIANT(setns(namespace_, CLONE_NEWNET) == 0, "root of a user namespace enters its networks");
  act();
  INVARIANT(setns(home, CLONE_NEWNET) == 0, "the way back is open");
  close(home);
}

void Computer::Ip(const std::vector<std::string>& arguments) const {
  Within([&] { hijack::Ip(arguments); });
}

Internet::Internet() {
  Ip({"link", "set", "lo", "up"});
  Ip({"link", "add", kBridge, "type", "bridge"});
  Ip({"address", "add", "10.77.0.254/24", "dev", kBridge});
  Ip({"link", "set", kBridge, "up"});
}

Internet::~Internet() { Ip({"link", "delete", kBridge}); }

std::unique_ptr<Computer> Internet::Add() {
  return std::make_unique<Computer>(kBridge, ++computers_);
}

}  // namespace cairn::hijack
