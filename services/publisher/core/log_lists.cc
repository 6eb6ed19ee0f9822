#include "services/publisher/core/log_lists.h"

#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/values.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::publisher {

using errors::Reason;

absl::StatusOr<std::unique_ptr<LogLists>> LogLists::Open(Files files, crypto::PublicKey key,
                                                         const base::Clock& clock, log::Logger& log,
                                                         metrics::Registry& metrics) {
  auto lists = std::unique_ptr<LogLists>(
      new LogLists(std::move(files), std::move(key), clock, log, metrics));
  ASSIGN_OR_RETURN(const Content content, lists->Read());
  if (const absl::Status status = lists->TakeUp(content); !status.ok()) {
    return errors::Make(
        errors::ReasonOf(status),
        base::Cat(lists->files_.list, ": ",
                  std::string_view(status.message().data(), status.message().size())));
  }
  metrics::Gauge age = metrics.Gauge("cairn_publisher_log_list_age_seconds",
                                     "Age of the log list in use, by its own timestamp.");
  metrics.OnScrape([age, raw = lists.get()] {
    age.Set(absl::ToDoubleSeconds(raw->clock_.Now() - raw->current()->timestamp()));
  });
  return lists;
}

LogLists::LogLists(Files files, crypto::PublicKey key, const base::Clock& clock, log::Logger& log,
                   metrics::Registry& metrics)
    : files_(std::move(files)),
      key_(std::move(key)),
      clock_(clock),
      log_(log),
      refused_(metrics.Counter("cairn_publisher_log_lists_refused_total",
                               "New log lists that were wrong, and not taken up.")) {}

std::shared_ptr<const ct::LogList> LogLists::current() const {
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
  RETURN_IF_ERROR(ct::VerifyLogList(content.list, content.signature, key_));
  ASSIGN_OR_RETURN(ct::LogList list, ct::LogList::Parse(content.list));
  std::lock_guard lock(mutex_);
  // An old list that was once signed must not bring back logs that were retired.
  if (current_ != nullptr && list.timestamp() < current_->timestamp()) {
    return errors::Make(Reason::kMalformed, "the list is older than the one in use");
  }
  if (list.timestamp() > clock_.Now() + absl::Hours(24)) {
    return errors::Make(Reason::kMalformed, "the list is from the future");
  }
  seen_ = crypto::Sha256(base::Cat(content.list, content.signature));
  status_ = absl::OkStatus();
  current_ = std::make_shared<const ct::LogList>(std::move(list));
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
    log_.Info("log_list_taken_up", {{"version", current()->version()}});
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
  log_.Error("log_list_refused",
             {{"file", files_.list}, {"detail", status}, {"version_in_use", current()->version()}});
}

absl::Status LogLists::Check() const {
  std::lock_guard lock(mutex_);
  if (clock_.Now() - current_->timestamp() > ct::LogList::kMaxAge) {
    return errors::Make(Reason::kUnavailable, "the log list is more than 70 days old");
  }
  if (!status_.ok()) {
    return errors::Make(Reason::kUnavailable, "the log list on the disk is refused");
  }
  return absl::OkStatus();
}

}  // namespace cairn::publisher
