#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::load {

// Where the CA's directory is: "http://127.0.0.1:14001/directory" in parts.
struct Url {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;

  static std::optional<Url> Parse(std::string_view text);
};

struct HttpResponse {
  unsigned status = 0;  // 0: there was none, and `body` says why
  std::string body;
  std::string nonce;        // Replay-Nonce
  std::string location;     // Location
  std::string retry_after;  // Retry-After
};

// One keep-alive connection to one server, made when first needed and again
// when the server has closed it. One request at a time; one thread.
class HttpConnection {
 public:
  // `tls` may be null for plain HTTP.
  HttpConnection(boost::asio::any_io_executor executor, boost::asio::ssl::context* tls,
                 const Url& server);

  // A POST of application/jose+json, or, without a body, a GET or HEAD.
  boost::asio::awaitable<HttpResponse> Send(boost::beast::http::verb method,
                                            const std::string& target, std::string body);

 private:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  boost::asio::awaitable<boost::system::error_code> Connect();
  boost::asio::awaitable<boost::system::error_code> Exchange(const Request& request,
                                                             Response& response);
  void Close();

  boost::asio::any_io_executor executor_;
  boost::asio::ssl::context* const tls_;
  const Url server_;
  std::unique_ptr<boost::beast::tcp_stream> plain_stream_;
  std::unique_ptr<boost::beast::ssl_stream<boost::beast::tcp_stream>> tls_stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace cairn::load
