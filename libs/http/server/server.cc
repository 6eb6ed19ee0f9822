#include "libs/http/server/server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <type_traits>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/http/server/tls_context.h"

namespace cairn::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;
using TlsStream = asio::ssl::stream<tcp::socket>;

// Often enough for limits of whole seconds, and cheap: one look at each connection.
constexpr std::chrono::milliseconds kSweepInterval(250);
constexpr size_t kReadSize = 4096;
// How often the TLS files are looked at.
constexpr std::chrono::seconds kReloadInterval(2);
// How long a connection that is closed after an error waits for the client to see it.
constexpr std::chrono::seconds kLinger(1);

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

Steady::duration ToSteady(absl::Duration duration) { return absl::ToChronoNanoseconds(duration); }

class Connections;

// What the server knows of a connection, whatever its stream is.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void Begin() = 0;
  // Ends it now. It leaves the list by itself.
  virtual void Close() = 0;

  Steady::time_point deadline;
  bool idle = true;  // no octet of the next request has come
};

// State that all connections share. Used on the I/O thread only.
struct Shared {
  const Server::Options& options;
  Handler& handler;
  const base::Clock& clock;
  std::list<std::shared_ptr<Connection>> open = {};
  std::atomic<size_t> count = 0;
  bool stopping = false;
  // RFC 9110 section 6.6.1, remade each second.
  absl::Time date_of = absl::InfinitePast();
  std::string date = {};
  // Called when a connection has left the list.
  std::function<void()> left = [] {};

  const std::string& Date() {
    const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(clock.Now()));
    if (now != date_of) {
      date_of = now;
      date = absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", now, absl::UTCTimeZone());
    }
    return date;
  }
};

template <typename Stream>
class StreamConnection final : public Connection,
                               public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  template <typename... Args>
  StreamConnection(Shared& shared, std::shared_ptr<asio::ssl::context> context, Args&&... args)
      : shared_(shared),
        context_(std::move(context)),
        stream_(std::forward<Args>(args)...),
        // Room for a header and the body behind it, and never less than one read.
        buffer_(kReadSize + shared.options.header_limit + shared.options.body_limit) {
    error_code ignored;  // the client may have gone; the first read will say so
    const auto peer = Socket().remote_endpoint(ignored);
    client_address_ = peer.address().to_string(ignored);
    Socket().set_option(tcp::no_delay(true), ignored);
  }

  void Begin() override {
    place_ = shared_.open.insert(shared_.open.end(), this->shared_from_this());
    ++shared_.count;
    open_ = true;
    if constexpr (kTls) {
      SetDeadline(shared_.options.read_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (error || !self->open_) return self->Close();
                                self->AwaitRequest();
                              });
    } else {
      AwaitRequest();
    }
  }

  void Close() override {
    if (!open_) return;
    open_ = false;
    error_code ignored;  // nobody is there to hear of it
    Socket().shutdown(tcp::socket::shutdown_both, ignored);
    Socket().close(ignored);
    --shared_.count;
    const std::shared_ptr<Connection> keep = std::move(*place_);
    shared_.open.erase(place_);
    shared_.left();
  }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;

  tcp::socket& Socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void SetDeadline(absl::Duration limit) { deadline = Steady::now() + ToSteady(limit); }

  void AwaitRequest() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.header_limit));
    parser_->body_limit(shared_.options.body_limit);
    // What came with the header is parsed with it.
    parser_->eager(true);
    if (buffer_.size() > 0) return ReadHeader();  // pipelined
    if (shared_.stopping) return Shut();
    idle = true;
    // An idle connection holds no big buffer.
    if (buffer_.capacity() > 8 * 1024) buffer_.shrink_to_fit();
    SetDeadline(shared_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(kReadSize),
                            [self = this->shared_from_this()](error_code error, size_t size) {
                              if (error || !self->open_) return self->Close();
                              self->buffer_.commit(size);
                              self->ReadHeader();
                            });
  }

  void ReadHeader() {
    idle = false;
    SetDeadline(shared_.options.read_timeout);
    beast::http::async_read_header(stream_, buffer_, *parser_,
                                   [self = this->shared_from_this()](error_code error, size_t) {
                                     if (!self->open_) return;
                                     if (error) return self->ReadFailed(error);
                                     self->ReadBody();
                                   });
  }

  void ReadBody() {
    if (parser_->is_done()) return Handle();
    if (const auto expect = parser_->get().find(beast::http::field::expect);
        expect != parser_->get().end()) {
      if (base::ToLower(View(expect->value())) != "100-continue") return Refuse(417);
      out_ = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(stream_, asio::buffer(out_),
                        [self = this->shared_from_this()](error_code error, size_t) {
                          if (error || !self->open_) return self->Close();
                          self->ReadRest();
                        });
      return;
    }
    ReadRest();
  }

  void ReadRest() {
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](error_code error, size_t) {
                              if (!self->open_) return;
                              if (error) return self->ReadFailed(error);
                              self->Handle();
                            });
  }

  void ReadFailed(const error_code& error) {
    if (error == beast::http::error::body_limit) return Refuse(413);
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
      return Refuse(431);
    }
    // Other errors of the parser are a bad request; those of the network and the end
    // of the stream have nobody to tell.
    const bool bad = error.category() == make_error_code(beast::http::error::bad_method).category();
    if (bad && error != beast::http::error::end_of_stream &&
        error != beast::http::error::partial_message) {
      return Refuse(400);
    }
    Close();
  }

  void Handle() {
    const auto& message = parser_->get();
    Request request;
    request.method = std::string(View(message.method_string()));
    request.target = std::string(View(message.target()));
    for (const auto& field : message) {
      request.headers.emplace_back(View(field.name_string()), View(field.value()));
    }
    request.body = std::move(parser_->get().body());
    request.client_address = client_address_;
    keep_alive_ = message.keep_alive();
    http10_ = message.version() < 11;
    head_only_ = message.method() == beast::http::verb::head;
    SetDeadline(shared_.options.handle_timeout);
    const uint64_t number = ++requests_;
    shared_.handler.Handle(
        std::move(request), [self = this->shared_from_this(), number](Response response) {
          // The thread of the handler does the formatting; the I/O thread only writes.
          asio::dispatch(self->Socket().get_executor(),
                         [self, number, response = std::move(response)]() mutable {
                           if (!self->open_ || self->replied_ == number) return;
                           self->replied_ = number;
                           self->Write(response);
                         });
        });
  }

  void Refuse(int status) {
    keep_alive_ = false;
    Write(shared_.handler.Refuse(status));
  }

  void Write(const Response& response) {
    const bool close = !keep_alive_ || shared_.stopping;
    Format(response, close);
    SetDeadline(shared_.options.write_timeout);
    asio::async_write(stream_, asio::buffer(out_),
                      [self = this->shared_from_this(), close](error_code error, size_t) {
                        if (error || !self->open_) return self->Close();
                        if (close) return self->Shut();
                        self->AwaitRequest();
                      });
  }

  void Format(const Response& response, bool close) {
    out_.clear();
    out_.reserve(512 + response.body.size());
    const auto append = [this](std::string_view name, std::string_view value) {
      out_.append(name).append(": ").append(value).append("\r\n");
    };
    out_.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    const auto reason = beast::http::obsolete_reason(
        static_cast<beast::http::status>(static_cast<unsigned>(response.status)));
    out_.append(View(reason)).append("\r\n");
    append("Date", shared_.Date());
    if (!response.content_type.empty()) append("Content-Type", response.content_type);
    // RFC 9110 section 8.6: not with 204. HEAD has the length of GET's answer.
    if (response.status != 204) append("Content-Length", std::to_string(response.body.size()));
    for (const auto& [name, value] : response.headers) append(name, value);
    if (close) {
      append("Connection", "close");
    } else if (http10_) {
      append("Connection", "keep-alive");
    }
    out_.append("\r\n");
    if (!head_only_ && response.status != 204) out_.append(response.body);
  }

  // Ends our side, waits a little for the client to end its own: what it still
  // sends would otherwise reset the connection before it has read the answer.
  void Shut() {
    deadline = Steady::now() + kLinger;
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->Close(); });
    } else {
      error_code ignored;  // the next read tells
      stream_.shutdown(tcp::socket::shutdown_send, ignored);
      Drain();
    }
  }

  void Drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadSize),
                            [self = this->shared_from_this()](error_code error, size_t) {
                              if (error || !self->open_) return self->Close();
                              self->Drain();
                            });
  }

  Shared& shared_;
  const std::shared_ptr<asio::ssl::context> context_;  // must outlive the stream
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string client_address_;
  std::string out_;
  std::list<std::shared_ptr<Connection>>::iterator place_;
  uint64_t requests_ = 0;
  uint64_t replied_ = 0;
  bool open_ = false;
  bool keep_alive_ = true;
  bool http10_ = false;
  bool head_only_ = false;
};

class AsioServer final : public Server {
 public:
  AsioServer(const Options& options, Handler& handler, const base::Clock& clock)
      : options_(options), shared_{.options = options_, .handler = handler, .clock = clock} {}

  ~AsioServer() override { Stop(); }

  absl::Status Open() {
    if (options_.tls) {
      tls_state_ = Fingerprint(*options_.tls);
      ASSIGN_OR_RETURN(tls_, MakeTlsContext(*options_.tls));
    }
    error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error) {
      return errors::Make(errors::Reason::kMalformed,
                          base::Cat("\"", options_.address, "\" is not an IP address"));
    }
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) bound_ = acceptor_.local_endpoint(error);
    if (error) {
      return errors::Make(errors::Reason::kUnavailable,
                          base::Cat("can't listen on ", options_.address, " port ", options_.port,
                                    ": ", error.message()));
    }
    return absl::OkStatus();
  }

  void Start() override {
    Accept();
    thread_ = std::jthread([this] { io_.run(); });
  }

  void Stop() override {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { BeginStop(); });
    {
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, absl::ToChronoNanoseconds(options_.drain_timeout),
                        [this] { return drained_; });
    }
    asio::post(io_, [this] {
      shared_.left = [] {};
      CloseAll();
      sweep_timer_.cancel();
      work_.reset();
    });
    thread_.join();
  }

  std::string address() const override {
    const std::string host = bound_.address().to_string();
    return bound_.address().is_v6() ? base::Cat("[", host, "]:", bound_.port())
                                    : base::Cat(host, ":", bound_.port());
  }

  size_t connections() const override { return shared_.count; }

 private:
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || shared_.stopping) return;
      if (error) {
        // Out of file descriptors, most likely: wait until some are free again.
        accept_timer_.expires_after(std::chrono::milliseconds(100));
        accept_timer_.async_wait([this](error_code cancelled) {
          if (!cancelled) Accept();
        });
        return;
      }
      Take(std::move(socket));
      Accept();
    });
  }

  void Take(tcp::socket socket) {
    if (shared_.count >= options_.max_connections && !CloseIdlest()) return;
    if (tls_) {
      std::make_shared<StreamConnection<TlsStream>>(shared_, tls_, std::move(socket), *tls_)
          ->Begin();
    } else {
      std::make_shared<StreamConnection<tcp::socket>>(shared_, nullptr, std::move(socket))->Begin();
    }
    Sweep();
  }

  bool CloseIdlest() {
    std::shared_ptr<Connection> idlest;
    for (const auto& connection : shared_.open) {
      if (connection->idle && (!idlest || connection->deadline < idlest->deadline)) {
        idlest = connection;
      }
    }
    if (idlest) idlest->Close();
    return idlest != nullptr;
  }

  // Runs as long as there are connections: one timer for all, as setting one for
  // each step of each request costs more than the step.
  void Sweep() {
    if (sweeping_) return;
    sweeping_ = true;
    sweep_timer_.expires_after(kSweepInterval);
    sweep_timer_.async_wait([this](error_code cancelled) {
      sweeping_ = false;
      if (cancelled) return;
      const Steady::time_point now = Steady::now();
      CloseIf([now](const Connection& connection) { return connection.deadline <= now; });
      ReloadTls(now);
      if (!shared_.open.empty()) Sweep();
    });
  }

  template <typename Condition>
  void CloseIf(Condition condition) {
    std::vector<std::shared_ptr<Connection>> late;
    for (const auto& connection : shared_.open) {
      if (condition(*connection)) late.push_back(connection);
    }
    for (const auto& connection : late) connection->Close();
  }
  void CloseAll() {
    CloseIf([](const Connection&) { return true; });
  }

  void ReloadTls(Steady::time_point now) {
    if (!options_.tls || now < next_reload_) return;
    next_reload_ = now + kReloadInterval;
    std::string state = Fingerprint(*options_.tls);
    if (state == tls_state_) return;
    tls_state_ = std::move(state);
    // Files that are wrong, or not both there yet, leave the old ones in use; the
    // next change is looked at again.
    if (auto context = MakeTlsContext(*options_.tls); context.ok()) tls_ = *std::move(context);
  }

  void BeginStop() {
    shared_.stopping = true;
    error_code ignored;  // it is closed either way
    acceptor_.close(ignored);
    accept_timer_.cancel();
    shared_.left = [this] { NoteIfDrained(); };
    CloseIf([](const Connection& connection) { return connection.idle; });
    NoteIfDrained();
  }

  void NoteIfDrained() {
    if (!shared_.open.empty()) return;
    std::lock_guard lock(mutex_);
    drained_ = true;
    stopped_.notify_all();
  }

  const Options options_;
  // Before everything that uses it. The hint: one thread runs it.
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer accept_timer_{io_};
  asio::steady_timer sweep_timer_{io_};
  tcp::endpoint bound_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::string tls_state_;
  Steady::time_point next_reload_;
  bool sweeping_ = false;
  Shared shared_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool drained_ = false;
  std::jthread thread_;
};

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; };
    return lower(x) == lower(y);
  });
}

}  // namespace

std::string_view Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return {};
}

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(const Options& options, Handler& handler,
                                                       const base::Clock& clock) {
  auto server = std::make_unique<AsioServer>(options, handler, clock);
  RETURN_IF_ERROR(server->Open());
  return server;
}

}  // namespace cairn::http
