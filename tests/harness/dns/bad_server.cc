#include "tests/harness/dns/bad_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "libs/base/invariant.h"
#include "libs/dns/test_wire.h"
#include "tests/harness/dns/bad_answers.h"

namespace cairn::harness {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick(100);
constexpr char kOtherSource[] = "192.0.2.67";

int Bind(int type, const std::string& address, uint16_t port) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  INVARIANT(bind(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0, "the network is ours");
  return fd;
}

void Send(int fd, const std::string& reply, const sockaddr_in& to) {
  sendto(fd, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

}  // namespace

struct BadServer::Later {
  Clock::time_point at;
  std::string reply;
  sockaddr_in to;
};

// A connection that gets an octet at each tick; none is left: it is only held.
struct BadServer::Drip {
  int fd;
  std::string rest;
};

BadServer::BadServer(const std::string& address)
    : udp_(Bind(SOCK_DGRAM, address, 53)),
      tcp_(Bind(SOCK_STREAM, address, 53)),
      other_(Bind(SOCK_DGRAM, kOtherSource, 0)) {
  int stop[2];
  INVARIANT(listen(tcp_, 256) == 0 && pipe(stop) == 0, "a test has file descriptors");
  stop_read_ = stop[0];
  stop_write_ = stop[1];
  thread_ = std::jthread([this] { Run(); });
}

BadServer::~BadServer() {
  close(stop_write_);
  thread_.join();
  for (const Drip& drip : drips_) close(drip.fd);
  for (const int fd : {udp_, tcp_, other_, stop_read_}) close(fd);
}

int BadServer::Asked() const {
  std::lock_guard lock(mutex_);
  int sum = 0;
  for (const auto& [label, count] : asked_) sum += count;
  return sum;
}

int BadServer::Asked(const std::string& label) const {
  std::lock_guard lock(mutex_);
  const auto found = asked_.find(label);
  return found == asked_.end() ? 0 : found->second;
}

bool BadServer::SawMixedCase() const {
  std::lock_guard lock(mutex_);
  return mixed_case_;
}

void BadServer::Run() {
  pollfd wait[] = {{.fd = udp_, .events = POLLIN},
                   {.fd = tcp_, .events = POLLIN},
                   {.fd = stop_read_, .events = POLLIN}};
  while (true) {
    const bool busy = !later_.empty() || !drips_.empty();
    if (poll(wait, 3, busy ? static_cast<int>(kTick.count()) : -1) < 0) continue;
    if (wait[2].revents != 0) return;
    if (wait[0].revents != 0) OnUdp();
    if (wait[1].revents != 0) OnTcp();
    SendDue();
  }
}

void BadServer::OnUdp() {
  char buffer[4096];
  sockaddr_in from{};
  socklen_t from_size = sizeof from;
  const ssize_t size =
      recvfrom(udp_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size < 12) return;
  std::string manner;
  const std::string reply = Reply({buffer, static_cast<size_t>(size)}, /*tcp=*/false, manner);
  if (reply.empty()) return;
  if (manner == "late") {
    later_.push_back({Clock::now() + std::chrono::seconds(3), reply, from});
    return;
  }
  Send(manner == "other-source" ? other_ : udp_, reply, from);
}

void BadServer::OnTcp() {
  const int peer = accept(tcp_, nullptr, nullptr);
  if (peer < 0) return;
  // A client that says nothing must not stop the test.
  const timeval patience{.tv_sec = 1};
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char head[2], buffer[4096];
  ssize_t size = 0;
  if (recv(peer, head, 2, MSG_WAITALL) == 2) {
    const size_t length =
        static_cast<size_t>(static_cast<uint8_t>(head[0])) << 8 | static_cast<uint8_t>(head[1]);
    size = recv(peer, buffer, std::min(length, sizeof buffer), MSG_WAITALL);
  }
  std::string manner;
  std::string reply =
      size < 12 ? "" : Reply({buffer, static_cast<size_t>(size)}, /*tcp=*/true, manner);
  if (manner == "cut-silent" || manner == "cut-drip") {
    drips_.push_back({peer, reply.empty() ? "" : dns::Uint16(60000) + reply});
    return;
  }
  if (!reply.empty() && manner != "cut") {
    reply.insert(0, dns::Uint16(static_cast<int>(reply.size())));
    send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
  }
  close(peer);
}

void BadServer::SendDue() {
  const Clock::time_point now = Clock::now();
  std::erase_if(later_, [&](const Later& later) {
    if (later.at > now) return false;
    Send(udp_, later.reply, later.to);
    return true;
  });
  for (Drip& drip : drips_) {
    if (drip.rest.empty()) continue;
    send(drip.fd, drip.rest.data(), 1, MSG_NOSIGNAL);
    drip.rest.erase(0, 1);
  }
}

std::string BadServer::Reply(std::string_view query, bool tcp, std::string& manner) {
  const auto question = dns::ReadQuestion(query);
  if (!question) return "";
  std::string name = question->name;
  if (name.ends_with(".bad")) name.resize(name.size() - 4);
  manner = name.substr(name.rfind('.') + 1);
  {
    std::lock_guard lock(mutex_);
    ++asked_[manner];
    mixed_case_ = mixed_case_ || question->mixed_case;
  }
  return BadAnswer(manner, query, *question, tcp);
}

}  // namespace cairn::harness
