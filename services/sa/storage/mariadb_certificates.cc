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
#include "services/sa/core/requests.h"
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

constexpr sql::Statement kSelect{
    "certificate_select",
    "SELECT c.account_id, c.thumbprint, c.jwk, c.salt, c.first_thumbprint, c.status, c.contact, "
    "c.created_at, c.terms_agreed_at, c.terms_url, t.account_id, t.certificate, t.chain_sha256 "
    "FROM account c LEFT JOIN certificate t ON t.serial = ? WHERE c.account_id = ?",
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
    const base::Call& call, const v1::FinishIssuanceRequest& request) {
  v1::GetCertificateResponse chain;
  *chain.mutable_chain() = request.chain();
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

constexpr sql::Statement kInsert{
    "certificate_insert",
    "INSERT INTO certificate (serial, issuance_id, order_id, account_id, certificate, "
    "chain_sha256, not_after, stored_at) "
    "SELECT ?, ?, o.order_id, o.account_id, ?, ?, ?, ? FROM acme_order o WHERE o.order_id = ?"};

constexpr sql::Statement kAdopt{
    "certificate_adopt",
    "UPDATE certificate SET order_id = ?, account_id = (SELECT o.account_id FROM acme_order o "
    "WHERE o.order_id = ?), certificate = ?, chain_sha256 = ?, not_after = ? "
    "WHERE serial = ? AND issuance_id = ? AND order_id IS NULL"};

absl::Status MariaDbCertificates::Insert(sql::Transaction& transaction,
                                         const v1::FinishIssuanceRequest& request,
                                         std::string_view chain_sha256) {
  const absl::Status inserted =
      transaction
          .Execute(kInsert,
                   {request.serial(), request.issuance_id(), request.certificate(), chain_sha256,
                    request.not_after(), absl::ToUnixSeconds(clock_.Now()), request.order_id()})
          .status();
  if (sql::FailureOf(inserted) != sql::Failure::kDuplicateKey) return inserted;
  ASSIGN_OR_RETURN(
      const uint64_t adopted,
      transaction.Execute(
          kAdopt, {request.order_id(), request.order_id(), request.certificate(), chain_sha256,
                   request.not_after(), request.serial(), request.issuance_id()}));
  if (adopted == 1) return absl::OkStatus();
  return errors::Make(Reason::kConflict, "the serial or the issuance has another certificate");
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
// The index on lease_until holds the orders that are processing, and no others.
constexpr std::string_view kIssuancesUnderWay =
    "SELECT issuance_id FROM acme_order WHERE lease_until IS NOT NULL AND issuance_id IN ";
// IGNORE: the RA may have stored it meanwhile.
constexpr sql::Statement kInsertFound{
    "certificate_insert_found",
    "INSERT IGNORE INTO certificate (serial, issuance_id, certificate, not_after, stored_at) "
    "VALUES (?, ?, ?, ?, ?)",
    /*repeatable=*/true};

absl::StatusOr<v1::ReconcileSerialsResponse> MariaDbCertificates::ReconcileSerials(
    const base::Call& call, const v1::ReconcileSerialsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  v1::ReconcileSerialsResponse response;
  ASSIGN_OR_RETURN(const sql::Rows cursor, database_.Query(call, kCursor, {request.signer()}));
  if (!cursor.empty()) response.set_next_index(cursor[0].Unsigned(0));

  std::vector<const v1::JournaledSerial*> unknown;
  if (request.serials_size() > 0) {
    std::vector<sql::Value> serials;
    for (const v1::JournaledSerial& serial : request.serials()) serials.push_back(serial.serial());
    ASSIGN_OR_RETURN(const std::set<std::string> known,
                     QuerySet(database_, call, "serials_known", kKnownSerials, serials));
    for (const v1::JournaledSerial& serial : request.serials()) {
      if (known.contains(serial.serial())) continue;
      response.add_unknown_serials(serial.serial());
      unknown.push_back(&serial);
    }
  }
  bool all_known = true;
  if (!unknown.empty()) {
    std::vector<sql::Value> issuances;
    for (const auto* serial : unknown) issuances.push_back(serial->issuance_id());
    ASSIGN_OR_RETURN(
        const std::set<std::string> under_way,
        QuerySet(database_, call, "issuances_under_way", kIssuancesUnderWay, issuances));
    for (const auto* serial : unknown) {
      if (under_way.contains(serial->issuance_id())) {
        all_known = false;
        continue;
      }
      // Nobody will finish it, but it was signed, or its signature was begun: from
      // now on the serial is known, and can be revoked.
      ASSIGN_OR_RETURN(
          const uint64_t inserted,
          database_.Execute(call, kInsertFound,
                            {serial->serial(), serial->issuance_id(), serial->certificate(),
                             serial->not_after(), absl::ToUnixSeconds(clock_.Now())}));
      // Either the RA was faster, which the next call sees, or the issuance has
      // another certificate already: then the cursor stays and the alarm goes on.
      if (inserted == 0) all_known = false;
    }
  }
  if (request.next_index() > 0 && all_known) {
    RETURN_IF_ERROR(
        database_.Execute(call, kMoveCursor, {request.signer(), request.next_index()}).status());
  }
  return response;
}

}  // namespace cairn::sa
