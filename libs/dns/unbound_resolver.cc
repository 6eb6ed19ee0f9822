#include "libs/dns/unbound_resolver.h"

#include <fcntl.h>
#include <poll.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/dns/message.h"
#include "libs/errors/errors.h"

namespace cairn::dns {
namespace {

using errors::Reason;

absl::Status Refused(std::string_view what, int error) {
  return errors::Make(Reason::kInternal, base::Cat("libunbound: ", what, ": ", ub_strerror(error)));
}

constexpr size_t kMaxWhy = 200;

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
};

void UnboundResolver::ContextDeleter::operator()(ub_ctx* context) const { ub_ctx_delete(context); }

absl::StatusOr<std::unique_ptr<UnboundResolver>> UnboundResolver::Create(const Options& options,
                                                                         const base::Clock& clock) {
  Context context(ub_ctx_create());
  if (context == nullptr) return errors::Make(Reason::kInternal, "libunbound has no memory");
  RETURN_IF_ERROR(Configure(context.get(), options));
  int stop[2];
  if (pipe2(stop, O_CLOEXEC) != 0) return errors::Make(Reason::kInternal, "no pipe");
  return std::unique_ptr<UnboundResolver>(
      new UnboundResolver(options, clock, std::move(context), stop[0], stop[1]));
}

UnboundResolver::UnboundResolver(const Options& options, const base::Clock& clock, Context context,
                                 int stop_read, int stop_write)
    : options_(options),
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
  const std::string cache = base::Cat(options.cache_bytes);
  std::vector<std::pair<std::string, std::string>> settings = {
      {"rrset-cache-size:", cache},
      {"msg-cache-size:", cache},
      {"key-cache-size:", cache},
      {"neg-cache-size:", cache},
      {"rrset-cache-slabs:", "1"},
      {"msg-cache-slabs:", "1"},
      {"key-cache-slabs:", "1"},
      {"infra-cache-slabs:", "1"},
      {"outgoing-range:", "512"},
      {"num-queries-per-thread:", base::Cat(options.max_lookups)},
      {"edns-buffer-size:", "1232"},  // RFC 9715: no fragments, TCP instead
      {"cache-max-ttl:", base::Cat(absl::ToInt64Seconds(options.max_cache_ttl))},
      {"cache-max-negative-ttl:", base::Cat(absl::ToInt64Seconds(options.max_negative_ttl))},
      {"harden-below-nxdomain:", "yes"},
      {"aggressive-nsec:", "no"},  // it would answer one question with another's proof
  };
  if (options.forward.empty()) {
    settings.emplace_back("use-caps-for-id:", "yes");
  } else {
    settings.emplace_back("do-not-query-localhost:", "no");
  }
  if (options.trust_anchor_file.empty()) settings.emplace_back("module-config:", "iterator");
  if (!options.root_hints_file.empty()) {
    settings.emplace_back("root-hints:", options.root_hints_file);
  }
  for (const auto& [name, value] : settings) {
    const int error = ub_ctx_set_option(context, name.c_str(), value.c_str());
    if (error != 0) return Refused(name, error);
  }
  // It would write its own kind of lines between our log's.
  if (const int error = ub_ctx_debugout(context, nullptr); error != 0) {
    return Refused("log", error);
  }
  if (!options.forward.empty()) {
    const size_t colon = options.forward.rfind(':');
    std::string host = options.forward.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    const std::string address = colon == options.forward.npos
                                    ? host
                                    : base::Cat(host, "@", options.forward.substr(colon + 1));
    if (const int error = ub_ctx_set_fwd(context, address.c_str()); error != 0) {
      return Refused(options.forward, error);
    }
  }
  if (!options.trust_anchor_file.empty()) {
    if (access(options.trust_anchor_file.c_str(), R_OK) != 0) {
      return errors::Make(Reason::kInternal,
                          base::Cat("no such trust anchor file: ", options.trust_anchor_file));
    }
    const int error = ub_ctx_add_ta_file(context, options.trust_anchor_file.c_str());
    if (error != 0) return Refused(options.trust_anchor_file, error);
  }
  // A thread in this process, not a process.
  if (const int error = ub_ctx_async(context, 1); error != 0) return Refused("thread", error);
  // RFC 6761 has resolvers deny that .test exists; what is under it is for the
  // network that we stand in to say. Last, as no option can be set after it.
  if (const int error = ub_ctx_zone_remove(context, "test."); error != 0) {
    return Refused("test.", error);
  }
  return absl::OkStatus();
}

std::vector<Answer> UnboundResolver::ResolveAll(const base::Call& call,
                                                std::span<const Question> questions) {
  std::vector<Answer> answers(questions.size());
  std::vector<size_t> which(questions.size());
  for (size_t i = 0; i < which.size(); ++i) which[i] = i;
  const absl::Time until = std::min(call.deadline, clock_.Now() + options_.timeout);
  for (int attempt = 0; attempt < options_.attempts && !which.empty(); ++attempt) {
    AskOnce(until, questions, which, answers);
    std::erase_if(which, [&](size_t i) {
      return answers[i].rcode != kServerFailure || answers[i].dnssec == Dnssec::kBogus;
    });
    if (clock_.Now() >= until) break;
  }
  return answers;
}

void UnboundResolver::AskOnce(absl::Time until, std::span<const Question> questions,
                              const std::vector<size_t>& which, std::vector<Answer>& answers) {
  const auto batch = std::make_shared<Batch>();
  batch->missing = which.size();
  batch->answers.resize(questions.size(), Answer{.why = "timed out"});
  for (const size_t i : which) {
    auto* ticket = new Ticket{this, batch, i};
    bool full;
    {
      std::lock_guard lock(mutex_);
      full = tickets_.size() >= options_.max_lookups;
      tickets_.insert(ticket);
    }
    const int error = full ? UB_NOMEM
                           : ub_resolve_async(context_.get(), questions[i].name.c_str(),
                                              static_cast<int>(questions[i].type), /*class IN=*/1,
                                              ticket, &UnboundResolver::OnAnswer, nullptr);
    if (error != 0) {
      Complete(ticket, Answer{.why = full ? "too many lookups at one time" : ub_strerror(error)});
    }
  }
  // The deadline is on the injected clock; the wait itself is on the system's.
  const auto patience =
      absl::ToChronoNanoseconds(std::max(until - clock_.Now(), absl::ZeroDuration()));
  std::unique_lock lock(batch->mutex);
  batch->done.wait_for(lock, std::min<std::chrono::nanoseconds>(patience, std::chrono::hours(1)),
                       [&] { return batch->missing == 0; });
  for (const size_t i : which) answers[i] = batch->answers[i];
}

void UnboundResolver::OnAnswer(void* argument, int error, ub_result* result) {
  auto* ticket = static_cast<Ticket*>(argument);
  UnboundResolver* const resolver = ticket->resolver;
  Answer answer;
  if (result == nullptr) {
    answer.why = error == 0 ? "no result" : ub_strerror(error);
  } else {
    answer = Convert(error, *result, !resolver->options_.trust_anchor_file.empty());
    ub_resolve_free(result);
  }
  resolver->Complete(ticket, std::move(answer));
}

Answer UnboundResolver::Convert(int error, const ub_result& result, bool validates) {
  Answer answer;
  if (error != 0) {
    answer.why = ub_strerror(error);
    return answer;
  }
  answer.rcode = result.rcode;
  answer.ttl = absl::Seconds(std::max(result.ttl, 0));
  if (result.bogus) {
    answer.dnssec = Dnssec::kBogus;
    // The records of a bogus answer are nobody's business.
    answer.rcode = kServerFailure;
    if (result.why_bogus != nullptr) answer.why = base::Escaped(result.why_bogus, kMaxWhy);
    return answer;
  }
  const bool answered = result.rcode == kNoError || result.rcode == kNameError;
  if (validates && answered) answer.dnssec = result.secure ? Dnssec::kSecure : Dnssec::kInsecure;
  if (!answered || result.data == nullptr) return answer;
  for (int i = 0; result.data[i] != nullptr; ++i) {
    answer.records.emplace_back(result.data[i], static_cast<size_t>(result.len[i]));
  }
  // The names that the chain went through matter for the record only, so a
  // packet that we can't follow is no reason to refuse what libunbound could.
  if (result.answer_packet != nullptr && result.canonname != nullptr) {
    answer.aliases = AliasesIn({static_cast<const char*>(result.answer_packet),
                                static_cast<size_t>(result.answer_len)})
                         .value_or(std::vector<std::string>());
  }
  return answer;
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
