#include "services/wfe/core/rendering.h"

#include <absl/time/time.h>

#include "libs/acme/account_id.h"
#include "libs/acme/json.h"
#include "libs/acme/jws.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/policy/validation_methods.h"

namespace cairn::wfe {
namespace {

using acme::JsonString;
using core::v1::Account;
using core::v1::Authorization;
using core::v1::Identifier;
using core::v1::Order;
using errors::Reason;

// Long details, made of texts from outside, are cut (ACME-069).
constexpr size_t kMaxDetail = 1000;

// One JSON object, member after member.
class Object {
 public:
  Object& Raw(std::string_view name, std::string_view json) {
    text_.append(text_.empty() ? "{" : ",").append(JsonString(name)).append(":").append(json);
    return *this;
  }
  Object& Text(std::string_view name, std::string_view value) {
    return Raw(name, JsonString(value));
  }
  std::string Done() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  std::string text_;
};

template <typename Items, typename F>
std::string Array(const Items& items, F render) {
  std::string text = "[";
  for (const auto& item : items) text.append(text.size() > 1 ? "," : "").append(render(item));
  return text + "]";
}

std::string TypeUrn(Reason reason) {
  return base::Cat("urn:ietf:params:acme:error:", errors::MappingOf(reason).acme_type);
}

std::string_view PublicDetail(const errors::Mapping& mapping, std::string_view detail) {
  if (!mapping.detail_is_public) return "something went wrong inside the CA; try again later";
  return detail;
}

Reason ReasonFrom(int number) {
  errors::v1::Error error;
  error.set_reason(number);
  return errors::ReasonOf(errors::FromPayload(error));  // kInternal for what is unknown
}

std::string IdentifierJson(const Identifier& identifier, bool wildcard) {
  return Object()
      .Text("type", identifier.type() == Identifier::TYPE_IP ? "ip" : "dns")
      .Text("value", base::Cat(wildcard ? "*." : "", identifier.value()))
      .Done();
}

std::string ProblemJson(const core::v1::Problem& problem) {
  const errors::Mapping mapping = errors::MappingOf(ReasonFrom(problem.reason()));
  Object object;
  object.Text("type", TypeUrn(ReasonFrom(problem.reason())))
      .Text("detail", base::Escaped(PublicDetail(mapping, problem.detail()), kMaxDetail))
      .Raw("status", base::Cat(mapping.http_status));
  if (problem.subproblems_size() > 0) {
    object.Raw("subproblems", Array(problem.subproblems(), [](const auto& sub) {
                 const Reason reason = ReasonFrom(sub.reason());
                 return Object()
                     .Text("type", TypeUrn(reason))
                     .Text("detail",
                           base::Escaped(PublicDetail(errors::MappingOf(reason), sub.detail()),
                                         kMaxDetail))
                     .Raw("identifier", IdentifierJson(sub.identifier(), sub.wildcard()))
                     .Done();
               }));
  }
  return object.Done();
}

std::string_view StatusText(const Account& account) {
  switch (account.status()) {
    case Account::STATUS_VALID:
      return "valid";
    case Account::STATUS_DEACTIVATED:
      return "deactivated";
    default:
      return "revoked";
  }
}

std::string_view StatusText(const Order& order) {
  switch (order.status()) {
    case Order::STATUS_PENDING:
      return "pending";
    case Order::STATUS_READY:
      return "ready";
    case Order::STATUS_PROCESSING:
      return "processing";
    case Order::STATUS_VALID:
      return "valid";
    default:
      return "invalid";
  }
}

// RFC 8555 section 7.1.6 knows no processing authorization: it is pending still.
std::string_view StatusText(const Authorization& authorization) {
  switch (authorization.status()) {
    case Authorization::STATUS_PENDING:
    case Authorization::STATUS_PROCESSING:
      return "pending";
    case Authorization::STATUS_VALID:
      return "valid";
    case Authorization::STATUS_DEACTIVATED:
      return "deactivated";
    case Authorization::STATUS_EXPIRED:
      return "expired";
    default:
      return "invalid";
  }
}

std::string_view ChallengeStatusText(const Authorization& authorization, std::string_view method) {
  // The others wait; they can be answered no more.
  if (method != authorization.method()) return "pending";
  switch (authorization.status()) {
    case Authorization::STATUS_PENDING:
      return "pending";
    case Authorization::STATUS_PROCESSING:
      return "processing";
    case Authorization::STATUS_INVALID:
      return "invalid";
    case Authorization::STATUS_VALID:
      return "valid";
    default:
      return authorization.validated_at() != 0 ? "valid" : "invalid";
  }
}

}  // namespace

std::string TimeText(int64_t unix_seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(unix_seconds),
                          absl::UTCTimeZone());
}

std::string AccountJson(const Account& account) {
  Object object;
  object.Text("status", StatusText(account));
  if (account.contact_size() > 0) {
    object.Raw("contact",
               Array(account.contact(), [](const auto& uri) { return JsonString(uri); }));
  }
  if (account.terms_agreed_at() != 0) object.Raw("termsOfServiceAgreed", "true");
  return object.Text("createdAt", TimeText(account.created_at())).Done();
}

std::string OrderJson(std::string_view base_url, const Order& order) {
  Object object;
  object.Text("status", StatusText(order)).Text("expires", TimeText(order.expires_at()));
  object.Raw("identifiers", Array(order.authorizations(), [](const Authorization& row) {
               return IdentifierJson(row.identifier(), row.wildcard());
             }));
  object.Raw("authorizations", Array(order.authorizations(), [&](const Authorization& row) {
               return JsonString(acme::AuthorizationUrl(base_url, row.order_id(), row.position()));
             }));
  object.Text("finalize", acme::FinalizeUrl(base_url, order.order_id()));
  if (order.status() == Order::STATUS_VALID) {
    object.Text("certificate", acme::CertificateUrl(base_url, order.serial()));
  }
  if (order.status() == Order::STATUS_INVALID && order.has_problem()) {
    object.Raw("error", ProblemJson(order.problem()));
  }
  return object.Done();
}

std::string AuthorizationJson(std::string_view base_url, const Authorization& authorization,
                              const std::vector<std::string>& caa_identities) {
  Object object;
  object.Raw("identifier", IdentifierJson(authorization.identifier(), false))
      .Text("status", StatusText(authorization))
      .Text("expires", TimeText(authorization.expires_at()));
  // All that are offered while it is open; then the one that was tried (RFC 8555
  // section 7.1.4).
  std::vector<std::string> methods(authorization.offered().begin(), authorization.offered().end());
  if (authorization.status() != Authorization::STATUS_PENDING &&
      authorization.status() != Authorization::STATUS_PROCESSING &&
      !authorization.method().empty()) {
    methods = {authorization.method()};
  }
  object.Raw("challenges", Array(methods, [&](const std::string& method) {
               return ChallengeJson(base_url, authorization, method, caa_identities);
             }));
  if (authorization.wildcard()) object.Raw("wildcard", "true");
  return object.Done();
}

std::string ChallengeJson(std::string_view base_url, const Authorization& authorization,
                          std::string_view method, const std::vector<std::string>& caa_identities) {
  Object object;
  const policy::ValidationMethod* rules = policy::FindValidationMethod(method);
  object.Text("type", method)
      .Text("url", acme::ChallengeUrl(base_url, authorization.order_id(), authorization.position(),
                                      method))
      .Text("status", ChallengeStatusText(authorization, method));
  if (rules == nullptr || rules->has_token) {
    object.Text("token", base::ToBase64Url(authorization.token()));
  } else {
    // draft-ietf-acme-dns-persist section 3.1
    object.Raw("issuer-domain-names",
               Array(caa_identities, [](const auto& name) { return JsonString(name); }));
    if (const auto id = acme::AccountId::FromBytes(authorization.account_id())) {
      object.Text("accounturi", acme::AccountUrl(base_url, *id));
    }
  }
  if (method != authorization.method()) return object.Done();
  if (authorization.validated_at() != 0) {
    object.Text("validated", TimeText(authorization.validated_at()));
  }
  if (authorization.status() == Authorization::STATUS_INVALID && authorization.has_problem()) {
    object.Raw("error", ProblemJson(authorization.problem()));
  }
  return object.Done();
}

std::string PemChain(std::string_view certificate_der, const std::vector<std::string>& chain_der) {
  std::string pem = base::ToPem("CERTIFICATE", certificate_der);
  for (const std::string& der : chain_der) pem += base::ToPem("CERTIFICATE", der);
  return pem;
}

http::Response ProblemResponse(const absl::Status& status) {
  const errors::v1::Error error = errors::PayloadOf(status);
  const Reason reason = errors::ReasonOf(status);
  const errors::Mapping mapping = errors::MappingOf(reason);
  http::Response response;
  response.status = mapping.http_status;
  response.content_type = "application/problem+json";
  response.headers = {{"Content-Language", "en"}};
  int64_t retry_after = error.retry_after_seconds();
  if (retry_after == 0 && mapping.http_status == 503) retry_after = 5;
  if (retry_after > 0) response.headers.emplace_back("Retry-After", base::Cat(retry_after));

  Object object;
  object.Text("type", TypeUrn(reason))
      .Text("detail", base::Escaped(PublicDetail(mapping, error.detail()), kMaxDetail))
      .Raw("status", base::Cat(mapping.http_status));
  if (reason == Reason::kBadSignatureAlgorithm) {
    object.Raw("algorithms", Array(acme::SupportedAlgorithms(),
                                   [](const std::string& name) { return JsonString(name); }));
  }
  if (error.subproblems_size() > 0) {
    object.Raw("subproblems", Array(error.subproblems(), [](const auto& sub) {
                 const Reason sub_reason = ReasonFrom(sub.reason());
                 return Object()
                     .Text("type", TypeUrn(sub_reason))
                     .Text("detail",
                           base::Escaped(PublicDetail(errors::MappingOf(sub_reason), sub.detail()),
                                         kMaxDetail))
                     .Raw("identifier",
                          Object()
                              .Text("type", base::Escaped(sub.identifier_type(), 40))
                              .Text("value", base::Escaped(sub.identifier_value(), 260))
                              .Done())
                     .Done();
               }));
  }
  response.body = object.Done();
  return response;
}

http::Response JsonResponse(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = {{"Cache-Control", "public, max-age=0, no-cache"}};
  response.body = std::move(body);
  return response;
}

}  // namespace cairn::wfe
