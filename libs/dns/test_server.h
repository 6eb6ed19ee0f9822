#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libs/dns/resolver.h"

namespace cairn::dns {

// A DNS server, on a free port of 127.0.0.1 if not told otherwise, over UDP and
// TCP, that answers what a test told it. Thread-safe.
class TestServer {
 public:
  // How it treats a question.
  enum class Manner { kAnswer, kSilent, kTruncateUdp, kServerFailure, kRefuse };

  explicit TestServer(std::string ip = "127.0.0.1", uint16_t port = 0);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string address() const;  // "127.0.0.1:41053"

  void Add(const std::string& name, Type type, const std::string& rdata);
  void AddAlias(const std::string& name, const std::string& target);
  void SetManner(const std::string& name, Manner manner);

  // What was asked over UDP and TCP, retries included.
  int Asked(const std::string& name, Type type) const;

 private:
  void Run();
  std::string Answer(std::string_view query, bool tcp);

  const std::string ip_;
  int udp_ = -1, tcp_ = -1, stop_read_ = -1, stop_write_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::vector<std::string>> records_;
  std::map<std::string, std::string> aliases_;
  std::map<std::string, Manner> manners_;
  std::map<std::pair<std::string, int>, int> asked_;
  std::jthread thread_;
};

}  // namespace cairn::dns
