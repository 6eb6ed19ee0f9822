#include "services/sa/storage/mariadb_certificates.h"

#include <absl/time/time.h>

#include <set>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/sql/failure.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "libs/sql/text.h"
#include "services/sa/core/requests.h"
#include "services/sa/storage/account_row.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {
namespace {

using errors::Reason;

// One text for all numbers of serials: the list is filled up with the last one.
size_t RoundedUp(size_t n) {
  size_t rounded = 1;
  while (rounded < n) rounded *= 2;
  return rounded;
}

absl::StatusOr<std::set<std::string>> QuerySet(sql::Database& database, const base::Call& call,
                                               std::string_view name, std::string_view before,
                                               const std::vector<sql::Value>& keys) {
  std::vector<sql::Value> values = keys;
  values.resize(RoundedUp(keys.size()), keys.back());
  const std::string text = base::Cat(before, "(", sql::Placeholders(values.size()), ")");
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database.Query(call, {name, text, /*repeatable=*/true}, values));
  std::set<std::string> found;
  for (size_t i = 0; i < rows.size(); ++i) found.emplace(rows[i].Bytes(0));
  return found;
}

}  // namespace

int64_t MariaDbCertificates::Now() const { return absl::ToUnixSeconds(clock_.Now()); }

constexpr sql::Statement kSelect{
    "certificate_select",
    sql::kText<"SELECT ", kAccountColumns,
               ", t.account_id, t.certificate, t.chain_sha256 "
               "FROM account c LEFT JOIN certificate t ON t.serial = ? WHERE c.account_id = ?">,
    /*repeatable=*/true};

absl::StatusOr<v1::GetCertificateResponse> MariaDbCertificates::GetCertificate(
    const base::Call& call, const v1::GetCertificateRequest& request) {
  const core::v1::AccountRef& ref = request.account();
  RETURN_IF_ERROR(Check(ref));
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query(call, kSelect, {request.serial(), ref.account_id()}));
  if (rows.empty()) return CheckAccount(nullptr, ref);
  RowReader row(rows[0]);
  const core::v1::Account account = ReadAccount(row);
  RETURN_IF_ERROR(CheckAccount(&account, ref));
  const std::string owner = row.BytesOrEmpty();
  if (row.NextIsNull()) return errors::Make(Reason::kNotFound, "no such certificate");
  if (owner != ref.account_id()) {
    return errors::Make(Reason::kUnauthorized, "this belongs to another account");
  }
  // Nobody gets a precertificate from us: it says of itself that it is none to use.
  if (row.NextIsNull()) return errors::Make(Reason::kNotFound, "no such certificate");
  const std::string certificate = row.Bytes();
  ASSIGN_OR_RETURN(v1::GetCertificateResponse response, Chain(call, row.Bytes()));
  response.set_certificate(certificate);
  return response;
}

constexpr sql::Statement kSelectChain{
    "chain_select", "SELECT certificates FROM chain WHERE sha256 = ?", /*repeatable=*/true};

absl::StatusOr<v1::GetCertificateResponse> MariaDbCertificates::Chain(const base::Call& call,
                                                                      const std::string& sha256) {
  {
    std::lock_guard lock(mutex_);
    if (const auto found = chains_.find(sha256); found != chains_.end()) return found->second;
  }
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectChain, {sha256}));
  v1::GetCertificateResponse chain;
  if (rows.empty() || !chain.ParseFromString(std::string(rows[0].Bytes(0)))) {
    return errors::Make(Reason::kInternal, "a certificate's chain is not stored");
  }
  std::lock_guard lock(mutex_);
  return chains_.emplace(sha256, std::move(chain)).first->second;
}

constexpr sql::Statement kInsertChain{
    "chain_insert", "INSERT IGNORE INTO chain (sha256, certificates) VALUES (?, ?)",
    /*repeatable=*/true};

absl::StatusOr<std::string> MariaDbCertificates::KeepChain(
    const base::Call& call, const google::protobuf::RepeatedPtrField<std::string>& certificates) {
  v1::GetCertificateResponse chain;
  *chain.mutable_chain() = certificates;
  const std::string serialized = chain.SerializeAsString();
  std::string sha256 = crypto::Sha256(serialized);
  {
    std::lock_guard lock(mutex_);
    if (chains_.contains(sha256)) return sha256;
  }
  RETURN_IF_ERROR(database_.Execute(call, kInsertChain, {sha256, serialized}).status());
  std::lock_guard lock(mutex_);
  chains_.emplace(sha256, std::move(chain));
  return sha256;
}

constexpr std::string_view kInsertPrecertificate =
    "INSERT INTO certificate (serial, issuance_id, order_id, account_id, precertificate, "
    "chain_sha256, not_after, stored_at) "
    "SELECT ?, ?, o.order_id, o.account_id, ?, ?, ?, ? FROM acme_order o "
    "WHERE o.order_id = ? AND o.issuance_id = ?";

absl::StatusOr<bool> MariaDbCertificates::InsertPrecertificate(
    const base::Call& call, const v1::StorePrecertificateRequest& request,
    std::string_view chain_sha256) {
  static const std::string text = base::Cat(kInsertPrecertificate, " AND o.state = 2");
  const absl::StatusOr<uint64_t> inserted = database_.Execute(
      call, {"precertificate_insert", text},
      {request.serial(), request.issuance_id(), request.precertificate(), chain_sha256,
       request.not_after(), Now(), request.order_id(), request.issuance_id()});
  if (sql::FailureOf(inserted.status()) == sql::Failure::kDuplicateKey) return false;
  RETURN_IF_ERROR(inserted.status());
  return *inserted == 1;
}

constexpr sql::Statement kAdoptPrecertificate{
    "precertificate_adopt",
    "UPDATE certificate SET order_id = ?, account_id = (SELECT o.account_id FROM acme_order o "
    "WHERE o.order_id = ?), chain_sha256 = ?, precertificate = ? "
    "WHERE serial = ? AND issuance_id = ? AND (precertificate IS NULL OR precertificate = ?)",
    /*repeatable=*/true};

absl::Status MariaDbCertificates::KeepPrecertificate(const base::Call& call,
                                                     const v1::StorePrecertificateRequest& request,
                                                     std::string_view chain_sha256) {
  const absl::Status inserted =
      database_
          .Execute(call, {"precertificate_keep", kInsertPrecertificate},
                   {request.serial(), request.issuance_id(), request.precertificate(), chain_sha256,
                    request.not_after(), Now(), request.order_id(), request.issuance_id()})
          .status();
  if (sql::FailureOf(inserted) != sql::Failure::kDuplicateKey) return inserted;
  ASSIGN_OR_RETURN(const uint64_t adopted,
                   database_.Execute(call, kAdoptPrecertificate,
                                     {request.order_id(), request.order_id(), chain_sha256,
                                      request.precertificate(), request.serial(),
                                      request.issuance_id(), request.precertificate()}));
  if (adopted == 1) return absl::OkStatus();
  return errors::Make(Reason::kConflict, "the serial or the issuance has another precertificate");
}

constexpr sql::Statement kKeepScts{
    "scts_keep",
    "UPDATE certificate SET scts = ? "
    "WHERE serial = ? AND issuance_id = ? AND precertificate IS NOT NULL AND certificate IS NULL",
    /*repeatable=*/true};
constexpr sql::Statement kSelectScts{"scts_select", "SELECT scts FROM certificate WHERE serial = ?",
                                     /*repeatable=*/true};

absl::Status MariaDbCertificates::KeepScts(const base::Call& call,
                                           const v1::KeepSctsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  v1::StorePrecertificateResponse kept;
  *kept.mutable_scts() = request.scts();
  ASSIGN_OR_RETURN(
      const uint64_t found,
      database_.Execute(call, kKeepScts,
                        {kept.SerializeAsString(), request.serial(), request.issuance_id()}));
  if (found == 1) return absl::OkStatus();
  return errors::Make(Reason::kConflict, "no precertificate of this issuance waits for SCTs");
}

absl::StatusOr<v1::StorePrecertificateResponse> MariaDbCertificates::KeptScts(
    const base::Call& call, std::string_view serial) {
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectScts, {serial}));
  v1::StorePrecertificateResponse kept;
  if (!rows.empty() && !kept.ParseFromString(std::string(rows[0].BytesOrEmpty(0)))) {
    return errors::Make(Reason::kInternal, "the SCTs of a precertificate can't be read");
  }
  return kept;
}

constexpr sql::Statement kInsert{
    "certificate_insert",
    "INSERT INTO certificate (serial, issuance_id, order_id, account_id, certificate, "
    "chain_sha256, not_after, stored_at, log_work_due_at, log_unsubmitted_since) "
    "SELECT ?, ?, o.order_id, o.account_id, ?, ?, ?, ?, ?, ? FROM acme_order o "
    "WHERE o.order_id = ?"};

// A row without certificate, or one that was found in a journal.
constexpr sql::Statement kComplete{
    "certificate_complete",
    "UPDATE certificate SET order_id = ?, account_id = (SELECT o.account_id FROM acme_order o "
    "WHERE o.order_id = ?), certificate = ?, scts = NULL, chain_sha256 = ?, not_after = ?, "
    "log_work_due_at = ?, log_unsubmitted_since = ? "
    "WHERE serial = ? AND issuance_id = ? AND (certificate IS NULL OR order_id IS NULL)"};

absl::Status MariaDbCertificates::Store(sql::Transaction& transaction,
                                        const v1::FinishIssuanceRequest& request,
                                        std::string_view chain_sha256) {
  // What most often is there first: after a precertificate its row, else none.
  const bool after_precertificate = request.after_precertificate();
  ASSIGN_OR_RETURN(bool stored, after_precertificate ? Complete(transaction, request, chain_sha256)
                                                     : Insert(transaction, request, chain_sha256));
  if (stored) return absl::OkStatus();
  ASSIGN_OR_RETURN(stored, after_precertificate ? Insert(transaction, request, chain_sha256)
                                                : Complete(transaction, request, chain_sha256));
  if (stored) return absl::OkStatus();
  return errors::Make(Reason::kConflict, "the serial or the issuance has another certificate");
}

absl::StatusOr<bool> MariaDbCertificates::Insert(sql::Transaction& transaction,
                                                 const v1::FinishIssuanceRequest& request,
                                                 std::string_view chain_sha256) {
  const sql::Value due = request.after_precertificate() ? sql::Value(Now()) : sql::Value(nullptr);
  const absl::Status inserted =
      transaction
          .Execute(kInsert,
                   {request.serial(), request.issuance_id(), request.certificate(), chain_sha256,
                    request.not_after(), Now(), due, due, request.order_id()})
          .status();
  if (sql::FailureOf(inserted) == sql::Failure::kDuplicateKey) return false;
  RETURN_IF_ERROR(inserted);
  return true;
}

absl::StatusOr<bool> MariaDbCertificates::Complete(sql::Transaction& transaction,
                                                   const v1::FinishIssuanceRequest& request,
                                                   std::string_view chain_sha256) {
  const sql::Value due = request.after_precertificate() ? sql::Value(Now()) : sql::Value(nullptr);
  ASSIGN_OR_RETURN(
      const uint64_t completed,
      transaction.Execute(
          kComplete, {request.order_id(), request.order_id(), request.certificate(), chain_sha256,
                      request.not_after(), due, due, request.serial(), request.issuance_id()}));
  return completed == 1;
}

constexpr sql::Statement kCursor{"cursor_select",
                                 "SELECT next_index FROM signer_cursor WHERE signer = ?",
                                 /*repeatable=*/true};
constexpr sql::Statement kMoveCursor{
    "cursor_update",
    "INSERT INTO signer_cursor (signer, next_index) VALUES (?, ?) "
    "ON DUPLICATE KEY UPDATE next_index = GREATEST(next_index, VALUES(next_index))",
    /*repeatable=*/true};
constexpr std::string_view kKnownSerials = "SELECT serial FROM certificate WHERE serial IN ";
constexpr std::string_view kKnownCertificates =
    "SELECT serial FROM certificate WHERE certificate IS NOT NULL AND serial IN ";
// The index on lease_until holds the orders that are processing, and no others.
constexpr std::string_view kIssuancesUnderWay =
    "SELECT issuance_id FROM acme_order WHERE lease_until IS NOT NULL AND issuance_id IN ";
// IGNORE: the RA may have stored it meanwhile.
constexpr sql::Statement kInsertFound{
    "certificate_insert_found",
    "INSERT IGNORE INTO certificate (serial, issuance_id, certificate, precertificate, not_after, "
    "stored_at) VALUES (?, ?, ?, ?, ?, ?)",
    /*repeatable=*/true};
// Without a chain there is nothing to submit: logs want it up to a root.
constexpr sql::Statement kCompleteFound{
    "certificate_complete_found",
    "UPDATE certificate SET certificate = ?, scts = NULL, "
    "log_work_due_at = IF(chain_sha256 IS NULL, NULL, ?), "
    "log_unsubmitted_since = IF(chain_sha256 IS NULL, NULL, ?) "
    "WHERE serial = ? AND issuance_id = ? AND certificate IS NULL"};

absl::StatusOr<std::vector<const v1::JournaledSerial*>> MariaDbCertificates::Unknown(
    const base::Call& call, const v1::ReconcileSerialsRequest& request) {
  std::vector<sql::Value> serials;
  std::vector<sql::Value> of_certificates;
  for (const v1::JournaledSerial& serial : request.serials()) {
    (serial.certificate().empty() ? serials : of_certificates).push_back(serial.serial());
  }
  std::set<std::string> known;
  if (!serials.empty()) {
    ASSIGN_OR_RETURN(known, QuerySet(database_, call, "serials_known", kKnownSerials, serials));
  }
  std::set<std::string> known_certificates;
  if (!of_certificates.empty()) {
    ASSIGN_OR_RETURN(known_certificates, QuerySet(database_, call, "certificates_known",
                                                  kKnownCertificates, of_certificates));
  }
  std::vector<const v1::JournaledSerial*> unknown;
  for (const v1::JournaledSerial& serial : request.serials()) {
    const bool is_known =
        (serial.certificate().empty() ? known : known_certificates).contains(serial.serial());
    if (!is_known) unknown.push_back(&serial);
  }
  return unknown;
}

absl::StatusOr<bool> MariaDbCertificates::StoreFound(const base::Call& call,
                                                     const v1::JournaledSerial& serial) {
  const sql::Value none = nullptr;
  const bool is_certificate = !serial.certificate().empty();
  ASSIGN_OR_RETURN(const uint64_t inserted,
                   database_.Execute(call, kInsertFound,
                                     {serial.serial(), serial.issuance_id(),
                                      is_certificate ? sql::Value(serial.certificate()) : none,
                                      is_certificate ? none : sql::Value(serial.precertificate()),
                                      serial.not_after(), Now()}));
  if (inserted == 1 || !is_certificate) return inserted == 1;
  ASSIGN_OR_RETURN(const uint64_t completed,
                   database_.Execute(call, kCompleteFound,
                                     {serial.certificate(), Now(), Now(), serial.serial(),
                                      serial.issuance_id()}));
  return completed == 1;
}

absl::StatusOr<v1::ReconcileSerialsResponse> MariaDbCertificates::ReconcileSerials(
    const base::Call& call, const v1::ReconcileSerialsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  v1::ReconcileSerialsResponse response;
  ASSIGN_OR_RETURN(const sql::Rows cursor, database_.Query(call, kCursor, {request.signer()}));
  if (!cursor.empty()) response.set_next_index(cursor[0].Unsigned(0));

  ASSIGN_OR_RETURN(const std::vector<const v1::JournaledSerial*> unknown, Unknown(call, request));
  bool all_known = true;
  if (!unknown.empty()) {
    std::vector<sql::Value> issuances;
    for (const auto* serial : unknown) issuances.push_back(serial->issuance_id());
    ASSIGN_OR_RETURN(
        const std::set<std::string> under_way,
        QuerySet(database_, call, "issuances_under_way", kIssuancesUnderWay, issuances));
    std::set<std::string> told;
    for (const auto* serial : unknown) {
      // A precertificate and its certificate have one serial.
      if (told.insert(serial->serial()).second) response.add_unknown_serials(serial->serial());
      if (under_way.contains(serial->issuance_id())) {
        all_known = false;
        continue;
      }
      // Nobody will finish it, but it was signed, or its signature was begun: from
      // now on the serial is known, and can be revoked.
      ASSIGN_OR_RETURN(const bool stored, StoreFound(call, *serial));
      // Either the RA was faster, which the next call sees, or the issuance has
      // another certificate already: then the cursor stays and the alarm goes on.
      if (!stored) all_known = false;
    }
  }
  if (request.next_index() > 0 && all_known) {
    RETURN_IF_ERROR(
        database_.Execute(call, kMoveCursor, {request.signer(), request.next_index()}).status());
  }
  return response;
}

}  // namespace cairn::sa
