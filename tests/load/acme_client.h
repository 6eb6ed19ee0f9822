#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/random.h"
#include "tests/load/csr.h"
#include "tests/load/http_connection.h"
#include "tests/load/jws.h"
#include "tests/load/responder.h"
#include "tests/load/statistics.h"

namespace cairn::load {

// How long the CA takes for something that a client must poll for, as seen so
// far: the first poll comes shortly before it is expected to be done, the next
// ones a tenth later each. (Less than what the first one was early by, so that a
// CA that is done at the second poll does not make the expectation grow without end.)
// One order that took very long changes little: else the next ones, which do not,
// would be polled late and be counted as slow.
class Pace {
 public:
  static constexpr std::chrono::milliseconds kShortest{4};

  void Saw(SteadyClock::duration taken);
  // How long to wait when `elapsed` has passed and `polls` polls were too early.
  SteadyClock::duration Wait(SteadyClock::duration elapsed, int polls) const;

 private:
  SteadyClock::duration expected_ = kShortest;
};

// The URLs of the CA's directory (RFC 8555 section 7.1.1).
struct Directory {
  std::string new_nonce;
  std::string new_account;
  std::string new_order;

  // Nothing unless `json` has all three.
  static std::optional<Directory> Parse(const std::string& json);
};

// What all clients of a run share. One thread.
struct Shared {
  boost::asio::any_io_executor executor;
  boost::asio::ssl::context* tls = nullptr;
  Url server;
  Directory directory;
  std::string suffix;
  Statistics statistics;
  CsrMaker csrs;
  Responder& responder;
  base::Random& random;
  Pace ready;
  Pace valid;
};

struct Account {
  AccountKey key;
  std::string url;  // empty until Register
};

// One ACME client with a connection of its own. One order at a time.
class AcmeClient {
 public:
  AcmeClient(Shared& shared, Account& account)
      : shared_(shared),
        account_(account),
        connection_(shared.executor, shared.tls, shared.server) {}

  boost::asio::awaitable<bool> Register();

  // One order for fresh names, from newOrder to the certificate's download. Says
  // to the statistics how it went.
  boost::asio::awaitable<void> Issue(int names);

 private:
  // An order in progress.
  struct Order {
    std::vector<std::string> names;
    std::string url;
    std::vector<std::string> authorizations;
    std::string finalize;
    std::string status;
    std::string certificate;
    std::vector<std::string> tokens;
    bool all_known_valid = true;  // each authorization, by what was answered so far
    SteadyClock::time_point challenged;
  };

  boost::asio::awaitable<bool> Run(Order& order);
  boost::asio::awaitable<bool> Authorize(Order& order, const std::string& url);
  boost::asio::awaitable<bool> PollWhile(Order& order, std::string_view status, Pace& pace,
                                         SteadyClock::time_point since);
  boost::asio::awaitable<bool> Download(Order& order);
  // The response, if it is one of success; else the statistics know why not.
  boost::asio::awaitable<std::optional<HttpResponse>> Post(Step step, const std::string& url,
                                                           std::string_view payload);
  boost::asio::awaitable<bool> FetchNonce();
  bool ReadOrder(Order& order, const std::string& body);
  void Fail(Step step, std::string_view what);

  Shared& shared_;
  Account& account_;
  HttpConnection connection_;
  std::string nonce_;
};

// Whether the first certificate of the PEM text holds each of the names. A search
// for their octets, not a parser: cheap enough for every certificate.
bool HoldsNames(std::string_view pem, const std::vector<std::string>& names);

}  // namespace cairn::load
