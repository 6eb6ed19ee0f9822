#include "services/sa/storage/mariadb_log_queue.h"

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "services/sa/core/requests.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {

constexpr sql::Statement kOldest{
    "log_work_oldest",
    "SELECT log_unsubmitted_since FROM certificate WHERE log_unsubmitted_since IS NOT NULL "
    "ORDER BY log_unsubmitted_since LIMIT 1",
    /*repeatable=*/true};
// A plain read: a row that several see is got by the one whose UPDATE still finds
// what it read.
constexpr sql::Statement kDue{
    "log_work_due",
    "SELECT log_work_due_at, serial, certificate, chain_sha256, final_sct, log_unsubmitted_since "
    "FROM certificate WHERE log_work_due_at <= ? ORDER BY log_work_due_at LIMIT ?",
    /*repeatable=*/true};
constexpr sql::Statement kLease{
    "log_work_lease",
    "UPDATE certificate SET log_work_due_at = ? WHERE serial = ? AND log_work_due_at = ?"};

absl::StatusOr<v1::LeaseLogWorkResponse> MariaDbLogQueue::LeaseLogWork(
    const base::Call& call, const v1::LeaseLogWorkRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  const int64_t until = now + request.lease_seconds();
  v1::LeaseLogWorkResponse response;
  ASSIGN_OR_RETURN(const sql::Rows oldest, database_.Query(call, kOldest, {}));
  if (!oldest.empty()) response.set_oldest_unsubmitted_since(oldest[0].Signed(0));
  ASSIGN_OR_RETURN(const sql::Rows due, database_.Query(call, kDue, {now, request.limit()}));
  for (size_t i = 0; i < due.size(); ++i) {
    RowReader row(due[i]);
    const int64_t due_at = row.Signed();
    v1::LogWorkItem item;
    item.set_serial(row.Bytes());
    item.set_certificate(row.Bytes());
    ASSIGN_OR_RETURN(v1::GetCertificateResponse chain, certificates_.Chain(call, row.Bytes()));
    item.mutable_chain()->Swap(chain.mutable_chain());
    item.set_final_sct(row.BytesOrEmpty());
    item.set_work(row.NextIsNull() ? v1::LOG_WORK_CHECK : v1::LOG_WORK_SUBMIT);
    item.set_unsubmitted_since(row.SignedOrZero());
    item.set_leased_until(until);
    ASSIGN_OR_RETURN(const uint64_t leased,
                     database_.Execute(call, kLease, {until, item.serial(), due_at}));
    if (leased == 1) *response.add_items() = std::move(item);
  }
  return response;
}

constexpr sql::Statement kFinish{"log_work_finish",
                                 "UPDATE certificate SET log_work_due_at = ?, "
                                 "log_unsubmitted_since = IF(?, log_unsubmitted_since, NULL), "
                                 "final_sct = COALESCE(?, final_sct), log_problem = ? "
                                 "WHERE serial = ? AND log_work_due_at = ?"};

absl::StatusOr<v1::FinishLogWorkResponse> MariaDbLogQueue::FinishLogWork(
    const base::Call& call, const v1::FinishLogWorkRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const sql::Value none = nullptr;
  ASSIGN_OR_RETURN(
      const uint64_t finished,
      database_.Execute(call, kFinish,
                        {request.next() == v1::LOG_WORK_NONE ? none : sql::Value(request.due_at()),
                         request.next() == v1::LOG_WORK_SUBMIT ? 1 : 0,
                         request.final_sct().empty() ? none : sql::Value(request.final_sct()),
                         request.problem().empty()
                             ? none
                             : sql::Value(std::string_view(request.problem()).substr(0, 255)),
                         request.serial(), request.leased_until()}));
  if (finished == 1) return v1::FinishLogWorkResponse();
  return errors::Make(errors::Reason::kConflict, "this work is not leased to the caller");
}

}  // namespace cairn::sa
