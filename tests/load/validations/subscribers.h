#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace cairn::load {

// The hosts that validations look at: a name server and a web server on free
// ports of 127.0.0.1, each on a thread of its own. Every name has that address and
// no CAA records. The label before ".test" says how its host behaves:
//
//   good    answers http-01 at once
//   slow    after kSlow
//   mute    takes connections and never says anything
class Subscribers {
 public:
  static constexpr int kSlowMs = 5000;

  // `body` is what the good and the slow ones answer.
  explicit Subscribers(std::string body);
  ~Subscribers();
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;

  std::string dns_address() const;  // "127.0.0.1:41053"
  uint16_t web_port() const;

 private:
  struct Connection;

  void AnswerQuestions();
  void Accept();
  void Read(const std::shared_ptr<Connection>& connection);
  void Respond(const std::shared_ptr<Connection>& connection);

  const std::string body_;
  boost::asio::io_context context_;
  boost::asio::ip::udp::socket dns_;
  boost::asio::ip::tcp::acceptor web_;
  std::atomic<bool> stopping_ = false;
  std::jthread dns_thread_, web_thread_;
};

}  // namespace cairn::load
