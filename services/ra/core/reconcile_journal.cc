#include "services/ra/core/reconcile_journal.h"

#include <absl/time/time.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"
#include "services/ra/core/lease.h"

namespace cairn::ra {
namespace {

using core::v1::Order;
using errors::Make;
using errors::Reason;

constexpr uint32_t kBatch = 500;

absl::Status Unexplained(const ca::v1::Signed& certificate, std::string_view why) {
  return Make(Reason::kInternal,
              base::Cat("serial ", base::ToHex(certificate.serial()), ": ", why));
}

}  // namespace

ReconcileJournal::ReconcileJournal(const Options& options, Peers peers, IssueCertificate& issue,
                                   audit::Log& audit, const base::Clock& clock, Observer& observer)
    : options_(options),
      peers_(peers),
      issue_(issue),
      audit_(audit),
      clock_(clock),
      observer_(observer) {}

absl::Status ReconcileJournal::Run(const base::Call& call) {
  if (!place_known_) {
    sa::v1::ReconcileSerialsRequest ask;
    ask.set_signer(options_.signer_name);
    ASSIGN_OR_RETURN(const sa::v1::ReconcileSerialsResponse place,
                     peers_.orders.ReconcileSerials(call, ask));
    next_index_ = place.next_index();
    place_known_ = true;
  }
  ASSIGN_OR_RETURN(const Batch batch, ReadBatch(call));
  if (batch.certificates.empty()) {
    // Nothing to compare up to here; the SA learns of it with the next certificate.
    next_index_ = batch.next_index;
    return absl::OkStatus();
  }

  ASSIGN_OR_RETURN(std::vector<std::string> unknown, Compare(call, batch));
  if (!unknown.empty()) {
    for (const ca::v1::JournalEntry& entry : batch.certificates) {
      const ca::v1::Signed& certificate = entry.record().signed_();
      // Once for a precertificate and its certificate: they are of one issuance.
      if (std::erase(unknown, certificate.serial()) == 0) continue;
      observer_.WorkRecovered(Recovered::kSerial);
      if (const absl::Status repaired = Repair(call, certificate); !repaired.ok()) {
        observer_.BackgroundFailed(call, "repair_serial", repaired);
      }
    }
    ASSIGN_OR_RETURN(unknown, Compare(call, batch));
  }
  if (!unknown.empty()) {
    return Make(Reason::kInternal,
                base::Cat(unknown.size(), " serials of the journal are not explained, first ",
                          base::ToHex(unknown.front())));
  }
  next_index_ = batch.next_index;
  return absl::OkStatus();
}

absl::StatusOr<ReconcileJournal::Batch> ReconcileJournal::ReadBatch(const base::Call& call) {
  ca::v1::ReadJournalRequest read;
  read.set_first_index(next_index_);
  read.set_limit(kBatch);
  read.set_only_certificates(true);
  ASSIGN_OR_RETURN(ca::v1::ReadJournalResponse journal, peers_.journal.ReadJournal(call, read));
  if (journal.size() < next_index_) {
    return Make(Reason::kInternal,
                base::Cat("the journal of ", options_.signer_name, " has ", journal.size(),
                          " records, but ", next_index_, " were read before"));
  }
  Batch batch;
  batch.next_index = std::max(journal.next_index(), next_index_);
  // What was signed just now is still on its way to the SA.
  const absl::Time newest = clock_.Now() - options_.reconcile_grace;
  for (ca::v1::JournalEntry& entry : *journal.mutable_entries()) {
    if (!entry.record().has_signed_()) continue;
    if (absl::FromUnixMillis(entry.record().recorded_at_ms()) > newest) {
      batch.next_index = entry.index();
      break;
    }
    batch.certificates.push_back(std::move(entry));
  }
  return batch;
}

absl::StatusOr<std::vector<std::string>> ReconcileJournal::Compare(const base::Call& call,
                                                                   const Batch& batch) {
  sa::v1::ReconcileSerialsRequest compare;
  compare.set_signer(options_.signer_name);
  compare.set_next_index(batch.next_index);
  for (const ca::v1::JournalEntry& entry : batch.certificates) {
    const ca::v1::Signed& certificate = entry.record().signed_();
    ASSIGN_OR_RETURN(const x509::Certificate parsed,
                     x509::Certificate::Parse(certificate.certificate()));
    sa::v1::JournaledSerial& serial = *compare.add_serials();
    serial.set_serial(certificate.serial());
    serial.set_issuance_id(certificate.issuance_id());
    if (certificate.signable() == ca::v1::SIGNABLE_PRECERTIFICATE) {
      serial.set_precertificate(certificate.certificate());
    } else {
      serial.set_certificate(certificate.certificate());
    }
    serial.set_not_after(absl::ToUnixSeconds(parsed.tbs().not_after));
  }
  ASSIGN_OR_RETURN(const sa::v1::ReconcileSerialsResponse compared,
                   peers_.orders.ReconcileSerials(call, compare));
  return std::vector<std::string>(compared.unknown_serials().begin(),
                                  compared.unknown_serials().end());
}

absl::StatusOr<uint64_t> ReconcileJournal::OrderOf(const base::Call& call,
                                                   const ca::v1::Signed& certificate) {
  ca::v1::ReadJournalRequest read;
  read.set_first_index(certificate.intent_index());
  read.set_limit(1);
  ASSIGN_OR_RETURN(const ca::v1::ReadJournalResponse journal,
                   peers_.journal.ReadJournal(call, read));
  if (journal.entries_size() != 1 || !journal.entries(0).record().has_intent() ||
      journal.entries(0).record().intent().issuance_id() != certificate.issuance_id()) {
    return Unexplained(certificate, "the journal has no intent for it");
  }
  const std::optional<uint64_t> order_id =
      options_.OrderOfFinalizeUrl(journal.entries(0).record().intent().finalize_url());
  if (!order_id.has_value()) {
    return Unexplained(certificate, "its intent names no finalize URL of ours");
  }
  return *order_id;
}

absl::Status ReconcileJournal::Repair(const base::Call& call, const ca::v1::Signed& certificate) {
  ASSIGN_OR_RETURN(const uint64_t order_id, OrderOf(call, certificate));
  sa::v1::GetIssuanceRequest get;
  get.set_order_id(order_id);
  absl::StatusOr<sa::v1::GetIssuanceResponse> issuance = peers_.orders.GetIssuance(call, get);
  // The SA has stored by now what no order is waiting for: an order that was given
  // up, or one that a restored database has forgotten.
  const char* what = certificate.signable() == ca::v1::SIGNABLE_PRECERTIFICATE
                         ? "precertificate stored without its order"
                         : "certificate stored without its order";
  if (issuance.ok() && issuance->order().status() == Order::STATUS_PROCESSING &&
      issuance->order().issuance_id() == certificate.issuance_id()) {
    // The normal procedure: for this issuance id the signer returns what it signed,
    // with the chain that the journal doesn't have.
    issue_.Run(UnderLease(call, options_, clock_), *std::move(issuance));
    what = "issuance finished";
  } else if (!issuance.ok() && errors::ReasonOf(issuance.status()) != Reason::kNotFound) {
    return issuance.status();
  }
  audit::v1::Event event = audit::EventOf(call);
  event.mutable_journal_repaired()->set_serial(certificate.serial());
  event.mutable_journal_repaired()->set_issuance_id(certificate.issuance_id());
  event.mutable_journal_repaired()->set_what(what);
  return audit_.Write(event);
}

}  // namespace cairn::ra
