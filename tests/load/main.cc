// Drives an ACME CA with many clients at once and says how it bore it.
#include <absl/strings/str_format.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/random.h"
#include "libs/base/strings.h"
#include "tests/load/acme_client.h"
#include "tests/load/http_connection.h"
#include "tests/load/responder.h"
#include "tests/load/statistics.h"

namespace cairn::load {
namespace {

namespace asio = boost::asio;

constexpr char kUsage[] = R"(usage: acme_load --directory URL [OPTION...]

  --directory URL      the CA's directory, http or https
  --ca FILE            PEM: what the CA's own HTTPS certificate must lead to
  --http01-port N      where this program answers http-01, on 127.0.0.1 (default 5002)
  --clients N          closed loop: N clients, each one order after the other (default 16)
  --rate R             open loop: R new orders a second, evenly spaced, however long they
                       take; --clients (then 512) bounds how many are under way
  --seconds S          how long to measure (default 10)
  --warmup S           how long to run before that (default 2)
  --names-per-cert N   fresh names in each order (default 1)
  --suffix NAME        names are l<random>.NAME (default load.test)
  --accounts N         ACME accounts that the clients share (default 8)
  --json FILE          write the result there too

An order that newOrder refuses with 503 or 429 counts as refused. Later steps
are repeated after Retry-After. All else that is unexpected is an error; the
exit code is 1 if there was one, or no certificate at all.
)";

struct Options {
  std::string directory;
  std::string ca;
  std::string json;
  std::string suffix = "load.test";
  int http01_port = 5002;
  int clients = 0;
  double rate = 0;
  double seconds = 10;
  double warmup = 2;
  int names = 1;
  int accounts = 8;
};

template <typename Number>
bool ParseNumber(const std::string& text, Number& out) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, out);
  return result.ec == std::errc() && result.ptr == end && out >= 0;
}

bool ParseOptions(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    bool ok = true;
    if (name == "--directory") {
      options.directory = value;
    } else if (name == "--ca") {
      options.ca = value;
    } else if (name == "--json") {
      options.json = value;
    } else if (name == "--suffix") {
      options.suffix = value;
    } else if (name == "--http01-port") {
      ok = ParseNumber(value, options.http01_port);
    } else if (name == "--clients") {
      ok = ParseNumber(value, options.clients);
    } else if (name == "--rate") {
      ok = ParseNumber(value, options.rate);
    } else if (name == "--seconds") {
      ok = ParseNumber(value, options.seconds);
    } else if (name == "--warmup") {
      ok = ParseNumber(value, options.warmup);
    } else if (name == "--names-per-cert") {
      ok = ParseNumber(value, options.names) && options.names > 0;
    } else if (name == "--accounts") {
      ok = ParseNumber(value, options.accounts) && options.accounts > 0;
    } else {
      ok = false;
    }
    if (!ok) {
      std::fprintf(stderr, "acme_load: %s %s: not understood\n", argv[i], argv[i + 1]);
      return false;
    }
  }
  if (argc % 2 == 0 || options.directory.empty()) return false;
  if (options.clients == 0) options.clients = options.rate > 0 ? 512 : 16;
  return true;
}

SteadyClock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One measurement, from the directory to the table.
class Load {
 public:
  Load(const Options& options, asio::io_context& context, Shared& shared)
      : options_(options), context_(context), shared_(shared) {}

  asio::awaitable<void> Run() {
    HttpConnection connection(shared_.executor, shared_.tls, shared_.server);
    const HttpResponse response =
        co_await connection.Send(boost::beast::http::verb::get, shared_.server.target, "");
    const std::optional<Directory> directory = Directory::Parse(response.body);
    if (!directory) {
      error_ = base::Cat(options_.directory, " is not an ACME directory: ", response.status, " ",
                         base::Escaped(response.body, 200));
      co_return;
    }
    shared_.directory = *directory;
    const int accounts = std::min(options_.accounts, options_.clients);
    for (int i = 0; i < accounts; ++i) {
      accounts_.push_back(std::make_unique<Account>());
      AcmeClient& client = AddClient();
      const bool registered = co_await client.Register();
      if (!registered) {
        error_ = "the accounts could not be made:\n" + shared_.statistics.ToTable();
        co_return;
      }
    }

    const auto begin = SteadyClock::now() + Seconds(options_.warmup);
    end_ = begin + Seconds(options_.seconds);
    shared_.statistics.SetWindow(begin, end_);
    asio::co_spawn(context_, Report(), asio::detached);
    if (options_.rate > 0) {
      co_await Arrive();
    } else {
      while (clients_.size() < static_cast<size_t>(options_.clients)) AddClient();
      for (const auto& client : clients_) asio::co_spawn(context_, Repeat(*client), asio::detached);
    }
  }

  const std::string& error() const { return error_; }

 private:
  AcmeClient& AddClient() {
    Account& account = *accounts_[clients_.size() % accounts_.size()];
    clients_.push_back(std::make_unique<AcmeClient>(shared_, account));
    idle_.push_back(clients_.back().get());
    return *clients_.back();
  }

  // A client of the closed loop.
  asio::awaitable<void> Repeat(AcmeClient& client) {
    while (SteadyClock::now() < end_) {
      const Statistics& statistics = shared_.statistics;
      const uint64_t issued = statistics.certificates().total;
      co_await Issue(client);
      // A CA that fails or refuses at once must not turn the driver into a busy loop.
      if (statistics.certificates().total == issued) co_await Sleep(std::chrono::milliseconds(100));
    }
  }

  // The open loop.
  asio::awaitable<void> Arrive() {
    const SteadyClock::duration gap = Seconds(1 / options_.rate);
    asio::steady_timer timer(shared_.executor);
    for (auto due = SteadyClock::now(); due < end_; due += gap) {
      timer.expires_at(due);
      co_await timer.async_wait(asio::use_awaitable);
      if (idle_.empty() && clients_.size() < static_cast<size_t>(options_.clients)) AddClient();
      if (idle_.empty()) {
        shared_.statistics.NotStarted();
        continue;
      }
      AcmeClient& client = *idle_.back();
      idle_.pop_back();
      asio::co_spawn(context_, IssueOnce(client), asio::detached);
    }
  }

  asio::awaitable<void> IssueOnce(AcmeClient& client) {
    co_await Issue(client);
    idle_.push_back(&client);
  }

  asio::awaitable<void> Issue(AcmeClient& client) {
    ++under_way_;
    co_await client.Issue(options_.names);
    --under_way_;
  }

  asio::awaitable<void> Report() {
    constexpr std::chrono::seconds kEvery{5};
    // What is under way when the time is over may still come to its end.
    constexpr std::chrono::seconds kGrace{10};
    const auto start = SteadyClock::now();
    for (auto now = start; now < end_; now = SteadyClock::now()) {
      co_await Sleep(std::min<SteadyClock::duration>(kEvery, end_ - now));
      const Statistics& statistics = shared_.statistics;
      std::fputs(absl::StrFormat("%4.0f s: %d certificates, %d refused, %d errors\n",
                                 std::chrono::duration<double>(SteadyClock::now() - start).count(),
                                 statistics.certificates().total, statistics.refused().total,
                                 statistics.failed().total)
                     .c_str(),
                 stderr);
    }
    while (under_way_ > 0 && SteadyClock::now() < end_ + kGrace) {
      co_await Sleep(std::chrono::milliseconds(20));
    }
    context_.stop();
  }

  asio::awaitable<void> Sleep(SteadyClock::duration time) {
    asio::steady_timer timer(shared_.executor, time);
    co_await timer.async_wait(asio::use_awaitable);
  }

  const Options& options_;
  asio::io_context& context_;
  Shared& shared_;
  std::vector<std::unique_ptr<Account>> accounts_;
  std::vector<std::unique_ptr<AcmeClient>> clients_;
  std::vector<AcmeClient*> idle_;
  int under_way_ = 0;
  SteadyClock::time_point end_;
  std::string error_;
};

int Main(const Options& options) {
  const std::optional<Url> server = Url::Parse(options.directory);
  if (!server) {
    std::fprintf(stderr, "acme_load: %s is not an http or https URL\n", options.directory.c_str());
    return 2;
  }
  asio::io_context context(1);
  asio::ssl::context tls(asio::ssl::context::tls_client);
  boost::system::error_code code;
  tls.set_verify_mode(asio::ssl::verify_peer, code);
  if (!options.ca.empty()) tls.load_verify_file(options.ca, code);
  if (code) {
    std::fprintf(stderr, "acme_load: %s: %s\n", options.ca.c_str(), code.message().c_str());
    return 2;
  }
  std::string error;
  Responder responder(context.get_executor(), static_cast<uint16_t>(options.http01_port), &error);
  if (!error.empty()) {
    std::fprintf(stderr, "acme_load: %s\n", error.c_str());
    return 2;
  }
  base::SystemRandom random;
  constexpr int kCsrKeys = 16;
  Shared shared{.executor = context.get_executor(),
                .tls = &tls,
                .server = *server,
                .suffix = options.suffix,
                .csrs = CsrMaker(kCsrKeys),
                .responder = responder,
                .random = random};
  Load load(options, context, shared);
  asio::co_spawn(context, load.Run(), [&](std::exception_ptr) {
    if (!load.error().empty()) context.stop();
  });
  context.run();
  if (!load.error().empty()) {
    std::fprintf(stderr, "acme_load: %s\n", load.error().c_str());
    return 1;
  }

  const Statistics& statistics = shared.statistics;
  const double cpu_ms = 1000 * CpuSeconds() /
                        static_cast<double>(std::max<uint64_t>(1, statistics.certificates().total));
  std::fputs(statistics.ToTable().c_str(), stdout);
  std::fputs(absl::StrFormat("the driver itself used %.2f CPU-ms a certificate\n", cpu_ms).c_str(),
             stdout);
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << statistics.ToJson(absl::StrFormat(
                "\"mode\":\"%s\",\"clients\":%d,\"rate\":%.3f,\"names_per_certificate\":%d,"
                "\"driver_cpu_ms_per_certificate\":%.3f,",
                options.rate > 0 ? "open" : "closed", options.clients, options.rate, options.names,
                cpu_ms))
         << "\n";
    if (!file.flush()) {
      std::fprintf(stderr, "acme_load: %s cannot be written\n", options.json.c_str());
      return 2;
    }
  }
  return statistics.failed().total == 0 && statistics.certificates().total > 0 ? 0 : 1;
}

}  // namespace
}  // namespace cairn::load

int main(int argc, char** argv) {
  cairn::load::Options options;
  if (!cairn::load::ParseOptions(argc, argv, options)) {
    std::fputs(cairn::load::kUsage, stderr);
    return 2;
  }
  return cairn::load::Main(options);
}
