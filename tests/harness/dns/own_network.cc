#include "tests/harness/dns/own_network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"

namespace cairn::harness {
namespace {

// Makes the /24 around `address` local. `label`: "lo:1".
void AddNetwork(int fd, const char* label, const char* address) {
  ifreq request{};
  std::strncpy(request.ifr_name, label, IFNAMSIZ - 1);
  auto* const in = reinterpret_cast<sockaddr_in*>(&request.ifr_addr);
  in->sin_family = AF_INET;
  inet_pton(AF_INET, address, &in->sin_addr);
  INVARIANT(ioctl(fd, SIOCSIFADDR, &request) == 0, "the network is ours");
  inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
  INVARIANT(ioctl(fd, SIOCSIFNETMASK, &request) == 0, "the network is ours");
}

}  // namespace

void EnterOwnNetwork() {
  static bool entered = false;
  if (entered) return;
  entered = true;
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  if (unshare(CLONE_NEWNET) != 0) {
    INVARIANT(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, "root, or user namespaces are allowed");
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << base::Cat("0 ", uid, " 1\n");
    std::ofstream("/proc/self/gid_map") << base::Cat("0 ", gid, " 1\n");
  }
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq up{};
  std::strncpy(up.ifr_name, "lo", IFNAMSIZ - 1);
  up.ifr_flags = IFF_UP | IFF_RUNNING;
  INVARIANT(ioctl(fd, SIOCSIFFLAGS, &up) == 0, "the network is ours");
  AddNetwork(fd, "lo:1", "192.0.2.1");
  AddNetwork(fd, "lo:2", "198.51.100.1");
  close(fd);
}

}  // namespace cairn::harness
