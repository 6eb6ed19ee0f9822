// How many validations one primary and its remote perspectives carry, what they
// cost, and what hosts that never answer do to the others. ./dev bench validations
//
// All run on this machine, with this program, its name server and its web server
// beside them; the CPU time and memory that are shown are those of the
// perspectives alone.

#include <absl/time/clock.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/grpc_status.h"
#include "protos/va/v1/va.grpc.pb.h"
#include "tests/load/validations/perspectives.h"
#include "tests/load/validations/subscribers.h"

namespace cairn::load {
namespace {

using Steady = std::chrono::steady_clock;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');

// After which a perspective gives a mute host up.
constexpr double kMuteSeconds = 10;

struct Options {
  std::string va;
  std::string json;
  int remotes = 5;
  int clients = 64;
  int seconds = 10;
  int silent = 1000;  // 0 leaves out the runs with hosts that are silent or slow
};

// What one kind of host came to, in one run.
struct Tally {
  std::vector<double> ms;  // of the valid ones
  int invalid = 0;
  int failed = 0;  // no result at all
  std::string failure;

  double Quantile(double share) {
    if (ms.empty()) return 0;
    std::sort(ms.begin(), ms.end());
    return ms[std::min(ms.size() - 1, static_cast<size_t>(share * static_cast<double>(ms.size())))];
  }
};

// Validations under way, by kind of host. A closed loop of a kind begins the next
// when one ends.
class Load {
 public:
  explicit Load(Perspectives& perspectives)
      : perspectives_(perspectives),
        stub_(va::v1::Validation::NewStub(perspectives.primary()->channel())) {}

  ~Load() { Settle(); }

  void Begin(const std::string& kind, bool again = false) {
    auto pending = std::make_shared<Pending>();
    va::v1::Subject& subject = *pending->request.mutable_subject();
    subject.mutable_identifier()->set_type(core::v1::Identifier::TYPE_DNS);
    subject.mutable_identifier()->set_value(base::Cat("n", ++names_, ".", kind, ".test"));
    subject.set_account_uri("https://ca.test/acme/account/a");
    subject.set_account_thumbprint(kThumbprint);
    subject.set_method("http-01");
    subject.set_token(kToken);
    pending->prepared = perspectives_.primary()->Prepare({}, pending->context);
    {
      std::lock_guard lock(mutex_);
      ++in_flight_;
    }
    pending->began = Steady::now();
    stub_->async()->Validate(&pending->context, &pending->request, &pending->response,
                             [=, this](const grpc::Status& grpc_status) {
                               const absl::Status status = errors::FromGrpc(grpc_status);
                               End(kind, *pending, status, again);
                               perspectives_.primary()->Finish("Validate", status,
                                                               pending->prepared);
                             });
  }

  // Begins evenly over `seconds`, so that they don't end in bursts either.
  void BeginLoop(const std::string& kind, int clients, double seconds) {
    const auto begin = Steady::now();
    for (int i = 0; i < clients; ++i) {
      std::this_thread::sleep_until(begin + std::chrono::duration<double>(i * seconds / clients));
      Begin(kind, /*again=*/true);
    }
  }
  // Ends the loops: returns when nothing is under way.
  void Settle() {
    looping_ = false;
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return in_flight_ == 0; });
    looping_ = true;
  }

  // An open loop: `rate` a second, whether those before have ended or not.
  void Arrive(const std::string& kind, double rate, int seconds) {
    const auto begin = Steady::now();
    const int arrivals = static_cast<int>(rate * seconds);
    for (int i = 0; i < arrivals; ++i) {
      std::this_thread::sleep_until(begin + std::chrono::duration<double>(i / rate));
      Begin(kind);
    }
  }

  int in_flight() {
    std::lock_guard lock(mutex_);
    return in_flight_;
  }
  // What ended since the last call.
  std::map<std::string, Tally> Take() {
    std::lock_guard lock(mutex_);
    return std::exchange(tallies_, {});
  }

 private:
  struct Pending {
    grpc::ClientContext context;
    va::v1::ValidateRequest request;
    va::v1::ValidateResponse response;
    absl::Time prepared;
    Steady::time_point began;
  };

  void End(const std::string& kind, const Pending& pending, const absl::Status& status,
           bool again) {
    const std::chrono::duration<double, std::milli> took = Steady::now() - pending.began;
    if (again && looping_) Begin(kind, again);
    std::lock_guard lock(mutex_);
    Tally& tally = tallies_[kind];
    if (!status.ok()) {
      ++tally.failed;
      tally.failure = std::string(status.message());
    } else if (pending.response.valid()) {
      tally.ms.push_back(took.count());
    } else {
      ++tally.invalid;
      tally.failure = pending.response.problem().detail();
    }
    if (--in_flight_ == 0) ended_.notify_all();
  }

  Perspectives& perspectives_;
  const std::unique_ptr<va::v1::Validation::Stub> stub_;
  std::atomic<int> names_ = 0;
  std::atomic<bool> looping_ = true;
  std::mutex mutex_;
  std::condition_variable ended_;
  int in_flight_ = 0;
  std::map<std::string, Tally> tallies_;
};

// One run, for the table and as JSON.
struct Row {
  std::string name;
  int in_flight = 0;
  double seconds = 0;
  Tally good;
  double cpu_ms = 0;  // of all perspectives, for each validation of a host that answers
  Perspectives::Usage usage;
};

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        subscribers_(base::Cat(base::ToBase64Url(kToken), ".", base::ToBase64Url(kThumbprint))),
        perspectives_(options.va, options.remotes, subscribers_.dns_address(),
                      subscribers_.web_port()),
        load_(perspectives_) {}

  void Run() {
    load_.Arrive("good", 50, 2);  // connections, caches
    const double few = 10;
    Measure("10 a second", "good", [&] { load_.Arrive("good", few, options_.seconds); });

    load_.BeginLoop("good", options_.clients, 1);
    Measure(base::Cat(options_.clients, " clients"), "good", [&] { Sleep(); });
    load_.Settle();
    const double rate = static_cast<double>(rows_.back().good.ms.size()) / rows_.back().seconds / 4;
    Measure("a quarter of that rate", "good",
            [&] { load_.Arrive("good", rate, options_.seconds); });

    const int silent = options_.silent;
    if (silent == 0) return;
    load_.BeginLoop("mute", silent, kMuteSeconds);
    Measure(base::Cat("the same beside ", silent, " silent"), "good",
            [&] { load_.Arrive("good", rate, options_.seconds); });
    load_.BeginLoop("slow", silent, Subscribers::kSlowMs / 1000.0);
    Sleep();
    Measure(base::Cat(silent, " slow beside ", silent, " silent"), "slow", [&] { Sleep(); });
    load_.Settle();
    Measure("2 slow a second", "slow", [&] { load_.Arrive("slow", 2, options_.seconds); });
  }

  std::string ToTable() {
    std::string table =
        "run                           in flight  valid/s  failed    p50 ms    p99 ms  CPU-ms each"
        "  primary MB  remotes MB  threads\n";
    for (Row& row : rows_) {
      char line[256];
      const auto& mb = row.usage.megabytes;
      std::snprintf(line, sizeof line, "%-29s %9d %8.1f %7d %9.1f %9.1f %12.2f %11.0f %11.0f %8d\n",
                    row.name.c_str(), row.in_flight,
                    static_cast<double>(row.good.ms.size()) / row.seconds,
                    row.good.failed + row.good.invalid, row.good.Quantile(0.5),
                    row.good.Quantile(0.99), row.cpu_ms, mb.front(),
                    (Sum(mb) - mb.front()) / options_.remotes, row.usage.threads.front());
      table += line;
      if (!row.good.failure.empty()) table += base::Cat("  e.g. ", row.good.failure, "\n");
    }
    return table;
  }

  std::string ToJson() {
    std::string json;
    for (Row& row : rows_) {
      char line[512];
      std::snprintf(line, sizeof line,
                    "%s {\"run\": \"%s\", \"in_flight\": %d, \"valid_per_second\": %.1f, "
                    "\"failed\": %d, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"cpu_ms_each\": %.3f, "
                    "\"primary_mb\": %.1f, \"all_mb\": %.1f, \"primary_threads\": %d}",
                    json.empty() ? "" : ",\n", row.name.c_str(), row.in_flight,
                    static_cast<double>(row.good.ms.size()) / row.seconds,
                    row.good.failed + row.good.invalid, row.good.Quantile(0.5),
                    row.good.Quantile(0.99), row.cpu_ms, row.usage.megabytes.front(),
                    Sum(row.usage.megabytes), row.usage.threads.front());
      json += line;
    }
    return base::Cat("{\"remotes\": ", options_.remotes, ", \"runs\": [\n", json, "\n]}\n");
  }

 private:
  void Sleep() const { std::this_thread::sleep_for(std::chrono::seconds(options_.seconds)); }

  template <typename F>
  void Measure(std::string name, const std::string& kind, F load) {
    std::fprintf(stderr, "%s ...\n", name.c_str());
    load_.Take();
    Row row{.name = std::move(name)};
    const Perspectives::Usage before = perspectives_.Used();
    const auto began = Steady::now();
    load();
    row.seconds = std::chrono::duration<double>(Steady::now() - began).count();
    row.in_flight = load_.in_flight();
    row.usage = perspectives_.Used();
    row.good = load_.Take()[kind];
    row.cpu_ms = (Sum(row.usage.cpu_seconds) - Sum(before.cpu_seconds)) * 1000 /
                 std::max<double>(1, static_cast<double>(row.good.ms.size()));
    rows_.push_back(std::move(row));
  }

  const Options options_;
  Subscribers subscribers_;
  Perspectives perspectives_;
  std::vector<Row> rows_;
  Load load_;
};

bool ParseNumber(std::string_view text, int& number, int least = 1) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end && number >= least;
}

bool ParseOptions(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = argv[i + 1];
    const bool ok = name == "--va"        ? !(options.va = value).empty()
                    : name == "--json"    ? !(options.json = value).empty()
                    : name == "--remotes" ? ParseNumber(value, options.remotes)
                    : name == "--clients" ? ParseNumber(value, options.clients)
                    : name == "--seconds" ? ParseNumber(value, options.seconds)
                    : name == "--silent"  ? ParseNumber(value, options.silent, /*least=*/0)
                                          : false;
    if (!ok) return false;
  }
  return argc % 2 == 1 && !options.va.empty();
}

}  // namespace
}  // namespace cairn::load

int main(int argc, char** argv) {
  cairn::load::Options options;
  if (!cairn::load::ParseOptions(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: validation_load --va PROGRAM [--remotes 5] [--clients 64] [--seconds 10] "
                 "[--silent 1000] [--json FILE]\n");
    return 2;
  }
  cairn::load::Bench bench(options);
  bench.Run();
  std::fputs(bench.ToTable().c_str(), stdout);
  if (options.json.empty()) return 0;
  std::FILE* const file = std::fopen(options.json.c_str(), "w");
  if (file == nullptr || std::fputs(bench.ToJson().c_str(), file) < 0 || std::fclose(file) != 0) {
    std::fprintf(stderr, "validation_load: %s can't be written\n", options.json.c_str());
    return 1;
  }
  return 0;
}
