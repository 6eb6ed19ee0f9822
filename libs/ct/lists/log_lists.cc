#include "libs/ct/lists/log_lists.h"

#include <condition_variable>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::ct {

using errors::Reason;

absl::StatusOr<std::unique_ptr<LogLists>> LogLists::Open(Files files, crypto::PublicKey key,
                                                         Environment environment) {
  auto lists = std::unique_ptr<LogLists>(
      new LogLists(std::move(files), std::move(key), std::move(environment)));
  ASSIGN_OR_RETURN(const Content content, lists->Read());
  if (const absl::Status status = lists->TakeUp(content); !status.ok()) {
    const std::string_view why(status.message().data(), status.message().size());
    return errors::Make(errors::ReasonOf(status), base::Cat(lists->files_.list, ": ", why));
  }
  metrics::Gauge age = lists->environment_.metrics.Gauge(
      base::Cat("cairn_", lists->environment_.service, "_log_list_age_seconds"),
      "Age of the log list in use, by its own timestamp.");
  lists->environment_.metrics.OnScrape([age, raw = lists.get()] {
    age.Set(absl::ToDoubleSeconds(raw->environment_.clock.Now() - raw->current()->timestamp()));
  });
  return lists;
}

LogLists::LogLists(Files files, crypto::PublicKey key, Environment environment)
    : files_(std::move(files)),
      key_(std::move(key)),
      environment_(std::move(environment)),
      refused_(environment_.metrics.Counter(
          base::Cat("cairn_", environment_.service, "_log_lists_refused_total"),
          "New log lists that were wrong, and not taken up.")) {}

LogLists::~LogLists() { Stop(); }

void LogLists::Start(absl::Duration interval) {
  reloader_ = std::jthread([this, interval](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      wake.wait_for(lock, stop, absl::ToChronoNanoseconds(interval), [] { return false; });
      if (!stop.stop_requested()) Reload();
    }
  });
}

void LogLists::Stop() {
  reloader_.request_stop();
  if (reloader_.joinable()) reloader_.join();
}

std::shared_ptr<const LogList> LogLists::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

absl::StatusOr<LogLists::Content> LogLists::Read() const {
  Content content;
  ASSIGN_OR_RETURN(content.list, config::ReadFile(files_.list));
  ASSIGN_OR_RETURN(content.signature, config::ReadFile(files_.signature));
  return content;
}

absl::Status LogLists::TakeUp(const Content& content) {
  RETURN_IF_ERROR(VerifyLogList(content.list, content.signature, key_));
  ASSIGN_OR_RETURN(LogList list, LogList::Parse(content.list));
  std::lock_guard lock(mutex_);
  // An old list that was once signed must not bring back logs that were retired.
  if (current_ != nullptr && list.timestamp() < current_->timestamp()) {
    return errors::Make(Reason::kMalformed, "the list is older than the one in use");
  }
  if (list.timestamp() > environment_.clock.Now() + absl::Hours(24)) {
    return errors::Make(Reason::kMalformed, "the list is from the future");
  }
  seen_ = crypto::Sha256(base::Cat(content.list, content.signature));
  status_ = absl::OkStatus();
  current_ = std::make_shared<const LogList>(std::move(list));
  return absl::OkStatus();
}

void LogLists::Reload() {
  const absl::StatusOr<Content> content = Read();
  const std::string digest = crypto::Sha256(
      content.ok() ? base::Cat(content->list, content->signature) : content.status().ToString());
  {
    std::lock_guard lock(mutex_);
    if (digest == seen_) return;
  }
  const absl::Status status = content.ok() ? TakeUp(*content) : content.status();
  if (status.ok()) {
    environment_.log.Info("log_list_taken_up", {{"version", current()->version()}});
    return;
  }
  {
    std::lock_guard lock(mutex_);
    // The two files are replaced one after the other: what doesn't fit together is
    // looked at a second time before it is called wrong.
    if (digest != doubtful_) {
      doubtful_ = digest;
      return;
    }
    seen_ = digest;
    status_ = status;
  }
  refused_.Add();
  environment_.log.Error(
      "log_list_refused",
      {{"file", files_.list}, {"detail", status}, {"version_in_use", current()->version()}});
}

absl::Status LogLists::Check() const {
  std::lock_guard lock(mutex_);
  if (environment_.clock.Now() - current_->timestamp() > LogList::kMaxAge) {
    return errors::Make(Reason::kUnavailable, "the log list is more than 70 days old");
  }
  if (!status_.ok()) {
    return errors::Make(Reason::kUnavailable, "the log list on the disk is refused");
  }
  return absl::OkStatus();
}

}  // namespace cairn::ct
