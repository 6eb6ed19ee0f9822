#include "tests/load/validations/subscribers.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "libs/dns/resolver.h"
#include "libs/dns/test_wire.h"

namespace cairn::load {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr size_t kMaxQuestion = 512;
const auto kLoopback = asio::ip::address_v4::loopback();

// An address for every name, and nothing else.
std::string Reply(std::string_view query, const dns::WireQuestion& question) {
  const bool address = question.type == static_cast<int>(dns::Type::kA);
  // A response to a query that wanted recursion, and got it.
  std::string reply =
      base::Cat(query.substr(0, 2), std::string_view("\x81\x80\0\1", 4),
                dns::Uint16(address ? 1 : 0), std::string_view("\0\0\0\0", 4), question.octets);
  if (address) {
    reply += dns::WireRecord(question.name, question.type, std::string_view("\x7f\0\0\1", 4));
  }
  return reply;
}

}  // namespace

struct Subscribers::Connection {
  explicit Connection(tcp::socket accepted)
      : socket(std::move(accepted)), timer(socket.get_executor()) {}

  tcp::socket socket;
  asio::steady_timer timer;
  std::array<char, 1024> input;
  size_t size = 0;
};

Subscribers::Subscribers(std::string body)
    : body_(base::Cat("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body)),
      dns_(context_, udp::endpoint(kLoopback, 0)),
      web_(context_, tcp::endpoint(kLoopback, 0)) {
  // As many as ask at one time.
  dns_.set_option(asio::socket_base::receive_buffer_size(1 << 22));
  Accept();
  dns_thread_ = std::jthread([this] { AnswerQuestions(); });
  web_thread_ = std::jthread([this] { context_.run(); });
}

Subscribers::~Subscribers() {
  stopping_ = true;
  error_code ignored;
  udp::socket(context_, udp::v4()).send_to(asio::buffer("wake"), dns_.local_endpoint(), 0, ignored);
  dns_thread_.join();
  context_.stop();
  web_thread_.join();
}

std::string Subscribers::dns_address() const {
  return base::Cat("127.0.0.1:", dns_.local_endpoint().port());
}

uint16_t Subscribers::web_port() const { return web_.local_endpoint().port(); }

void Subscribers::AnswerQuestions() {
  std::string octets(kMaxQuestion, '\0');
  while (!stopping_) {
    udp::endpoint asker;
    error_code error;
    const size_t size = dns_.receive_from(asio::buffer(octets), asker, 0, error);
    const std::string_view query = std::string_view(octets).substr(0, size);
    const std::optional<dns::WireQuestion> question = dns::ReadQuestion(query);
    // Who does not listen any more need not be answered.
    if (!error && question) dns_.send_to(asio::buffer(Reply(query, *question)), asker, 0, error);
  }
}

void Subscribers::Accept() {
  web_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) Read(std::make_shared<Connection>(std::move(socket)));
    Accept();
  });
}

void Subscribers::Read(const std::shared_ptr<Connection>& connection) {
  Connection& c = *connection;
  c.socket.async_read_some(
      asio::buffer(c.input.data() + c.size, c.input.size() - c.size),
      [this, connection](error_code error, size_t count) {
        Connection& c = *connection;
        c.size += count;
        if (error || c.size == c.input.size()) return;
        const std::string_view request(c.input.data(), c.size);
        if (request.find("\r\n\r\n") == request.npos) return Read(connection);
        // Waits for the client to give up.
        if (request.find(".mute.test") != request.npos) return Read(connection);
        if (request.find(".slow.test") == request.npos) return Respond(connection);
        c.timer.expires_after(std::chrono::milliseconds(kSlowMs));
        c.timer.async_wait([this, connection](error_code) { Respond(connection); });
      });
}

void Subscribers::Respond(const std::shared_ptr<Connection>& connection) {
  asio::async_write(connection->socket, asio::buffer(body_), [connection](error_code, size_t) {
    // The other side closes first, and keeps the port of its own that it must not
    // use again for a while. Were it we, it would use it, and be kept waiting.
    connection->socket.async_read_some(asio::buffer(connection->input),
                                       [connection](error_code, size_t) {});
  });
}

}  // namespace cairn::load
