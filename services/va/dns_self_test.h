#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <mutex>
#include <string>
#include <thread>

#include "libs/base/clock.h"
#include "libs/dns/resolver.h"
#include "libs/log/log.h"
#include "libs/metrics/metrics.h"

namespace cairn::va {

// Finds out again and again whether the resolver validates DNSSEC: a name that is
// signed must come back secure, and one whose signature is broken must come back
// bogus. It is what finds validation that is silently off, trust anchors that were
// rolled away from, and a clock that is wrong (BR 4.2.2.2).
//
// A lookup that fails otherwise says nothing about validation: the last verdict
// then stays for three intervals. Thread-safe.
class DnsSelfTest {
 public:
  struct Options {
    std::string known_good;  // names with an A record
    std::string known_bad;
    absl::Duration interval = absl::Minutes(5);
  };

  // All must outlive this.
  DnsSelfTest(Options options, dns::Resolver& resolver, const base::Clock& clock, log::Logger& log,
              metrics::Registry& metrics);
  // As Stop.
  ~DnsSelfTest();

  // Tests at once and then at each interval, on a thread of its own; more often as
  // long as it does not pass.
  void Start();
  void Stop();

  // One test, which may take as long as the resolver's lookups.
  void Run();

  // OK while the last verdict is that validation works. For a health check.
  absl::Status Health() const;

 private:
  // What one test found; empty text: nothing to object to.
  struct Finding {
    std::string wrong;    // validation does not work
    std::string unknown;  // no verdict
  };
  Finding Look() const;
  absl::Duration Pause() const;

  const Options options_;
  dns::Resolver& resolver_;
  const base::Clock& clock_;
  log::Logger& log_;
  const metrics::Counter passed_, failed_, unknown_;

  mutable std::mutex mutex_;
  absl::Status verdict_;
  absl::Time verdict_at_ = absl::InfinitePast();
  std::jthread thread_;
};

}  // namespace cairn::va
