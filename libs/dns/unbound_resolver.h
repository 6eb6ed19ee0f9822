#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/dns/resolver.h"

struct ub_ctx;

namespace cairn::dns {

struct Message;

// A validating recursive resolver in this process: libunbound, with a thread that
// does its network work and hands the answers to those who wait. Own cache, own
// sockets, shared with nobody (BR 3.2.2.9). Thread-safe.
//
// An answer is bounded: what has more aliases, records or octets than the options
// allow is a failure, as a part of it could say something else than the whole.
// docs/adr/0020 says how libunbound is configured, and why.
class UnboundResolver final : public Resolver {
 public:
  struct Options {
    // "192.0.2.53:53": ask this server instead of the authoritative ones. Empty:
    // start at the root.
    std::string forward;
    // A file with trust anchors in zone file form. Empty: no DNSSEC validation.
    std::string trust_anchor_file;
    // Root hints file. Empty: those that libunbound has built in.
    std::string root_hints_file;
    // Whether name servers at private, loopback and such addresses are asked where
    // a delegation leads there. Only for closed networks.
    bool query_private_servers = false;
    // How long one lookup, with all its retries, may take.
    absl::Duration timeout = absl::Seconds(10);
    // The longest that an answer, and that "there is nothing", is kept.
    absl::Duration max_cache_ttl = absl::Seconds(5);
    absl::Duration max_negative_ttl = absl::Seconds(5);
    // Each of libunbound's caches.
    size_t cache_bytes = 512 * 1024;
    // Lookups that are under way at one time, those that nobody waits for any more
    // among them; more are answered SERVFAIL at once.
    size_t max_lookups = 16384;
    // Of one answer.
    size_t max_aliases = 10;
    size_t max_records = 100;
    size_t max_record_bytes = 32 * 1024;  // all together
  };

  // Sends nothing yet. kInternal where libunbound refuses an option, kMalformed for
  // trust anchors that it would not understand.
  static absl::StatusOr<std::unique_ptr<UnboundResolver>> Create(const Options& options,
                                                                 const base::Clock& clock);
  // No caller may be waiting.
  ~UnboundResolver() override;

  std::vector<Answer> ResolveAll(const base::Call& call,
                                 std::span<const Question> questions) override;

  // "1.17.1": for receipts and logs.
  static std::string Version();

 private:
  struct Batch;
  struct Ticket;
  // What libunbound runs on, and itself; only for the resolver's thread.
  struct Engine;

  UnboundResolver(const Options& options, std::vector<std::string> anchors,
                  const base::Clock& clock, std::unique_ptr<Engine> engine);

  static absl::Status Configure(ub_ctx* context, const Options& options);

  // The resolver's thread.
  static void OnWake(int fd, short events, void* resolver);  // NOLINT: libevent's types
  static void OnAnswer(void* ticket, int rcode, void* packet, int size, int security,
                       char* why_bogus, int rate_limited);
  void TakeTickets();
  void Ask(std::unique_ptr<Ticket> ticket);

  Answer Convert(const Question& question, std::string_view packet, int security,
                 std::string_view why_bogus) const;
  // Why libunbound could not answer.
  Answer NoAnswer(const Question& question, int rcode) const;
  // What is wrong with a message as an answer; empty: nothing.
  std::string FaultOf(const Message& message) const;
  Dnssec StatusOf(const Question& question, const Answer& answer, bool secure) const;
  // What there is to say of a lookup that came to nothing.
  Answer Failure(std::string why) const;

  const Options options_;
  const std::vector<std::string> anchors_;  // names; none: nothing is validated
  const base::Clock& clock_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Ticket>> new_tickets_;
  bool stopping_ = false;

  size_t under_way_ = 0;  // lookups; only for the resolver's thread
  // After all that its last answers need, which come when it goes.
  const std::unique_ptr<Engine> engine_;
  std::jthread thread_;
};

}  // namespace cairn::dns
