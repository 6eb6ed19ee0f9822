#include "tests/load/responder.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "libs/base/strings.h"

namespace cairn::load {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Responder::Connection {
  tcp::socket socket;
  const Responder& responder;
  std::array<char, 4096> input;
  size_t size = 0;
  std::string output;
};

Responder::Responder(const asio::any_io_executor& executor, uint16_t port, std::string* error)
    : acceptor_(executor) {
  boost::system::error_code code;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  acceptor_.open(endpoint.protocol(), code);
  if (!code) acceptor_.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) acceptor_.bind(endpoint, code);
  if (!code) acceptor_.listen(tcp::acceptor::max_listen_connections, code);
  if (code) {
    *error = base::Cat("cannot listen on 127.0.0.1:", port, ": ", code.message());
    return;
  }
  port_ = acceptor_.local_endpoint(code).port();
  Accept();
}

void Responder::Add(const std::string& token, std::string key_authorization) {
  answers_[token] = std::move(key_authorization);
}

void Responder::Remove(const std::string& token) { answers_.erase(token); }

void Responder::Accept() {
  acceptor_.async_accept([this](boost::system::error_code code, tcp::socket socket) {
    if (code == asio::error::operation_aborted) return;
    if (!code)
      Read(std::make_shared<Connection>(
          Connection{.socket = std::move(socket), .responder = *this}));
    Accept();
  });
}

void Responder::Read(const std::shared_ptr<Connection>& connection) {
  Connection& c = *connection;
  c.socket.async_read_some(
      asio::buffer(c.input.data() + c.size, c.input.size() - c.size),
      [connection](boost::system::error_code code, size_t count) {
        Connection& c = *connection;
        c.size += count;
        const std::string_view request(c.input.data(), c.size);
        if (code || (c.size == c.input.size() && request.find("\r\n\r\n") == request.npos)) return;
        if (request.find("\r\n\r\n") == request.npos) return Read(connection);
        c.output = c.responder.Answer(request);
        asio::async_write(c.socket, asio::buffer(c.output),
                          [connection](boost::system::error_code, size_t) {
                            boost::system::error_code ignored;  // it has its answer, or it has gone
                            connection->socket.shutdown(tcp::socket::shutdown_both, ignored);
                          });
      });
}

std::string Responder::Answer(std::string_view request) const {
  constexpr std::string_view kStart = "GET /.well-known/acme-challenge/";
  std::string_view status = "404 Not Found";
  std::string_view body;
  if (request.starts_with(kStart)) {
    const std::string_view rest = request.substr(kStart.size());
    const auto found = answers_.find(std::string(rest.substr(0, rest.find(' '))));
    if (found != answers_.end()) {
      status = "200 OK";
      body = found->second;
    }
  }
  return base::Cat(
      "HTTP/1.1 ", status,
      "\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: ",
      body.size(), "\r\n\r\n", body);
}

}  // namespace cairn::load
