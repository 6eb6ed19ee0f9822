// The DNS server of the local stack: dns --port N --tsig_key FILE
//
// It is no service of the CA: it stands for the outside world's DNS.

#include <sys/signalfd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "deploy/local/dns/query.h"
#include "deploy/local/dns/server.h"
#include "deploy/local/dns/tsig_key.h"
#include "deploy/local/dns/update.h"
#include "deploy/local/dns/wire.h"
#include "deploy/local/dns/zone.h"
#include "libs/base/clock.h"

namespace cairn::local_dns {
namespace {

int Usage() {
  std::fprintf(stderr, "usage: dns --port N --tsig_key FILE   (port 0: any that is free)\n");
  return 2;
}

int Main(int argc, char** argv) {
  std::string port_text;
  std::string key_file;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--port") port_text = argv[i + 1];
    if (std::string_view(argv[i]) == "--tsig_key") key_file = argv[i + 1];
  }
  const bool digits = port_text.find_first_not_of("0123456789") == std::string::npos;
  if (argc != 5 || port_text.empty() || port_text.size() > 5 || !digits || key_file.empty()) {
    return Usage();
  }
  const int port_number = std::stoi(port_text);
  if (port_number > 65535) return Usage();

  std::ifstream file(key_file);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::optional<TsigKey> key = ParseTsigKey(text);
  if (!key) {
    std::fprintf(stderr, "%s: no hmac-sha256 key in it\n", key_file.c_str());
    return 1;
  }

  // Read from a descriptor, so that the one loop waits for it as for the rest.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int stop = signalfd(-1, &signals, SFD_CLOEXEC);

  const base::SystemClock clock;
  Zone zone;
  const auto answer = [&](std::string_view message, bool over_tcp) {
    if (message.size() >= kHeaderSize && (static_cast<uint8_t>(message[2]) & 0x80) == 0 &&
        OpcodeOf(message) == kOpcodeUpdate) {
      return AnswerUpdate(zone, *key, clock.Now(), message);
    }
    return AnswerQuery(zone, message, over_tcp);
  };
  const auto server = Server::Listen(static_cast<uint16_t>(port_number), answer);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", std::string(server.status().message()).c_str());
    return 1;
  }
  std::printf("{\"event\":\"listening\",\"service\":\"dns\",\"dns\":\"127.0.0.1:%d\"}\n",
              (*server)->port());
  std::fflush(stdout);
  (*server)->Run(stop);
  return 0;
}

}  // namespace
}  // namespace cairn::local_dns

int main(int argc, char** argv) { return cairn::local_dns::Main(argc, argv); }
