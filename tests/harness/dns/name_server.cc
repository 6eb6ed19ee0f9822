#include "tests/harness/dns/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "tests/harness/program.h"

namespace cairn::harness {
namespace {

// Whether something accepts connections at port 53 of `address`.
bool Listens(const std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(53);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  close(fd);
  return connected;
}

}  // namespace

NameServer::NameServer(const std::string& address,
                       const std::map<std::string, std::string>& zones) {
  std::string config = base::Cat(
      "server:\n  ip-address: ", address, "\n  port: 53\n  username: \"\"\n  chroot: \"\"\n",
      "  zonesdir: \"", folder_.path(), "\"\n  xfrdir: \"", folder_.path(), "\"\n",
      "  pidfile: \"\"\n  database: \"\"\n  xfrdfile: \"\"\n  zonelistfile: \"",
      folder_.File("zone.list"), "\"\n  server-count: 1\n  rrl-ratelimit: 0\n",
      "remote-control:\n  control-enable: no\n");
  int count = 0;
  for (const auto& [name, text] : zones) {
    const std::string file = base::Cat("zone", ++count);
    folder_.Write(file, text);
    config += base::Cat("zone:\n  name: \"", name, "\"\n  zonefile: \"", file, "\"\n");
  }
  const std::string config_file = folder_.Write("nsd.conf", config);
  pid_ = Spawn({"nsd", "-d", "-c", config_file}, folder_.File("log"));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!Listens(address)) {
    INVARIANT(std::chrono::steady_clock::now() < until, "nsd is installed and starts within 30 s");
    // No sign of life to wait for but that it listens.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

NameServer::~NameServer() {
  // NSD is several processes; the first one ends the others.
  kill(pid_, SIGTERM);
  Wait(pid_);
}

}  // namespace cairn::harness
