#include "libs/http/client/exchange.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"

namespace cairn::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

absl::Status ConnectionError(std::string_view detail) {
  return errors::Make(errors::Reason::kConnection, detail);
}

using Parser = beast::http::response_parser<beast::http::buffer_body>;

// A server that sends so many of them has nothing else to say.
constexpr int kMaxInterimResponses = 5;

// Octets that were read and not yet parsed: the parser wants all fields of a
// header in one piece.
struct Unparsed {
  std::array<char, 8192> octets;
  size_t held = 0;

  void Drop(size_t count) {
    std::memmove(octets.data(), octets.data() + count, held - count);
    held -= count;
  }
};

// What a body may have at most costs nothing: room is made as octets come.
class Body {
 public:
  explicit Body(size_t limit) : limit_(limit) {}

  // From its beginning again, as the body of `parser`.
  void Begin(Parser& parser) {
    parser.get().body().more = true;
    LetWrite(parser, 0);
  }
  size_t written(const Parser& parser) const { return octets_.size() - parser.get().body().size; }
  // The parser has filled what there was; false: and that was all there may be.
  bool Grow(Parser& parser) {
    const size_t held = octets_.size();
    if (held == limit_) return false;
    octets_.resize(std::min(limit_, std::max(kFirst, 2 * held)));
    LetWrite(parser, held);
    return true;
  }
  std::string Take(size_t size) && {
    octets_.resize(size);
    return std::move(octets_);
  }

 private:
  static constexpr size_t kFirst = 8192;

  void LetWrite(Parser& parser, size_t begin) {
    parser.get().body().data = octets_.data() + begin;
    parser.get().body().size = octets_.size() - begin;
  }

  size_t limit_;
  std::string octets_;
};

// Until the message is complete, or its body has come to its limit.
absl::Status ReadMessage(Stream& stream, Unparsed& unparsed, Parser& parser, Body& body) {
  while (true) {
    beast::error_code error;
    while (unparsed.held > 0 && !parser.is_done()) {
      unparsed.Drop(parser.put(asio::buffer(unparsed.octets.data(), unparsed.held), error));
      if (error == beast::http::error::need_buffer) {
        if (!body.Grow(parser)) return absl::OkStatus();
        continue;
      }
      if (error == beast::http::error::need_more) break;
      if (error == beast::http::error::header_limit) {
        return ConnectionError("the header of the response is too big");
      }
      if (error) return ConnectionError("the response is not HTTP/1");
    }
    if (parser.is_done()) return absl::OkStatus();
    if (unparsed.held == unparsed.octets.size()) {
      return ConnectionError("the header of the response is too big");
    }
    auto read = stream.Read(std::span(unparsed.octets).subspan(unparsed.held));
    if (!read.ok()) {
      if (!parser.is_header_done()) return read.status();
      return errors::Annotate(read.status(), "in the body");
    }
    if (*read == 0) {
      if (!parser.got_some()) return ConnectionError("connection closed without a response");
      parser.put_eof(error);
      if (error) return ConnectionError("connection closed in the middle of the response");
      return absl::OkStatus();
    }
    unparsed.held += *read;
  }
}

// `kept`: the connection is as if nothing had been said, and may be used again.
absl::Status ReadResponse(Stream& stream, size_t header_limit, size_t body_limit,
                          ExchangeOutcome& response, bool& kept) {
  // One more than wanted shows whether the body goes on.
  Body body(body_limit + 1);
  Unparsed unparsed;
  for (int interim = 0; interim <= kMaxInterimResponses; ++interim) {
    Parser parser;
    parser.header_limit(static_cast<uint32_t>(header_limit));
    parser.body_limit(boost::none);  // we stop by ourselves
    parser.eager(true);
    body.Begin(parser);
    const absl::Status read = ReadMessage(stream, unparsed, parser, body);
    response.answered = response.answered || parser.got_some();
    RETURN_IF_ERROR(read);
    response.http_status = static_cast<int>(parser.get().result_int());
    // RFC 9110 section 15.2: others may come before the final response. Not 101,
    // which nobody asked for.
    if (response.http_status / 100 == 1 && response.http_status != 101) continue;

    const size_t got = body.written(parser);
    response.whole = parser.is_done() && got <= body_limit;
    kept =
        response.whole && parser.keep_alive() && unparsed.held == 0 && response.http_status >= 200;
    response.body = std::move(body).Take(std::min(got, body_limit));
    const auto copy = [&](beast::http::field name, std::string& out) {
      const auto field = parser.get().find(name);
      if (field != parser.get().end()) out.assign(field->value().data(), field->value().size());
    };
    copy(beast::http::field::location, response.location);
    copy(beast::http::field::retry_after, response.retry_after);
    return absl::OkStatus();
  }
  return ConnectionError("too many interim responses");
}

}  // namespace

Connection::Connection(const Exchange& to)
    : socket_(to.address, to.port), stream_(socket_, to.until) {}

ExchangeOutcome Connection::Run(const Exchange& exchange) {
  ExchangeOutcome outcome;
  kept_ = false;
  socket_.CancelBy(exchange.cancel_fd);
  stream_.WaitUntil(exchange.until);
  const bool is_new = !connected_;
  if (is_new) {
    outcome.status = socket_.Connect(exchange.connect_until);
  } else {
    // It may be lost without a word: then there must be time for another.
    socket_.NoticeLoss(std::chrono::seconds(3));
  }
  if (!outcome.status.ok()) return outcome;
  connected_ = true;
  outcome.connected = true;
  if (is_new && exchange.tls != nullptr) {
    outcome.status =
        stream_.Handshake({.context = exchange.tls, .server_name = exchange.server_name});
  }
  if (!outcome.status.ok()) return outcome;
  outcome.status = stream_.WriteAll(exchange.request);
  if (!outcome.status.ok()) return outcome;
  outcome.status =
      ReadResponse(stream_, exchange.header_limit, exchange.body_limit, outcome, kept_);
  return outcome;
}

bool Connection::Stands() { return kept_ && stream_.IsQuiet(); }

ExchangeOutcome Run(const Exchange& exchange) { return Connection(exchange).Run(exchange); }

}  // namespace cairn::http
