#include "libs/dns/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/dns/test_wire.h"

namespace cairn::dns {
namespace {

constexpr int kCname = 5;

sockaddr_in Address(const std::string& ip, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  INVARIANT(inet_pton(AF_INET, ip.c_str(), &address.sin_addr) == 1, "an IPv4 address");
  return address;
}

}  // namespace

TestServer::TestServer(std::string ip, uint16_t port) : ip_(std::move(ip)) {
  // The port of both must be the same; another try where the second is taken.
  while (true) {
    udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tcp_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Address(ip_, port);
    socklen_t size = sizeof address;
    INVARIANT(bind(udp_, reinterpret_cast<sockaddr*>(&address), size) == 0, "the port is free");
    getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (bind(tcp_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(tcp_, 16) == 0) {
      break;
    }
    INVARIANT(port == 0, "the port is free");
    close(udp_);
    close(tcp_);
  }
  int stop[2];
  INVARIANT(pipe(stop) == 0, "a test has file descriptors");
  stop_read_ = stop[0];
  stop_write_ = stop[1];
  thread_ = std::jthread([this] { Run(); });
}

TestServer::~TestServer() {
  close(stop_write_);
  thread_.join();
  for (const int fd : {udp_, tcp_, stop_read_}) close(fd);
}

std::string TestServer::address() const { return base::Cat(ip_, ":", port_); }

void TestServer::Add(const std::string& name, Type type, const std::string& rdata) {
  std::lock_guard lock(mutex_);
  records_[{name, static_cast<int>(type)}].push_back(rdata);
}

void TestServer::AddAlias(const std::string& name, const std::string& target) {
  std::lock_guard lock(mutex_);
  aliases_[name] = target;
}

void TestServer::SetManner(const std::string& name, Manner manner) {
  std::lock_guard lock(mutex_);
  manners_[name] = manner;
}

int TestServer::Asked(const std::string& name, Type type) const {
  std::lock_guard lock(mutex_);
  const auto found = asked_.find({name, static_cast<int>(type)});
  return found == asked_.end() ? 0 : found->second;
}

void TestServer::Run() {
  pollfd wait[] = {{.fd = udp_, .events = POLLIN},
                   {.fd = tcp_, .events = POLLIN},
                   {.fd = stop_read_, .events = POLLIN}};
  char buffer[4096];
  while (poll(wait, 3, -1) >= 0 && wait[2].revents == 0) {
    if (wait[0].revents != 0) {
      sockaddr_in from{};
      socklen_t from_size = sizeof from;
      const ssize_t size =
          recvfrom(udp_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size < 12) continue;
      const std::string reply = Answer({buffer, static_cast<size_t>(size)}, /*tcp=*/false);
      if (reply.empty()) continue;
      sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
    }
    if (wait[1].revents != 0) {
      const int peer = accept(tcp_, nullptr, nullptr);
      const ssize_t size =
          recv(peer, buffer, 2, MSG_WAITALL) == 2
              ? recv(peer, buffer + 2,
                     static_cast<uint8_t>(buffer[0]) << 8 | static_cast<uint8_t>(buffer[1]),
                     MSG_WAITALL)
              : 0;
      if (size >= 12) {
        std::string reply = Answer({buffer + 2, static_cast<size_t>(size)}, /*tcp=*/true);
        reply.insert(0, Uint16(static_cast<int>(reply.size())));
        send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
      }
      close(peer);
    }
  }
}

std::string TestServer::Answer(std::string_view query, bool tcp) {
  const auto asked = ReadQuestion(query);
  if (!asked) return "";
  const auto& [name, type, question, mixed_case] = *asked;

  std::lock_guard lock(mutex_);
  ++asked_[{name, type}];
  const auto found = manners_.find(name);
  const Manner manner = found == manners_.end() ? Manner::kAnswer : found->second;
  if (manner == Manner::kSilent) return "";

  std::string answers;
  int count = 0, rcode = 0;
  const auto append = [&](const std::string& owner, int rr_type, const std::string& rdata) {
    answers += WireRecord(owner, rr_type, rdata);
    ++count;
  };
  const bool cut = manner == Manner::kTruncateUdp && !tcp;
  if (manner == Manner::kServerFailure) rcode = 2;
  if (manner == Manner::kRefuse) rcode = 5;
  if (rcode == 0 && !cut) {
    std::string owner = name;
    for (auto alias = aliases_.find(owner); alias != aliases_.end(); alias = aliases_.find(owner)) {
      append(owner, kCname, WireName(alias->second));
      owner = alias->second;
    }
    const auto records = records_.find({owner, type});
    if (records != records_.end()) {
      for (const std::string& rdata : records->second) append(owner, type, rdata);
    }
    const auto same_name = records_.lower_bound({owner, 0});
    if (same_name == records_.end() || same_name->first.first != owner) rcode = kNameError;
  }
  std::string authority;
  if (answers.empty() && rcode != 2 && rcode != 5 && !cut) {
    // A negative answer needs the SOA (RFC 2308 section 3).
    const std::string soa = std::string("\0\0", 2) + std::string(16, '\0') + Uint16(0) + Uint16(60);
    authority = std::string(1, '\0') + Uint16(6) + Uint16(1) + Uint16(0) + Uint16(60) +
                Uint16(static_cast<int>(soa.size())) + soa;
  }
  std::string reply(query.substr(0, 2));
  reply += static_cast<char>(cut ? 0x87 : 0x85);
  reply += static_cast<char>(0x80 | rcode);
  reply += Uint16(1) + Uint16(count) + Uint16(authority.empty() ? 0 : 1) + Uint16(0);
  reply += question;
  return reply + answers + authority;
}

}  // namespace cairn::dns
