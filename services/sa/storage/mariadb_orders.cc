#include "services/sa/storage/mariadb_orders.h"

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "libs/sql/failure.h"
#include "libs/sql/rows.h"
#include "libs/sql/statement.h"
#include "libs/sql/text.h"
#include "services/sa/core/order_state.h"
#include "services/sa/core/requests.h"
#include "services/sa/storage/account_row.h"
#include "services/sa/storage/authorization_row.h"
#include "services/sa/storage/row_reader.h"

namespace cairn::sa {
namespace {

using core::v1::AccountRef;
using core::v1::Order;
using errors::Reason;
using StoredAuthorization = core::v1::Authorization;

absl::Status NotFound(std::string_view what) { return errors::Make(Reason::kNotFound, what); }

absl::Status Foreign() {
  return errors::Make(Reason::kUnauthorized, "this belongs to another account");
}

// The column "offered": names of challenges, which have no commas (core/requests).
std::string JoinOffered(const google::protobuf::RepeatedPtrField<std::string>& methods) {
  std::string joined;
  for (const std::string& method : methods) joined += (joined.empty() ? "" : ",") + method;
  return joined;
}

// What ReadOrder reads, of `acme_order o`.
constexpr sql::Part kOrderColumns =
    "o.order_id, o.account_id, o.profile, o.created_at, o.expires_at, o.state, o.issuance_id, "
    "o.problem, o.serial";

// Into `order`; returns the state.
OrderState ReadOrder(RowReader& row, Order& order) {
  order.set_order_id(row.Unsigned());
  order.set_account_id(row.Bytes());
  order.set_profile(row.Bytes());
  order.set_created_at(row.Signed());
  order.set_expires_at(row.Signed());
  const auto state = static_cast<OrderState>(row.Int());
  order.set_issuance_id(row.BytesOrEmpty());
  if (!row.NextIsNull())
    order.mutable_problem()->ParseFromString(row.Bytes());
  else
    row.Skip();
  order.set_serial(row.BytesOrEmpty());
  return state;
}

// What finds an authorization that may be used again: half a SHA-256, as it is
// compared with the columns it was made from anyway.
std::string NameKey(std::string_view account_id, const core::v1::Identifier& identifier,
                    bool wildcard) {
  return crypto::Sha256(base::Cat(account_id, static_cast<int>(identifier.type()),
                                  wildcard ? "*" : "-", identifier.value()))
      .substr(0, 16);
}

}  // namespace

int64_t MariaDbOrders::Now() const { return absl::ToUnixSeconds(clock_.Now()); }

// Reading ---------------------------------------------------------------------

// One row for each authorization, in any order: sorting them there would take a
// temporary table, on disk as they hold BLOBs. The certificate comes with one of
// them only. A reused authorization (r) stands in for the place that refers to it.
constexpr sql::Statement kSelectOrder{
    "order_select",
    sql::kText<
        "SELECT ", kAccountColumns, ", ", kOrderColumns,
        ", IF(a.position = 0, t.certificate, NULL), t.chain_sha256, a.position, ", kPlaceColumns,
        " FROM account c LEFT JOIN acme_order o ON o.order_id = ? "
        "LEFT JOIN authorization a ON a.order_id = ?",
        kJoinReused, "LEFT JOIN certificate t ON t.serial = o.serial WHERE c.account_id = ?">,
    /*repeatable=*/true};

absl::StatusOr<v1::GetOrderResponse> MariaDbOrders::GetOrder(const base::Call& call,
                                                             const v1::GetOrderRequest& request) {
  const AccountRef& ref = request.account();
  RETURN_IF_ERROR(Check(ref));
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query(call, kSelectOrder,
                                   {request.order_id(), request.order_id(), ref.account_id()}));
  if (rows.empty()) return CheckAccount(nullptr, ref);
  RowReader first(rows[0]);
  const core::v1::Account account = ReadAccount(first);
  RETURN_IF_ERROR(CheckAccount(&account, ref));
  if (first.NextIsNull()) return NotFound("no such order");
  v1::GetOrderResponse response;
  Order& order = *response.mutable_order();
  const OrderState state = ReadOrder(first, order);
  if (order.account_id() != ref.account_id()) return Foreign();
  constexpr size_t kBeforeCertificate = 19;
  const int64_t now = Now();
  std::string certificate;
  std::string chain_sha256;
  std::map<uint64_t, StoredAuthorization> by_position;
  for (size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows[i]);
    row.Skip(kBeforeCertificate);
    if (std::string given = row.BytesOrEmpty(); !given.empty()) certificate = std::move(given);
    chain_sha256 = row.BytesOrEmpty();
    const uint64_t position = row.Unsigned();
    by_position[position] = ReadAuthorization(row, now);
  }
  for (auto& [position, authorization] : by_position) {
    cache_.Put(authorization);
    *order.add_authorizations() = std::move(authorization);
  }
  DeriveStatus(state, now, order);
  if (state == OrderState::kValid) {
    ASSIGN_OR_RETURN(v1::GetCertificateResponse chain, certificates_.Chain(call, chain_sha256));
    response.set_certificate(certificate);
    response.mutable_chain()->Swap(chain.mutable_chain());
  }
  return response;
}

// A place that is filled by another authorization has no address of its own.
constexpr sql::Statement kSelectAuthorization{
    "authorization_select",
    sql::kText<"SELECT ", kAccountColumns, ", ", kAuthorizationColumns,
               " FROM account c LEFT JOIN authorization a ON a.order_id = ? AND a.position = ? "
               "AND a.reuses_order_id IS NULL WHERE c.account_id = ?">,
    /*repeatable=*/true};

absl::StatusOr<StoredAuthorization> MariaDbOrders::Authorization(const base::Call& call,
                                                                 const AccountRef& ref,
                                                                 uint64_t order_id,
                                                                 uint32_t position) {
  RETURN_IF_ERROR(Check(ref));
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectAuthorization,
                                                         {order_id, position, ref.account_id()}));
  if (rows.empty()) return CheckAccount(nullptr, ref);
  RowReader row(rows[0]);
  const core::v1::Account account = ReadAccount(row);
  RETURN_IF_ERROR(CheckAccount(&account, ref));
  if (row.NextIsNull()) return NotFound("no such authorization");
  StoredAuthorization authorization = ReadAuthorization(row, Now());
  if (authorization.account_id() != ref.account_id()) return Foreign();
  cache_.Put(authorization);
  return authorization;
}

absl::StatusOr<v1::GetAuthorizationResponse> MariaDbOrders::GetAuthorization(
    const base::Call& call, const v1::GetAuthorizationRequest& request) {
  v1::GetAuthorizationResponse response;
  ASSIGN_OR_RETURN(*response.mutable_authorization(),
                   Authorization(call, request.account(), request.order_id(), request.position()));
  return response;
}

absl::StatusOr<v1::GetCertificateResponse> MariaDbOrders::GetCertificate(
    const base::Call& call, const v1::GetCertificateRequest& request) {
  return certificates_.GetCertificate(call, request);
}

constexpr sql::Statement kSelectIssuance{
    "issuance_select",
    sql::kText<"SELECT ", kAccountColumns, ", ", kOrderColumns,
               ", IF(a.position = 0, o.finalize_jws, NULL), "
               "IF(a.position = 0, o.added_attempts, NULL), o.began_at, ",
               kPlaceColumns,
               ", COALESCE(r.attempt, a.attempt) "
               "FROM acme_order o JOIN account c ON c.account_id = o.account_id "
               "JOIN authorization a ON a.order_id = o.order_id",
               kJoinReused, "WHERE o.order_id = ? ORDER BY a.position">,
    /*repeatable=*/true};

absl::StatusOr<v1::GetIssuanceResponse> MariaDbOrders::GetIssuance(
    const base::Call& call, const v1::GetIssuanceRequest& request) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query(call, kSelectIssuance, {request.order_id()}));
  if (rows.empty()) return NotFound("no such order");
  v1::GetIssuanceResponse response;
  RowReader first(rows[0]);
  *response.mutable_account() = ReadAccount(first);
  Order& order = *response.mutable_order();
  const OrderState state = ReadOrder(first, order);
  response.set_finalize_jws(first.BytesOrEmpty());
  v1::AddReceiptsRequest added;
  if (!added.ParseFromString(first.BytesOrEmpty())) {
    return errors::Make(Reason::kInternal, "an order's added receipts can't be read");
  }
  response.set_issuance_began_at(first.SignedOrZero());
  constexpr size_t kBeforeAuthorization = 22;
  const int64_t now = Now();
  for (size_t i = 0; i < rows.size(); ++i) {
    RowReader row(rows[i]);
    row.Skip(kBeforeAuthorization);
    *order.add_authorizations() = ReadAuthorization(row, now);
    if (!response.add_attempts()->ParseFromString(row.BytesOrEmpty())) {
      return errors::Make(Reason::kInternal, "an authorization's receipts can't be read");
    }
  }
  for (auto& attempt : *added.mutable_attempts()) *response.add_attempts() = std::move(attempt);
  DeriveStatus(state, now, order);
  return response;
}

// Orders ----------------------------------------------------------------------

// Whether the account is in force, the INSERT of the order asks.
constexpr std::string_view kSelectReusable =
    sql::kText<"SELECT ", kAuthorizationColumns,
               " FROM authorization a WHERE a.account_id = ? AND a.status = 3 "
               "AND a.expires_at >= ? AND a.reuse_key IN ">;

constexpr sql::Statement kInsertOrder{
    "order_insert",
    "INSERT INTO acme_order (order_id, account_id, profile, created_at, expires_at, state) "
    "SELECT ?, c.account_id, ?, ?, ?, 1 FROM account c "
    "WHERE c.account_id = ? AND c.thumbprint = ? AND c.status = 1"};

constexpr std::string_view kInsertAuthorizations =
    "INSERT INTO authorization (order_id, position, account_id, identifier_type, "
    "identifier_value, wildcard, token, status, method, offered, expires_at, name_key, "
    "reuses_order_id, reuses_position) VALUES ";

absl::StatusOr<v1::CreateOrderResponse> MariaDbOrders::CreateOrder(
    const base::Call& call, const v1::CreateOrderRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const AccountRef& ref = request.account();
  const int64_t now = Now();
  std::vector<std::string> name_keys;
  for (const v1::NewAuthorization& wanted : request.authorizations()) {
    name_keys.push_back(NameKey(ref.account_id(), wanted.identifier(), wanted.wildcard()));
  }

  using Name = std::tuple<int, std::string, bool>;
  std::map<Name, StoredAuthorization> reusable;
  if (request.reuse_if_valid_until() > 0) {
    std::vector<sql::Value> values = {ref.account_id(), request.reuse_if_valid_until()};
    for (const std::string& key : name_keys) values.emplace_back(key);
    const std::string text =
        base::Cat(kSelectReusable, "(", sql::Placeholders(name_keys.size()), ")");
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     database_.Query(call, {"reusable_select", text, /*repeatable=*/true}, values));
    for (size_t i = 0; i < rows.size(); ++i) {
      RowReader row(rows[i]);
      StoredAuthorization found = ReadAuthorization(row, now);
      StoredAuthorization& best =
          reusable[{found.identifier().type(), found.identifier().value(), found.wildcard()}];
      if (found.expires_at() > best.expires_at()) best = std::move(found);
    }
  }

  v1::CreateOrderResponse response;
  Order& order = *response.mutable_order();
  order.set_account_id(ref.account_id());
  order.set_profile(request.profile());
  order.set_created_at(now);
  order.set_expires_at(request.expires_at());
  std::vector<bool> reused;
  std::vector<std::string> offered;
  for (int i = 0; i < request.authorizations_size(); ++i) {
    const v1::NewAuthorization& wanted = request.authorizations(i);
    StoredAuthorization& authorization = *order.add_authorizations();
    const auto found =
        reusable.find({wanted.identifier().type(), wanted.identifier().value(), wanted.wildcard()});
    reused.push_back(found != reusable.end());
    offered.push_back(JoinOffered(wanted.offered()));
    if (found != reusable.end()) {
      authorization = found->second;
      continue;
    }
    authorization.set_position(static_cast<uint32_t>(i));
    authorization.set_account_id(ref.account_id());
    *authorization.mutable_identifier() = wanted.identifier();
    authorization.set_wildcard(wanted.wildcard());
    authorization.set_status(
        StatusNow(StoredAuthorization::STATUS_PENDING, request.authorization_expires_at(), now));
    authorization.set_token(wanted.token());
    *authorization.mutable_offered() = wanted.offered();
    authorization.set_expires_at(request.authorization_expires_at());
  }

  const std::string insert_authorizations = base::Cat(
      kInsertAuthorizations, sql::Placeholders(name_keys.size(), "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  // Two orders in the same millisecond draw the same 22 bits once in four million
  // times: then the table refuses the second, which draws again.
  constexpr int kDraws = 4;
  absl::Status created;
  for (int draw = 0; draw < kDraws; ++draw) {
    const uint64_t order_id = NewOrderId(clock_, random_);
    std::vector<sql::Value> values;
    values.reserve(name_keys.size() * 14);
    for (int i = 0; i < order.authorizations_size(); ++i) {
      const StoredAuthorization& authorization = order.authorizations(i);
      values.insert(
          values.end(),
          {order_id, i, ref.account_id(), static_cast<int>(authorization.identifier().type()),
           authorization.identifier().value(), authorization.wildcard() ? 1 : 0,
           authorization.token(),
           static_cast<int>(reused[i] ? StoredAuthorization::STATUS_VALID
                                      : StoredAuthorization::STATUS_PENDING),
           authorization.method(), offered[i], authorization.expires_at(), name_keys[i]});
      if (reused[i]) {
        values.insert(values.end(), {authorization.order_id(), authorization.position()});
      } else {
        values.insert(values.end(), {nullptr, nullptr});
      }
    }
    // Together: an order without its authorizations would be ready at once.
    bool account_in_force = true;
    created = database_.Transact(
        call, sql::Database::Commit::kOnce, [&](sql::Transaction& transaction) -> absl::Status {
          ASSIGN_OR_RETURN(const uint64_t inserted,
                           transaction.Execute(kInsertOrder, {order_id, request.profile(), now,
                                                              request.expires_at(),
                                                              ref.account_id(), ref.thumbprint()}));
          account_in_force = inserted == 1;
          if (!account_in_force) {
            return errors::Make(Reason::kUnauthorized, "the account is not in force");
          }
          return transaction.Execute({"authorizations_insert", insert_authorizations}, values)
              .status();
        });
    if (!account_in_force) RETURN_IF_ERROR(accounts_.Explain(call, ref));
    if (sql::FailureOf(created) == sql::Failure::kDuplicateKey) continue;
    RETURN_IF_ERROR(created);
    order.set_order_id(order_id);
    for (int i = 0; i < order.authorizations_size(); ++i) {
      if (reused[i]) continue;
      order.mutable_authorizations(i)->set_order_id(order_id);
      cache_.Put(order.authorizations(i));
    }
    DeriveStatus(OrderState::kOpen, now, order);
    return response;
  }
  return created;
}

// Validations -----------------------------------------------------------------

constexpr sql::Statement kBeginValidation{
    "validation_begin",
    "UPDATE authorization SET status = 2, method = ?, lease_until = ? "
    "WHERE order_id = ? AND position = ? AND account_id = ? AND status = 1 AND expires_at > ? "
    "AND FIND_IN_SET(?, offered) > 0 AND EXISTS (SELECT 1 FROM account c WHERE c.account_id = ? "
    "AND c.thumbprint = ? AND "
    "c.status = 1)"};

absl::StatusOr<v1::BeginValidationResponse> MariaDbOrders::BeginValidation(
    const base::Call& call, const v1::BeginValidationRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const AccountRef& ref = request.account();
  const int64_t now = Now();
  ASSIGN_OR_RETURN(const uint64_t begun,
                   database_.Execute(call, kBeginValidation,
                                     {request.method(), now + request.lease_seconds(),
                                      request.order_id(), request.position(), ref.account_id(), now,
                                      request.method(), ref.account_id(), ref.thumbprint()}));
  v1::BeginValidationResponse response;
  response.set_leased(begun == 1);
  StoredAuthorization& authorization = *response.mutable_authorization();
  if (begun == 1) {
    if (auto cached = cache_.Get(request.order_id(), request.position())) {
      authorization = *std::move(cached);
      authorization.set_status(StoredAuthorization::STATUS_PROCESSING);
      authorization.set_method(request.method());
      return response;
    }
  }
  ASSIGN_OR_RETURN(authorization, Authorization(call, ref, request.order_id(), request.position()));
  return response;
}

// Repeatable: a second run finds the state that the first one left.
constexpr sql::Statement kFinishValidation{
    "validation_finish",
    "UPDATE authorization SET status = ?, lease_until = NULL, validated_at = ?, "
    "expires_at = COALESCE(?, expires_at), attempt = ?, corroboration = ?, problem = ?, "
    "reuse_key = IF(?, name_key, NULL) WHERE order_id = ? AND position = ? AND status = 2",
    /*repeatable=*/true};

constexpr sql::Statement kSelectValidation{
    "validation_select",
    "SELECT status, attempt FROM authorization WHERE order_id = ? AND position = ? AND "
    "reuses_order_id IS NULL",
    /*repeatable=*/true};

absl::StatusOr<v1::FinishValidationResponse> MariaDbOrders::FinishValidation(
    const base::Call& call, const v1::FinishValidationRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const int status =
      request.valid() ? StoredAuthorization::STATUS_VALID : StoredAuthorization::STATUS_INVALID;
  const std::string attempt = request.attempt().SerializeAsString();
  const std::string problem = request.problem().SerializeAsString();
  const sql::Value none = nullptr;
  ASSIGN_OR_RETURN(
      const uint64_t finished,
      database_.Execute(call, kFinishValidation,
                        {status, request.valid() ? sql::Value(request.validated_at()) : none,
                         request.valid() ? sql::Value(request.expires_at()) : none, attempt,
                         std::string_view(request.corroboration()).substr(0, 255),
                         request.valid() ? none : sql::Value(problem), request.valid() ? 1 : 0,
                         request.order_id(), request.position()}));
  if (finished == 1) return v1::FinishValidationResponse();
  ASSIGN_OR_RETURN(const sql::Rows rows, database_.Query(call, kSelectValidation,
                                                         {request.order_id(), request.position()}));
  if (rows.empty()) return NotFound("no such authorization");
  if (rows[0].Signed(0) == status && rows[0].BytesOrEmpty(1) == attempt) {
    return v1::FinishValidationResponse();
  }
  return errors::Make(Reason::kConflict, "this validation is not under way");
}

// Issuances -------------------------------------------------------------------

// The names are those of the order if there are as many and none is missing, as
// neither an order nor a request has one twice. The list of them follows.
constexpr std::string_view kBeginIssuance =
    "UPDATE acme_order SET state = 2, issuance_id = ?, finalize_jws = ?, began_at = ?, "
    "lease_until = ? WHERE order_id = ? AND account_id = ? AND state = 1 AND expires_at > ? "
    "AND EXISTS (SELECT 1 FROM account c WHERE c.account_id = ? AND c.thumbprint = ? AND "
    "c.status = 1) "
    "AND NOT EXISTS (SELECT 1 FROM authorization a LEFT JOIN authorization r ON r.order_id = "
    "a.reuses_order_id AND r.position = a.reuses_position WHERE a.order_id = ? AND "
    "(COALESCE(r.status, a.status) <> 3 OR COALESCE(r.expires_at, a.expires_at) <= ?)) "
    "AND (SELECT COUNT(*) FROM authorization n WHERE n.order_id = ?) = ? "
    "AND NOT EXISTS (SELECT 1 FROM authorization m WHERE m.order_id = ? AND m.name_key NOT IN ";

absl::StatusOr<v1::BeginIssuanceResponse> MariaDbOrders::BeginIssuance(
    const base::Call& call, const v1::BeginIssuanceRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const AccountRef& ref = request.account();
  const int64_t now = Now();
  std::vector<sql::Value> values = {
      request.issuance_id(), request.finalize_jws(), now, now + request.lease_seconds(),
      request.order_id(),    ref.account_id(),       now, ref.account_id(),
      ref.thumbprint(),      request.order_id(),     now, request.order_id(),
      request.names_size(),  request.order_id()};
  std::vector<std::string> name_keys;
  for (const v1::Name& name : request.names()) {
    name_keys.push_back(NameKey(ref.account_id(), name.identifier(), name.wildcard()));
  }
  values.insert(values.end(), name_keys.begin(), name_keys.end());
  const std::string text =
      base::Cat(kBeginIssuance, "(", sql::Placeholders(request.names_size()), "))");
  // Repeatable, as the caller's issuance id tells its own first run from another's.
  ASSIGN_OR_RETURN(const uint64_t begun,
                   database_.Execute(call, {"issuance_begin", text, /*repeatable=*/true}, values));
  if (begun == 0) {
    v1::GetOrderRequest get;
    *get.mutable_account() = ref;
    get.set_order_id(request.order_id());
    ASSIGN_OR_RETURN(const v1::GetOrderResponse got, GetOrder(call, get));
    const Order& order = got.order();
    if (order.issuance_id() != request.issuance_id()) {
      if (order.status() != Order::STATUS_READY) {
        return errors::Make(Reason::kOrderNotReady, WhyNotReady(order.status()));
      }
      if (!HasNames(order, request.names())) {
        return errors::Make(Reason::kBadCsr, "the names of the CSR are not those of the order");
      }
      return errors::Make(Reason::kOrderNotReady, "the order has only just become ready");
    }
  }
  v1::GetIssuanceRequest get;
  get.set_order_id(request.order_id());
  v1::BeginIssuanceResponse response;
  ASSIGN_OR_RETURN(*response.mutable_issuance(), GetIssuance(call, get));
  return response;
}

absl::StatusOr<v1::AddReceiptsResponse> MariaDbOrders::AddReceipts(
    const base::Call& call, const v1::AddReceiptsRequest& request) {
  return issuances_.AddReceipts(call, request);
}

absl::StatusOr<v1::StorePrecertificateResponse> MariaDbOrders::StorePrecertificate(
    const base::Call& call, const v1::StorePrecertificateRequest& request) {
  return issuances_.StorePrecertificate(call, request);
}

absl::StatusOr<v1::KeepSctsResponse> MariaDbOrders::KeepScts(const base::Call& call,
                                                             const v1::KeepSctsRequest& request) {
  RETURN_IF_ERROR(certificates_.KeepScts(call, request));
  return v1::KeepSctsResponse();
}

absl::StatusOr<v1::FinishIssuanceResponse> MariaDbOrders::FinishIssuance(
    const base::Call& call, const v1::FinishIssuanceRequest& request) {
  return issuances_.FinishIssuance(call, request);
}

absl::StatusOr<v1::FailIssuanceResponse> MariaDbOrders::FailIssuance(
    const base::Call& call, const v1::FailIssuanceRequest& request) {
  return issuances_.FailIssuance(call, request);
}

// Leases ----------------------------------------------------------------------

// Plain reads: a row that several see is got by the one whose UPDATE still finds
// the lease that it read.
constexpr sql::Statement kExpiredValidations{
    "validations_expired",
    sql::kText<"SELECT a.lease_until, c.thumbprint, ", kAuthorizationColumns,
               " FROM authorization a JOIN account c ON c.account_id = a.account_id "
               "WHERE a.lease_until <= ? ORDER BY a.lease_until LIMIT ?">,
    /*repeatable=*/true};
constexpr sql::Statement kLeaseValidation{
    "validation_lease",
    "UPDATE authorization SET lease_until = ? "
    "WHERE order_id = ? AND position = ? AND lease_until = ?"};
constexpr sql::Statement kExpiredIssuances{"issuances_expired",
                                           "SELECT order_id, lease_until FROM acme_order "
                                           "WHERE lease_until <= ? ORDER BY lease_until LIMIT ?",
                                           /*repeatable=*/true};
constexpr sql::Statement kLeaseIssuance{
    "issuance_lease",
    "UPDATE acme_order SET lease_until = ? WHERE order_id = ? AND lease_until = ?"};

absl::StatusOr<v1::LeaseExpiredWorkResponse> MariaDbOrders::LeaseExpiredWork(
    const base::Call& call, const v1::LeaseExpiredWorkRequest& request) {
  RETURN_IF_ERROR(Check(request));
  const int64_t now = Now();
  const int64_t until = now + request.lease_seconds();
  v1::LeaseExpiredWorkResponse response;
  ASSIGN_OR_RETURN(const sql::Rows validations,
                   database_.Query(call, kExpiredValidations, {now, request.limit()}));
  for (size_t i = 0; i < validations.size(); ++i) {
    RowReader row(validations[i]);
    const int64_t lease = row.Signed();
    std::string thumbprint = row.Bytes();
    StoredAuthorization authorization = ReadAuthorization(row, now);
    ASSIGN_OR_RETURN(const uint64_t leased, database_.Execute(call, kLeaseValidation,
                                                              {until, authorization.order_id(),
                                                               authorization.position(), lease}));
    if (leased == 0) continue;
    v1::LeasedValidation& validation = *response.add_validations();
    *validation.mutable_authorization() = std::move(authorization);
    validation.set_thumbprint(std::move(thumbprint));
  }
  ASSIGN_OR_RETURN(const sql::Rows issuances,
                   database_.Query(call, kExpiredIssuances, {now, request.limit()}));
  for (size_t i = 0; i < issuances.size(); ++i) {
    const uint64_t order_id = issuances[i].Unsigned(0);
    ASSIGN_OR_RETURN(
        const uint64_t leased,
        database_.Execute(call, kLeaseIssuance, {until, order_id, issuances[i].Signed(1)}));
    if (leased == 1) response.add_order_ids(order_id);
  }
  return response;
}

absl::StatusOr<v1::ReconcileSerialsResponse> MariaDbOrders::ReconcileSerials(
    const base::Call& call, const v1::ReconcileSerialsRequest& request) {
  return certificates_.ReconcileSerials(call, request);
}

}  // namespace cairn::sa
