#include "libs/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "libs/base/invariant.h"

namespace cairn::metrics {
namespace {

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// prometheus-cpp throws for names that Prometheus would not take; ours are
// constants, so such a name is a mistake in the code.
[[noreturn]] void BadMetric(const std::string& name, const std::exception& e) {
  base::InvariantBroken(name.c_str(), e.what(), __FILE__, __LINE__);
}

}  // namespace

void Counter::Add(double by) const { counter_->Increment(by); }
void Gauge::Set(double value) const { gauge_->Set(value); }
void Gauge::Add(double by) const { gauge_->Increment(by); }
void Histogram::Observe(absl::Duration took) const {
  histogram_->Observe(absl::ToDoubleSeconds(took));
}
void Histogram::Observe(double value) const { histogram_->Observe(value); }

const std::vector<double>& LatencyBounds() {
  static const auto& bounds = *new std::vector<double>{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
                                                       0.05,   0.1,   0.25,  1,     2.5,  10};
  return bounds;
}

struct Registry::Families {
  prometheus::Registry registry;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;
};

Registry::Registry() : families_(std::make_unique<Families>()) {}
Registry::~Registry() = default;

metrics::Counter Registry::Counter(const std::string& name, const std::string& help,
                                   const Labels& labels) {
  std::lock_guard lock(mutex_);
  try {
    auto*& family = families_->counters[name];
    if (family == nullptr) {
      family = &prometheus::BuildCounter().Name(name).Help(help).Register(families_->registry);
    }
    return metrics::Counter(&family->Add(labels));
  } catch (const std::exception& e) {
    BadMetric(name, e);
  }
}

metrics::Gauge Registry::Gauge(const std::string& name, const std::string& help,
                               const Labels& labels) {
  std::lock_guard lock(mutex_);
  try {
    auto*& family = families_->gauges[name];
    if (family == nullptr) {
      family = &prometheus::BuildGauge().Name(name).Help(help).Register(families_->registry);
    }
    return metrics::Gauge(&family->Add(labels));
  } catch (const std::exception& e) {
    BadMetric(name, e);
  }
}

metrics::Histogram Registry::Histogram(const std::string& name, const std::string& help,
                                       const Labels& labels, const std::vector<double>& bounds) {
  std::lock_guard lock(mutex_);
  try {
    auto*& family = families_->histograms[name];
    if (family == nullptr) {
      family = &prometheus::BuildHistogram().Name(name).Help(help).Register(families_->registry);
    }
    return metrics::Histogram(&family->Add(labels, bounds));
  } catch (const std::exception& e) {
    BadMetric(name, e);
  }
}

void Registry::OnScrape(std::function<void()> update) {
  std::lock_guard lock(mutex_);
  updates_.push_back(std::move(update));
}

void Registry::AddProcessMetrics(const std::string& service, const std::string& version) {
  Gauge("cairn_build_info", "Always 1; its labels say what runs",
        {{"service", service}, {"version", version}})
      .Set(1);
  const auto memory = Gauge("process_resident_memory_bytes", "Resident memory");
  const auto cpu = Gauge("process_cpu_seconds_total", "User and system CPU time");
  const auto files = Gauge("process_open_fds", "Open file descriptors");
  const auto threads = Gauge("process_threads", "Threads");
  OnScrape([=] {
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
      cpu.Set(SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime));
    }
    std::ifstream statm("/proc/self/statm");
    if (int64_t total = 0, resident = 0; statm >> total >> resident) {
      memory.Set(static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    const auto entries = [](const char* folder) {
      std::error_code error;
      const std::filesystem::directory_iterator all(folder, error);
      return static_cast<double>(error ? 0 : std::distance(begin(all), end(all)));
    };
    files.Set(entries("/proc/self/fd"));
    threads.Set(entries("/proc/self/task"));
  });
}

std::string Registry::Text() {
  std::vector<std::function<void()>> updates;
  {
    std::lock_guard lock(mutex_);
    updates = updates_;
  }
  for (const auto& update : updates) update();
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace cairn::metrics
