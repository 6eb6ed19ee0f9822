#include <absl/time/time.h>

#include <algorithm>
#include <set>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/sa/api/fake_sa.h"
#include "services/sa/core/requests.h"

// What the fake does with certificates.
namespace cairn::sa {
namespace {

using errors::Reason;

absl::Status NotUnderWay() {
  return errors::Make(Reason::kConflict, "this issuance is not under way");
}

}  // namespace

int FakeSa::serials() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(certificates_.size());
}

int FakeSa::certificates() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(certificates_.begin(), certificates_.end(),
                    [](const auto& entry) { return !entry.second.certificate.empty(); }));
}

FakeSa::LogState FakeSa::log_state(const std::string& serial) const {
  std::lock_guard lock(mutex_);
  return certificates_.at(serial).log;
}

absl::StatusOr<v1::GetCertificateResponse> FakeSa::GetCertificate(
    const base::Call&, const v1::GetCertificateRequest& request) {
  return Run<v1::GetCertificateResponse>(
      "GetCertificate", [&]() -> absl::StatusOr<v1::GetCertificateResponse> {
        RETURN_IF_ERROR(CheckRef(request.account()));
        const auto found = certificates_.find(request.serial());
        if (found == certificates_.end())
          return errors::Make(Reason::kNotFound, "no such certificate");
        if (found->second.account_id != request.account().account_id())
          return errors::Make(Reason::kUnauthorized, "this belongs to another account");
        if (found->second.certificate.empty())
          return errors::Make(Reason::kNotFound, "no such certificate");
        v1::GetCertificateResponse response;
        response.set_certificate(found->second.certificate);
        for (const std::string& der : found->second.chain) response.add_chain(der);
        return response;
      });
}

bool FakeSa::Fit(const std::string& serial, const std::string& issuance_id) const {
  return std::all_of(certificates_.begin(), certificates_.end(), [&](const auto& entry) {
    return (entry.first == serial) == (entry.second.issuance_id == issuance_id);
  });
}

absl::StatusOr<v1::StorePrecertificateResponse> FakeSa::StorePrecertificate(
    const base::Call&, const v1::StorePrecertificateRequest& request) {
  return Run<v1::StorePrecertificateResponse>(
      "StorePrecertificate", [&]() -> absl::StatusOr<v1::StorePrecertificateResponse> {
        RETURN_IF_ERROR(Check(request));
        const auto found = orders_.find(request.order_id());
        if (found == orders_.end()) return errors::Make(Reason::kNotFound, "no such order");
        const StoredOrder& order = found->second;
        if (order.record.issuance_id() != request.issuance_id()) return NotUnderWay();
        if (!Fit(request.serial(), request.issuance_id())) return NotUnderWay();
        StoredCertificate& stored = certificates_[request.serial()];
        if (!stored.precertificate.empty() && stored.precertificate != request.precertificate()) {
          return NotUnderWay();
        }
        stored.issuance_id = request.issuance_id();
        stored.account_id = order.record.account_id();
        stored.precertificate = request.precertificate();
        stored.chain = {request.chain().begin(), request.chain().end()};
        if (order.state == OrderState::kProcessing ||
            (order.state == OrderState::kValid && order.record.serial() == request.serial())) {
          v1::StorePrecertificateResponse response;
          for (const std::string& sct : stored.scts) response.add_scts(sct);
          return response;
        }
        return NotUnderWay();
      });
}

absl::StatusOr<v1::KeepSctsResponse> FakeSa::KeepScts(const base::Call&,
                                                      const v1::KeepSctsRequest& request) {
  return Run<v1::KeepSctsResponse>("KeepScts", [&]() -> absl::StatusOr<v1::KeepSctsResponse> {
    RETURN_IF_ERROR(Check(request));
    const auto found = certificates_.find(request.serial());
    if (found == certificates_.end() || found->second.issuance_id != request.issuance_id() ||
        found->second.precertificate.empty() || !found->second.certificate.empty()) {
      return errors::Make(Reason::kConflict, "no precertificate of this issuance waits for SCTs");
    }
    found->second.scts = {request.scts().begin(), request.scts().end()};
    return v1::KeepSctsResponse();
  });
}

absl::StatusOr<v1::FinishIssuanceResponse> FakeSa::FinishIssuance(
    const base::Call&, const v1::FinishIssuanceRequest& request) {
  return Run<v1::FinishIssuanceResponse>(
      "FinishIssuance", [&]() -> absl::StatusOr<v1::FinishIssuanceResponse> {
        RETURN_IF_ERROR(Check(request));
        const auto found = orders_.find(request.order_id());
        if (found == orders_.end()) return errors::Make(Reason::kNotFound, "no such order");
        StoredOrder& order = found->second;
        if (order.record.issuance_id() != request.issuance_id()) return NotUnderWay();
        if (order.state == OrderState::kValid) {
          if (order.record.serial() == request.serial()) return v1::FinishIssuanceResponse();
          return NotUnderWay();
        }
        if (!Fit(request.serial(), request.issuance_id())) return NotUnderWay();
        StoredCertificate& stored = certificates_[request.serial()];
        if (stored.certificate.empty() || stored.account_id.empty()) {
          stored.issuance_id = request.issuance_id();
          stored.account_id = order.record.account_id();
          stored.certificate = request.certificate();
          stored.scts.clear();
          stored.chain = {request.chain().begin(), request.chain().end()};
          if (request.after_precertificate()) {
            stored.log.due_at = stored.log.unsubmitted_since = Now();
          }
        }
        if (order.state == OrderState::kInvalid) return NotUnderWay();
        order.state = OrderState::kValid;
        order.record.set_serial(request.serial());
        order.lease_until.reset();
        return v1::FinishIssuanceResponse();
      });
}

bool FakeSa::StoreFound(const v1::JournaledSerial& serial) {
  if (!Fit(serial.serial(), serial.issuance_id())) return false;
  const auto [entry, is_new] = certificates_.try_emplace(serial.serial());
  StoredCertificate& stored = entry->second;
  stored.issuance_id = serial.issuance_id();
  if (serial.certificate().empty()) {
    if (is_new) stored.precertificate = serial.precertificate();
    return is_new;
  }
  if (!stored.certificate.empty()) return false;
  stored.certificate = serial.certificate();
  stored.scts.clear();
  if (!stored.chain.empty()) stored.log.due_at = stored.log.unsubmitted_since = Now();
  return true;
}

absl::StatusOr<v1::ReconcileSerialsResponse> FakeSa::ReconcileSerials(
    const base::Call&, const v1::ReconcileSerialsRequest& request) {
  return Run<v1::ReconcileSerialsResponse>(
      "ReconcileSerials", [&]() -> absl::StatusOr<v1::ReconcileSerialsResponse> {
        RETURN_IF_ERROR(Check(request));
        v1::ReconcileSerialsResponse response;
        response.set_next_index(cursors_[request.signer()]);
        std::set<std::string> under_way;
        for (const auto& [id, order] : orders_) {
          if (order.state == OrderState::kProcessing) under_way.insert(order.record.issuance_id());
        }
        std::vector<const v1::JournaledSerial*> unknown;
        for (const v1::JournaledSerial& serial : request.serials()) {
          const auto found = certificates_.find(serial.serial());
          if (found == certificates_.end() ||
              (!serial.certificate().empty() && found->second.certificate.empty())) {
            unknown.push_back(&serial);
          }
        }
        bool all_known = true;
        std::set<std::string> told;
        for (const v1::JournaledSerial* serial : unknown) {
          if (told.insert(serial->serial()).second) response.add_unknown_serials(serial->serial());
          if (under_way.contains(serial->issuance_id()) || !StoreFound(*serial)) all_known = false;
        }
        if (request.next_index() > 0 && all_known) {
          cursors_[request.signer()] = std::max(cursors_[request.signer()], request.next_index());
        }
        return response;
      });
}

absl::StatusOr<v1::LeaseLogWorkResponse> FakeSa::LeaseLogWork(
    const base::Call&, const v1::LeaseLogWorkRequest& request) {
  return Run<v1::LeaseLogWorkResponse>(
      "LeaseLogWork", [&]() -> absl::StatusOr<v1::LeaseLogWorkResponse> {
        RETURN_IF_ERROR(Check(request));
        v1::LeaseLogWorkResponse response;
        for (auto& [serial, stored] : certificates_) {
          LogState& log = stored.log;
          if (log.unsubmitted_since &&
              (response.oldest_unsubmitted_since() == 0 ||
               *log.unsubmitted_since < response.oldest_unsubmitted_since())) {
            response.set_oldest_unsubmitted_since(*log.unsubmitted_since);
          }
          if (response.items_size() == static_cast<int>(request.limit())) continue;
          if (!log.due_at || *log.due_at > Now()) continue;
          log.due_at = Now() + request.lease_seconds();
          v1::LogWorkItem& item = *response.add_items();
          item.set_serial(serial);
          item.set_work(log.unsubmitted_since ? v1::LOG_WORK_SUBMIT : v1::LOG_WORK_CHECK);
          item.set_certificate(stored.certificate);
          for (const std::string& der : stored.chain) item.add_chain(der);
          item.set_final_sct(log.final_sct);
          item.set_unsubmitted_since(log.unsubmitted_since.value_or(0));
          item.set_leased_until(*log.due_at);
        }
        return response;
      });
}

absl::StatusOr<v1::FinishLogWorkResponse> FakeSa::FinishLogWork(
    const base::Call&, const v1::FinishLogWorkRequest& request) {
  return Run<v1::FinishLogWorkResponse>(
      "FinishLogWork", [&]() -> absl::StatusOr<v1::FinishLogWorkResponse> {
        RETURN_IF_ERROR(Check(request));
        const auto found = certificates_.find(request.serial());
        if (found == certificates_.end() || found->second.log.due_at != request.leased_until()) {
          return errors::Make(Reason::kConflict, "this work is not leased to the caller");
        }
        LogState& log = found->second.log;
        log.due_at.reset();
        if (request.next() != v1::LOG_WORK_NONE) log.due_at = request.due_at();
        if (request.next() != v1::LOG_WORK_SUBMIT) log.unsubmitted_since.reset();
        if (!request.final_sct().empty()) log.final_sct = request.final_sct();
        log.problem = request.problem();
        return v1::FinishLogWorkResponse();
      });
}

absl::StatusOr<v1::GetLogPositionsResponse> FakeSa::GetLogPositions(
    const base::Call&, const v1::GetLogPositionsRequest&) {
  return Run<v1::GetLogPositionsResponse>("GetLogPositions", [&] {
    v1::GetLogPositionsResponse response;
    for (const auto& [log_id, next_entry] : log_positions_) {
      v1::LogPosition& position = *response.add_positions();
      position.set_log_id(log_id);
      position.set_next_entry(next_entry);
    }
    return response;
  });
}

absl::StatusOr<v1::MoveLogPositionResponse> FakeSa::MoveLogPosition(
    const base::Call&, const v1::MoveLogPositionRequest& request) {
  return Run<v1::MoveLogPositionResponse>(
      "MoveLogPosition", [&]() -> absl::StatusOr<v1::MoveLogPositionResponse> {
        RETURN_IF_ERROR(Check(request));
        const auto found = log_positions_.find(request.log_id());
        const bool known = found != log_positions_.end();
        if (known != request.has_from() || (known && found->second != request.from())) {
          return errors::Make(Reason::kConflict, "the log stands at another entry");
        }
        log_positions_[request.log_id()] = request.to();
        return v1::MoveLogPositionResponse();
      });
}

absl::StatusOr<v1::FindSerialsResponse> FakeSa::FindSerials(const base::Call&,
                                                            const v1::FindSerialsRequest& request) {
  return Run<v1::FindSerialsResponse>("FindSerials",
                                      [&]() -> absl::StatusOr<v1::FindSerialsResponse> {
                                        RETURN_IF_ERROR(Check(request));
                                        v1::FindSerialsResponse response;
                                        for (const std::string& serial : request.serials()) {
                                          const auto found = certificates_.find(serial);
                                          if (found == certificates_.end()) continue;
                                          v1::StoredSerial& stored = *response.add_stored();
                                          stored.set_serial(serial);
                                          stored.set_precertificate(found->second.precertificate);
                                          stored.set_certificate(found->second.certificate);
                                        }
                                        return response;
                                      });
}

}  // namespace cairn::sa
