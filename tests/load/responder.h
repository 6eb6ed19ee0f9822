#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cairn::load {

// Answers http-01 (RFC 8555 section 8.3) for the tokens that it was told, for
// every host name; 404 for the others. Runs on the executor's one thread.
class Responder {
 public:
  // Listens on 127.0.0.1 (0: any free port). `error` says what went wrong, if anything.
  Responder(const boost::asio::any_io_executor& executor, uint16_t port, std::string* error);

  uint16_t port() const { return port_; }
  void Add(const std::string& token, std::string key_authorization);
  void Remove(const std::string& token);

 private:
  struct Connection;
  void Accept();
  static void Read(const std::shared_ptr<Connection>& connection);
  std::string Answer(std::string_view request) const;

  boost::asio::ip::tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  std::unordered_map<std::string, std::string> answers_;
};

}  // namespace cairn::load
