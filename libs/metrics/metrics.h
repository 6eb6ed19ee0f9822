#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace cairn::metrics {

// Handles: pointers in size, cheap to copy, valid as long as their registry.
// Thread-safe.

class Counter {
 public:
  void Add(double by = 1) const;

 private:
  friend class Registry;
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  void Set(double value) const;
  void Add(double by) const;

 private:
  friend class Registry;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  // No metric yet; only to be asked whether it is one.
  Histogram() = default;
  explicit operator bool() const { return histogram_ != nullptr; }

  // In seconds, as Prometheus wants it.
  void Observe(absl::Duration took) const;
  void Observe(double value) const;

 private:
  friend class Registry;
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  prometheus::Histogram* histogram_ = nullptr;
};

// Values must come from enums or configuration, never from a request: each new
// combination costs memory for ever.
using Labels = std::map<std::string, std::string>;

// Upper bounds in seconds for work between 0.5 ms and 10 s.
const std::vector<double>& LatencyBounds();

// All metrics of one process. Thread-safe.
//
// Names are cairn_<service>_<noun>_<unit>. Asking again for the same name and
// labels gives the same metric. Looking one up takes a lock and compares texts: do
// it once, in a constructor, and keep the handle.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  metrics::Counter Counter(const std::string& name, const std::string& help,
                           const Labels& labels = {});
  metrics::Gauge Gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  metrics::Histogram Histogram(const std::string& name, const std::string& help,
                               const Labels& labels = {},
                               const std::vector<double>& bounds = LatencyBounds());

  // Runs before each Text: for gauges whose value is looked up, such as the
  // length of a queue. `update` must not block and must stay valid as long as
  // anyone asks for Text.
  void OnScrape(std::function<void()> update);

  // cairn_build_info{service,version}, and process_resident_memory_bytes,
  // process_cpu_seconds_total, process_open_fds, process_threads.
  void AddProcessMetrics(const std::string& service, const std::string& version);

  // The text that Prometheus reads (exposition format 0.0.4).
  std::string Text();

 private:
  struct Families;

  std::mutex mutex_;
  const std::unique_ptr<Families> families_;
  std::vector<std::function<void()>> updates_;
};

}  // namespace cairn::metrics
