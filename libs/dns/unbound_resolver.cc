#include "libs/dns/unbound_resolver.h"

#include <fcntl.h>
#include <poll.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

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

// "validation failure <www.a.test. A IN>: signature expired": what comes last. The
// question is known, and a failure that was remembered has its own in front of it.
std::string_view Reason(std::string_view why) {
  constexpr std::string_view kEnd = ">: ";
  const size_t end = why.rfind(kEnd);
  return end == why.npos ? why : why.substr(end + kEnd.size());
}

}  // namespace

// The questions of one AskOnce. Its tickets keep it alive when the waiter has
// given up.
struct UnboundResolver::Batch {
  std::mutex mutex;
  std::condition_variable done;
  size_t missing = 0;
  std::vector<Answer> answers;
};

struct UnboundResolver::Ticket {
  UnboundResolver* resolver;
  std::shared_ptr<Batch> batch;
  size_t index;
  Question question;
};

void UnboundResolver::ContextDeleter::operator()(ub_ctx* context) const { ub_ctx_delete(context); }

absl::StatusOr<std::unique_ptr<UnboundResolver>> UnboundResolver::Create(const Options& options,
                                                                         const base::Clock& clock) {
  std::vector<std::string> anchors;
  if (!options.trust_anchor_file.empty()) {
    ASSIGN_OR_RETURN(anchors, ReadTrustAnchorNames(options.trust_anchor_file));
  }
  Context context(ub_ctx_create());
  if (context == nullptr) return errors::Make(Reason::kInternal, "libunbound has no memory");
  RETURN_IF_ERROR(Configure(context.get(), options));
  int stop[2];
  if (pipe2(stop, O_CLOEXEC) != 0) return errors::Make(Reason::kInternal, "no pipe");
  return std::unique_ptr<UnboundResolver>(new UnboundResolver(
      options, std::move(anchors), clock, std::move(context), stop[0], stop[1]));
}

UnboundResolver::UnboundResolver(const Options& options, std::vector<std::string> anchors,
                                 const base::Clock& clock, Context context, int stop_read,
                                 int stop_write)
    : options_(options),
      anchors_(std::move(anchors)),
      clock_(clock),
      stop_read_(stop_read),
      stop_write_(stop_write),
      context_(std::move(context)),
      thread_([this] { HandOut(); }) {}

UnboundResolver::~UnboundResolver() {
  close(stop_write_);
  thread_.join();
  close(stop_read_);
  // Ends libunbound's thread; callbacks that have not come will not come.
  context_.reset();
  for (Ticket* ticket : tickets_) delete ticket;
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
  // A thread in this process, not a process.
  if (const int error = ub_ctx_async(context, 1); error != 0) return Refused("thread", error);
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
  for (size_t i = 0; i < questions.size(); ++i) Ask(batch, i, questions[i]);
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

void UnboundResolver::Ask(std::shared_ptr<Batch> batch, size_t index, const Question& question) {
  auto* ticket = new Ticket{this, std::move(batch), index, question};
  bool full;
  {
    std::lock_guard lock(mutex_);
    full = tickets_.size() >= options_.max_lookups;
    tickets_.insert(ticket);
  }
  if (full) return Complete(ticket, Failure("too many lookups at one time"));
  // From here on the ticket may be gone at any time.
  const int error =
      ub_resolve_async(context_.get(), question.name.c_str(), static_cast<int>(question.type),
                       /*class IN=*/1, ticket, &UnboundResolver::OnAnswer, nullptr);
  if (error != 0) Complete(ticket, Failure(ub_strerror(error)));
}

void UnboundResolver::OnAnswer(void* argument, int error, ub_result* result) {
  auto* ticket = static_cast<Ticket*>(argument);
  UnboundResolver* const resolver = ticket->resolver;
  Answer answer = resolver->Failure(error == 0 ? "no result" : ub_strerror(error));
  if (result != nullptr) {
    answer = resolver->Convert(ticket->question, error, *result);
    ub_resolve_free(result);
  }
  resolver->Complete(ticket, std::move(answer));
}

Answer UnboundResolver::Convert(const Question& question, int error,
                                const ub_result& result) const {
  Answer answer = Failure(error == 0 ? "" : ub_strerror(error));
  if (error != 0) return answer;
  answer.ttl = absl::Seconds(std::max(result.ttl, 0));
  if (result.bogus) {
    // The records of a bogus answer are nobody's business.
    answer.dnssec = Dnssec::kBogus;
    const std::string_view why = result.why_bogus == nullptr ? "" : result.why_bogus;
    answer.extended_error = CodeOfBogus(why);
    answer.why = base::Escaped(Reason(why), kMaxWhy);
    return answer;
  }
  if (result.rcode != kNoError && result.rcode != kNameError) {
    answer.rcode = result.rcode;
    if (result.rcode == kServerFailure) {
      const std::string why =
          FailureLog::Shared().Find(base::Cat(question.name, ". ", NameOf(question.type), " IN"));
      answer.extended_error = CodeOfFailure(why);
      answer.why = base::Escaped(why, kMaxWhy);
    }
    return answer;
  }
  if (!TakeRecords(result, answer)) return answer;
  answer.rcode = result.rcode;
  answer.dnssec = StatusOf(question, answer, result.secure != 0);
  return answer;
}

bool UnboundResolver::TakeRecords(const ub_result& result, Answer& answer) const {
  const auto refuse = [&](std::string why) {
    answer.why = std::move(why);
    answer.records.clear();
    answer.aliases.clear();
    return false;
  };
  const std::string_view message(static_cast<const char*>(result.answer_packet),
                                 static_cast<size_t>(result.answer_len));
  auto aliases = AliasesIn(message);
  if (!aliases) return refuse("its message can't be read");
  answer.aliases = *std::move(aliases);
  if (answer.aliases.size() > options_.max_aliases) {
    return refuse(base::Cat("more than ", options_.max_aliases, " aliases"));
  }
  size_t size = 0;
  for (int i = 0; result.data != nullptr && result.data[i] != nullptr; ++i) {
    answer.records.emplace_back(result.data[i], static_cast<size_t>(result.len[i]));
    size += answer.records.back().size();
    if (answer.records.size() > options_.max_records || size > options_.max_record_bytes) {
      return refuse(base::Cat("more than ", options_.max_records, " records or ",
                              options_.max_record_bytes, " octets"));
    }
  }
  if (result.rcode == kNameError && !answer.records.empty()) {
    return refuse("records of a name that does not exist");
  }
  // libunbound takes a server that refers it back to itself for one that has
  // nothing: "no CAA records" of a zone that the server does not have. What a
  // forwarder says is for the forwarder to judge.
  if (answer.records.empty() && options_.forward.empty() && !HasAuthoritySoa(message)) {
    return refuse("nothing, and no SOA record that says so");
  }
  return true;
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

void UnboundResolver::Complete(Ticket* raw, Answer answer) {
  const std::unique_ptr<Ticket> ticket(raw);
  {
    std::lock_guard lock(mutex_);
    tickets_.erase(raw);
  }
  Batch& batch = *ticket->batch;
  std::lock_guard lock(batch.mutex);
  batch.answers[ticket->index] = std::move(answer);
  if (--batch.missing == 0) batch.done.notify_one();
}

void UnboundResolver::HandOut() {
  pollfd wait[] = {{.fd = ub_fd(context_.get()), .events = POLLIN},
                   {.fd = stop_read_, .events = POLLIN}};
  while (true) {
    if (poll(wait, 2, -1) < 0) continue;  // EINTR
    if (wait[1].revents != 0) return;
    ub_process(context_.get());
  }
}

std::string UnboundResolver::Version() { return ub_version(); }

}  // namespace cairn::dns
