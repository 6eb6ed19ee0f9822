#include "libs/dns/unbound_resolver.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/dns/extended_error.h"
#include "libs/dns/failure_log.h"
#include "libs/dns/message.h"
#include "libs/dns/trust_anchors.h"
#include "libs/dns/unbound_settings.h"
#include "libs/errors/errors.h"

namespace cairn::dns {
namespace {

using errors::Reason;

absl::Status Refused(std::string_view what, int error) {
  return errors::Make(Reason::kInternal, base::Cat("libunbound: ", what, ": ", ub_strerror(error)));
}

constexpr size_t kMaxWhy = 200;
constexpr int kClassIn = 1;
// What ub_resolve_event says of an answer's validation.
constexpr int kBogus = 1, kSecure = 2;

// "validation failure <www.a.test. A IN>: signature expired": what comes last. The
// question is known, and a failure that was remembered has its own in front of it.
std::string_view Reason(std::string_view why) {
  constexpr std::string_view kEnd = ">: ";
  const size_t end = why.rfind(kEnd);
  return end == why.npos ? why : why.substr(end + kEnd.size());
}

}  // namespace

// The questions of one ResolveAll. Its tickets keep it alive when the waiter has
// given up.
struct UnboundResolver::Batch {
  std::mutex mutex;
  std::condition_variable done;
  size_t missing = 0;
  std::vector<Answer> answers;
};

// One question. What becomes of it is told before the ticket goes.
struct UnboundResolver::Ticket {
  UnboundResolver& resolver;
  const std::shared_ptr<Batch> batch;
  const size_t index;
  const Question question;

  void Complete(Answer answer) const {
    std::lock_guard lock(batch->mutex);
    batch->answers[index] = std::move(answer);
    if (--batch->missing == 0) batch->done.notify_one();
  }
};

struct UnboundResolver::Engine {
  Engine()
      : base(event_base_new()),
        wake_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        context(base == nullptr ? nullptr : ub_ctx_create_event(base)) {}
  ~Engine() {
    // Answers what it still has, with a failure.
    if (context != nullptr) ub_ctx_delete(context);
    if (wake != nullptr) event_free(wake);
    if (wake_fd >= 0) close(wake_fd);
    if (base != nullptr) event_base_free(base);
  }

  // From any thread: there is something to do.
  void Wake() const {
    const uint64_t one = 1;
    // Can't fail: the counter is far from its limit.
    [[maybe_unused]] const ssize_t written = write(wake_fd, &one, sizeof one);
  }

  event_base* const base;
  const int wake_fd;
  ub_ctx* const context;
  event* wake = nullptr;
};

absl::StatusOr<std::unique_ptr<UnboundResolver>> UnboundResolver::Create(const Options& options,
                                                                         const base::Clock& clock) {
  std::vector<std::string> anchors;
  if (!options.trust_anchor_file.empty()) {
    ASSIGN_OR_RETURN(anchors, ReadTrustAnchorNames(options.trust_anchor_file));
  }
  auto engine = std::make_unique<Engine>();
  if (engine->context == nullptr || engine->wake_fd < 0) {
    return errors::Make(Reason::kInternal, "libunbound has no memory or descriptors");
  }
  RETURN_IF_ERROR(Configure(engine->context, options));
  return std::unique_ptr<UnboundResolver>(
      new UnboundResolver(options, std::move(anchors), clock, std::move(engine)));
}

UnboundResolver::UnboundResolver(const Options& options, std::vector<std::string> anchors,
                                 const base::Clock& clock, std::unique_ptr<Engine> engine)
    : options_(options), anchors_(std::move(anchors)), clock_(clock), engine_(std::move(engine)) {
  engine_->wake = event_new(engine_->base, engine_->wake_fd, EV_READ | EV_PERSIST, &OnWake, this);
  INVARIANT(engine_->wake != nullptr && event_add(engine_->wake, nullptr) == 0,
            "an event needs a few octets of memory");
  thread_ = std::jthread([this] { event_base_dispatch(engine_->base); });
}

UnboundResolver::~UnboundResolver() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  engine_->Wake();
  thread_.join();
}

absl::Status UnboundResolver::Configure(ub_ctx* context, const Options& options) {
  for (const auto& [name, value] : UnboundSettings(options)) {
    const int error = ub_ctx_set_option(context, name.c_str(), value.c_str());
    if (error != 0) return Refused(base::Cat(name, " ", value), error);
  }
  if (const int error = ub_ctx_debugout(context, FailureLog::Shared().file()); error != 0) {
    return Refused("log", error);
  }
  if (!options.forward.empty()) {
    const int error = ub_ctx_set_fwd(context, UnboundAddress(options.forward).c_str());
    if (error != 0) return Refused(options.forward, error);
  }
  if (!options.trust_anchor_file.empty()) {
    const int error = ub_ctx_add_ta_file(context, options.trust_anchor_file.c_str());
    if (error != 0) return Refused(options.trust_anchor_file, error);
  }
  // RFC 6761 has resolvers deny that .test exists; what is under it is for the
  // network that we stand in to say. Last, as no option can be set after it; the
  // files are read now.
  if (const int error = ub_ctx_zone_remove(context, "test."); error != 0) {
    return Refused("options and trust anchors", error);
  }
  return absl::OkStatus();
}

std::vector<Answer> UnboundResolver::ResolveAll(const base::Call& call,
                                                std::span<const Question> questions) {
  const auto batch = std::make_shared<Batch>();
  batch->missing = questions.size();
  batch->answers.resize(questions.size(), Failure("timed out"));
  const absl::Time until = std::min(call.deadline, clock_.Now() + options_.timeout);
  bool idle;
  {
    std::lock_guard lock(mutex_);
    idle = new_tickets_.empty();
    for (size_t i = 0; i < questions.size(); ++i) {
      new_tickets_.push_back(std::unique_ptr<Ticket>(new Ticket{*this, batch, i, questions[i]}));
    }
  }
  if (idle) engine_->Wake();
  // The deadline is on the injected clock; the wait itself is on the system's.
  const auto patience =
      absl::ToChronoNanoseconds(std::max(until - clock_.Now(), absl::ZeroDuration()));
  std::unique_lock lock(batch->mutex);
  batch->done.wait_for(lock, std::min<std::chrono::nanoseconds>(patience, std::chrono::hours(1)),
                       [&] { return batch->missing == 0; });
  return batch->answers;  // a copy: the rest may still come
}

Answer UnboundResolver::Failure(std::string why) const {
  return {.dnssec = anchors_.empty() ? Dnssec::kUnchecked : Dnssec::kIndeterminate,
          .why = std::move(why)};
}

void UnboundResolver::OnWake(int fd, short, void* argument) {  // NOLINT: libevent's types
  uint64_t count;
  [[maybe_unused]] const ssize_t size = read(fd, &count, sizeof count);
  static_cast<UnboundResolver*>(argument)->TakeTickets();
}

void UnboundResolver::TakeTickets() {
  std::vector<std::unique_ptr<Ticket>> tickets;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) event_base_loopbreak(engine_->base);
    tickets.swap(new_tickets_);
  }
  for (auto& ticket : tickets) Ask(std::move(ticket));
}

void UnboundResolver::Ask(std::unique_ptr<Ticket> ticket) {
  if (under_way_ >= options_.max_lookups) {
    return ticket->Complete(Failure("too many lookups at one time"));
  }
  ++under_way_;
  const Question& question = ticket->question;
  // May have answered before it returns: then the ticket is gone.
  Ticket* const raw = ticket.release();
  const int error =
      ub_resolve_event(engine_->context, question.name.c_str(), static_cast<int>(question.type),
                       kClassIn, raw, &UnboundResolver::OnAnswer, nullptr);
  if (error == 0) return;
  --under_way_;
  ticket.reset(raw);
  ticket->Complete(Failure(ub_strerror(error)));
}

void UnboundResolver::OnAnswer(void* argument, int rcode, void* packet, int size, int security,
                               char* why_bogus, int) {
  const std::unique_ptr<Ticket> ticket(static_cast<Ticket*>(argument));
  UnboundResolver& resolver = ticket->resolver;
  --resolver.under_way_;
  if (rcode != kNoError) {
    return ticket->Complete(resolver.NoAnswer(ticket->question, rcode));
  }
  const std::string_view octets(static_cast<const char*>(packet), static_cast<size_t>(size));
  ticket->Complete(
      resolver.Convert(ticket->question, octets, security, why_bogus == nullptr ? "" : why_bogus));
}

Answer UnboundResolver::Convert(const Question& question, std::string_view packet, int security,
                                std::string_view why_bogus) const {
  if (security == kBogus) {
    // The records of a bogus answer are nobody's business.
    Answer answer = Failure(base::Escaped(Reason(why_bogus), kMaxWhy));
    answer.dnssec = Dnssec::kBogus;
    answer.extended_error = CodeOfBogus(why_bogus);
    return answer;
  }
  auto message = ReadMessage(packet, question.type);
  if (!message) return Failure("its message can't be read");
  if (message->rcode != kNoError && message->rcode != kNameError) {
    return NoAnswer(question, message->rcode);
  }
  if (std::string fault = FaultOf(*message); !fault.empty()) return Failure(std::move(fault));
  Answer answer{.rcode = message->rcode,
                .records = std::move(message->records),
                .aliases = std::move(message->aliases),
                .ttl = absl::Seconds(message->ttl)};
  answer.dnssec = StatusOf(question, answer, security == kSecure);
  return answer;
}

Answer UnboundResolver::NoAnswer(const Question& question, int rcode) const {
  Answer answer = Failure("");
  answer.rcode = rcode;
  if (rcode != kServerFailure) return answer;
  const std::string why =
      FailureLog::Shared().Find(base::Cat(question.name, ". ", NameOf(question.type), " IN"));
  answer.extended_error = CodeOfFailure(why);
  answer.why = base::Escaped(why, kMaxWhy);
  return answer;
}

std::string UnboundResolver::FaultOf(const Message& message) const {
  if (message.aliases.size() > options_.max_aliases) {
    return base::Cat("more than ", options_.max_aliases, " aliases");
  }
  size_t size = 0;
  for (const std::string& record : message.records) size += record.size();
  if (message.records.size() > options_.max_records || size > options_.max_record_bytes) {
    return base::Cat("more than ", options_.max_records, " records or ", options_.max_record_bytes,
                     " octets");
  }
  if (message.rcode == kNameError && !message.records.empty()) {
    return "records of a name that does not exist";
  }
  // libunbound takes a server that refers it back to itself for one that has
  // nothing: "no CAA records" of a zone that the server does not have. What a
  // forwarder says is for the forwarder to judge.
  if (message.records.empty() && options_.forward.empty() && !message.authority_soa) {
    return "nothing, and no SOA record that says so";
  }
  return "";
}

Dnssec UnboundResolver::StatusOf(const Question& question, const Answer& answer,
                                 bool secure) const {
  if (anchors_.empty()) return Dnssec::kUnchecked;
  if (secure) return Dnssec::kSecure;
  // libunbound does not tell "proven insecure" from "nothing to begin a proof with".
  const bool covered = IsCovered(anchors_, question.name) &&
                       std::all_of(answer.aliases.begin(), answer.aliases.end(),
                                   [&](const auto& alias) { return IsCovered(anchors_, alias); });
  return covered ? Dnssec::kInsecure : Dnssec::kIndeterminate;
}

std::string UnboundResolver::Version() { return ub_version(); }

}  // namespace cairn::dns
