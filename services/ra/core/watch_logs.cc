#include "services/ra/core/watch_logs.h"

#include <absl/time/time.h>

#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"

namespace cairn::ra {
namespace {

using errors::Make;
using errors::Reason;
using publisher::v1::ReadLogResponse;

constexpr absl::Duration kTimeForLog = absl::Seconds(60);
// For a node of the database that is behind the one that stored a certificate.
constexpr absl::Duration kReplication = absl::Seconds(5);
constexpr size_t kSerialSize = 16;
constexpr int kMaxSerials = 32;  // the SA's limit

// What was signed: not the signature, as from one of ECDSA anybody makes another that
// verifies, too. Empty for what can't be read.
std::string Signed(const std::string& der) {
  const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::Parse(der);
  return certificate.ok() ? std::string(certificate->tbs_der()) : std::string();
}

}  // namespace

WatchLogs::WatchLogs(const Options& options, Peers peers, WorkQueue& workers, audit::Log& audit,
                     const base::Clock& clock, Pause& pause, Observer& observer)
    : options_(options),
      peers_(peers),
      workers_(workers),
      audit_(audit),
      clock_(clock),
      pause_(pause),
      observer_(observer) {}

absl::Status WatchLogs::Run(const base::Call& call) {
  ASSIGN_OR_RETURN(const publisher::v1::ListLogsResponse listed,
                   peers_.publisher.ListLogs(call, {}));
  // Before the positions: those of logs that are being read are old when they come.
  const std::set<std::string> busy = Busy();
  ASSIGN_OR_RETURN(const sa::v1::GetLogPositionsResponse stored,
                   peers_.known.GetLogPositions(call, {}));
  std::map<std::string_view, uint64_t> positions;
  for (const sa::v1::LogPosition& position : stored.positions()) {
    positions[position.log_id()] = position.next_entry();
  }
  for (const Log& log : listed.logs()) {
    if (busy.contains(log.log_id())) continue;
    // Where all places are taken, the rest has its turn in the next run.
    absl::StatusOr<WorkQueue::Slot> slot = workers_.Reserve();
    if (!slot.ok()) break;
    {
      std::lock_guard lock(mutex_);
      if (!busy_.insert(log.log_id()).second) continue;
    }
    const auto found = positions.find(log.log_id());
    const auto position =
        found == positions.end() ? std::nullopt : std::optional<uint64_t>(found->second);
    std::move(*slot).Run([this, call, log, position] { Watch(call, log, position); });
  }
  return absl::OkStatus();
}

std::set<std::string> WatchLogs::Busy() {
  std::lock_guard lock(mutex_);
  return busy_;
}

void WatchLogs::Watch(const base::Call& call, const Log& log, std::optional<uint64_t> position) {
  base::Call of_log = call;
  of_log.deadline = clock_.Now() + kTimeForLog;
  const absl::Status status = ReadOn(of_log, log, position);
  // Another RA that reads on in the same log is no failure.
  if (!status.ok() && errors::ReasonOf(status) != Reason::kConflict) {
    observer_.BackgroundFailed(call, base::Cat("watch_log ", log.name()), status);
  }
  std::lock_guard lock(mutex_);
  busy_.erase(log.log_id());
}

absl::Status WatchLogs::ReadOn(const base::Call& call, const Log& log,
                               std::optional<uint64_t> position) {
  if (!position) {
    ASSIGN_OR_RETURN(const ReadLogResponse end,
                     Read(call, log, std::numeric_limits<uint64_t>::max()));
    RETURN_IF_ERROR(Move(call, log, std::nullopt, end.tree_size()));
    observer_.LogRead(log.name(), 0, 0, clock_.Now());
    return absl::OkStatus();
  }
  uint64_t next = *position;
  while (call.Left(clock_) > absl::ZeroDuration() && pause_.For(absl::ZeroDuration())) {
    ASSIGN_OR_RETURN(const ReadLogResponse read, Read(call, log, next));
    // A front end that is behind may show a smaller tree for a while; then this is no
    // good read, and the time of the last one tells.
    if (read.tree_size() < next) return absl::OkStatus();
    if (read.next() < next || read.next() > read.tree_size()) {
      return Make(Reason::kIncorrectResponse, "the publisher leaves the log's range");
    }
    const uint64_t entries = read.next() - next;
    if (entries > 0) {
      RETURN_IF_ERROR(Judge(call, log, read));
      RETURN_IF_ERROR(Move(call, log, next, read.next()));
    }
    next = read.next();
    observer_.LogRead(log.name(), entries, read.tree_size() - next, clock_.Now());
    if (entries == 0 || next == read.tree_size()) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<ReadLogResponse> WatchLogs::Read(const base::Call& call, const Log& log,
                                                uint64_t begin) {
  publisher::v1::ReadLogRequest request;
  request.set_log_id(log.log_id());
  request.set_begin(begin);
  for (const std::string& der : options_.watched_issuers) request.add_issuers(der);
  return peers_.publisher.ReadLog(call, request);
}

absl::Status WatchLogs::Move(const base::Call& call, const Log& log, std::optional<uint64_t> from,
                             uint64_t to) {
  sa::v1::MoveLogPositionRequest request;
  request.set_log_id(log.log_id());
  if (from) request.set_from(*from);
  request.set_to(to);
  return peers_.known.MoveLogPosition(call, request).status();
}

absl::StatusOr<std::vector<WatchLogs::Unexplained>> WatchLogs::Compare(
    const base::Call& call, const std::vector<const Found*>& found) {
  std::map<std::string, sa::v1::StoredSerial> stored;
  sa::v1::FindSerialsRequest request;
  const auto find = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const sa::v1::FindSerialsResponse response,
                     peers_.known.FindSerials(call, request));
    for (const sa::v1::StoredSerial& one : response.stored()) stored[one.serial()] = one;
    request.clear_serials();
    return absl::OkStatus();
  };
  for (const Found* one : found) {
    if (one->serial().size() == kSerialSize) request.add_serials(one->serial());
    if (request.serials_size() == kMaxSerials) RETURN_IF_ERROR(find());
  }
  if (!request.serials().empty()) RETURN_IF_ERROR(find());

  std::vector<Unexplained> unexplained;
  for (const Found* one : found) {
    if (one->serial().empty()) {
      unexplained.push_back({one, "it can't be read, and our signer makes none of that kind"});
      continue;
    }
    const auto known = stored.find(one->serial());
    if (known == stored.end()) {
      unexplained.push_back({one, "its serial number is none of this CA's"});
      continue;
    }
    const std::string& same =
        one->precertificate() ? known->second.precertificate() : known->second.certificate();
    if (!same.empty() && Signed(same) == Signed(one->certificate())) continue;
    unexplained.push_back({one, same.empty() ? "nothing of its kind is stored for its serial number"
                                             : "another one is stored for its serial number"});
  }
  return unexplained;
}

absl::Status WatchLogs::Judge(const base::Call& call, const Log& log, const ReadLogResponse& read) {
  std::vector<const Found*> found;
  for (const Found& one : read.found()) found.push_back(&one);
  ASSIGN_OR_RETURN(std::vector<Unexplained> unexplained, Compare(call, found));
  if (unexplained.empty()) return absl::OkStatus();
  // The answer may have come from a node of the database that is a moment behind.
  if (!pause_.For(kReplication)) return Make(Reason::kUnavailable, "the service stops");
  found.clear();
  for (const Unexplained& one : unexplained) found.push_back(one.found);
  ASSIGN_OR_RETURN(unexplained, Compare(call, found));
  for (const Unexplained& one : unexplained) {
    audit::v1::Event event = audit::EventOf(call);
    audit::v1::LogEntryUnexplained& alarm = *event.mutable_log_entry_unexplained();
    alarm.set_serial(one.found->serial());
    alarm.set_log(log.name());
    alarm.set_index(one.found->index());
    alarm.set_precertificate(one.found->precertificate());
    alarm.set_certificate(one.found->certificate());
    alarm.set_detail(one.why);
    RETURN_IF_ERROR(audit_.Write(event));
    observer_.LogEntryUnexplained(call, log.name(), one.found->index(), one.found->serial(),
                                  one.why);
  }
  return absl::OkStatus();
}

}  // namespace cairn::ra
