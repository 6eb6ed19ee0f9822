#include "services/wfe/core/front_end.h"

#include <algorithm>
#include <utility>

#include "libs/acme/json.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {
namespace {

using acme::Json;
using errors::Reason;

// What a poll should wait while an order or authorization is being worked on.
constexpr std::string_view kRetryAfter = "1";

absl::Status Malformed(std::string_view detail) { return errors::Make(Reason::kMalformed, detail); }

http::Response JsonResponse(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = {{"Cache-Control", "public, max-age=0, no-cache"}};
  response.body = std::move(body);
  return response;
}

// "Application/Jose+JSON; charset=utf-8" is application/jose+json (ACME-009).
bool IsJose(std::string_view content_type) {
  std::string type = base::ToLower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type == "application/jose+json";
}

absl::StatusOr<Json> ParseObject(std::string_view payload) {
  ASSIGN_OR_RETURN(Json json, Json::Parse(payload));
  if (!json.is_object()) return Malformed("the payload is not a JSON object");
  return json;
}

// Sets `contact` from the member of that name; false if there is none.
template <typename Request>
absl::StatusOr<bool> ReadContact(const Json& payload, Request& request) {
  const Json* contact = payload.Find("contact");
  if (contact == nullptr) return false;
  if (!contact->is_array()) return Malformed("\"contact\" is not an array");
  for (const Json& uri : contact->items()) {
    if (!uri.is_string()) return Malformed("a contact is not a string");
    request.add_contact(uri.string());
  }
  return true;
}

absl::StatusOr<bool> ReadBoolean(const Json& payload, std::string_view name) {
  const Json* member = payload.Find(name);
  if (member == nullptr) return false;
  if (member->type() != Json::Type::kBool) {
    return Malformed(base::Cat("\"", name, "\" is not true or false"));
  }
  return member->boolean();
}

}  // namespace

struct FrontEnd::Route {
  std::string_view name;  // for metrics
  std::string_view path;
  bool prefix;  // something follows the path
  bool get;     // GET and HEAD answer too
  enum class Key { kKid, kJwk } key;
  Handler handler;
};

// A request, as far as it has been checked when its handler runs: with POST the
// JWS is verified, its nonce used up and its URL right.
struct FrontEnd::Authenticated {
  const http::Request& http;
  size_t listener;
  std::string_view base_url;
  std::string_view rest;           // of the path, after the route's prefix
  const acme::Jws* jws = nullptr;  // null with GET
  std::optional<acme::AccountId> account_id;
  core::v1::AccountRef account;  // with kid

  bool post_as_get() const { return jws != nullptr && jws->payload().empty(); }
};

const std::vector<FrontEnd::Route>& FrontEnd::Routes() {
  using Key = Route::Key;
  static const auto* const routes = new std::vector<Route>{
      {"directory", acme::kDirectoryPath, false, true, Key::kKid, &FrontEnd::GetDirectory},
      {"new_nonce", acme::kNewNoncePath, false, true, Key::kKid, &FrontEnd::NewNonce},
      {"new_account", acme::kNewAccountPath, false, false, Key::kJwk, &FrontEnd::NewAccount},
      {"new_order", acme::kNewOrderPath, false, false, Key::kKid, &FrontEnd::NewOrder},
      {"account", acme::kAccountPath, true, false, Key::kKid, &FrontEnd::Account},
      {"order", acme::kOrderPath, true, false, Key::kKid, &FrontEnd::Order},
      {"authorization", acme::kAuthorizationPath, true, false, Key::kKid, &FrontEnd::Authorization},
      {"challenge", acme::kChallengePath, true, false, Key::kKid, &FrontEnd::Challenge},
      {"certificate", acme::kCertificatePath, true, false, Key::kKid, &FrontEnd::Certificate},
  };
  return *routes;
}

const FrontEnd::Route* FrontEnd::FindRoute(std::string_view path) {
  for (const Route& route : Routes()) {
    if (route.prefix ? path.starts_with(route.path) && path.size() > route.path.size()
                     : path == route.path) {
      return &route;
    }
  }
  return nullptr;
}

std::string_view FrontEnd::ResourceName(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  const Route* route = FindRoute(path);
  if (route == nullptr) return "other";
  return path.ends_with(acme::kFinalizeSuffix) ? "finalize" : route->name;
}

FrontEnd::FrontEnd(Options options, const Peers& peers, NonceBook& nonces, KeyCheck check_key)
    : options_(std::move(options)),
      peers_(peers),
      nonces_(nonces),
      check_key_(std::move(check_key)),
      accounts_(peers.accounts, options_.cached_accounts),
      certificates_(options_.cached_certificates),
      directories_([this] {
        std::vector<std::string> all;
        for (const std::string& base_url : options_.base_urls) {
          all.push_back(DirectoryJson(base_url));
        }
        return all;
      }()) {}

std::string FrontEnd::DirectoryJson(std::string_view base_url) const {
  std::string meta;
  const auto add = [&](std::string_view name, const std::string& json) {
    meta.append(meta.empty() ? "" : ",").append(acme::JsonString(name)).append(":").append(json);
  };
  if (!options_.terms_of_service.empty()) {
    add("termsOfService", acme::JsonString(options_.terms_of_service));
  }
  if (!options_.website.empty()) add("website", acme::JsonString(options_.website));
  if (!options_.caa_identities.empty()) {
    std::string list;
    for (const std::string& identity : options_.caa_identities) {
      list.append(list.empty() ? "[" : ",").append(acme::JsonString(identity));
    }
    add("caaIdentities", list + "]");
  }
  add("externalAccountRequired", "false");
  return base::Cat(R"({"newNonce":")", base_url, acme::kNewNoncePath, R"(","newAccount":")",
                   base_url, acme::kNewAccountPath, R"(","newOrder":")", base_url,
                   acme::kNewOrderPath, R"(","meta":{)", meta, "}}");
}

http::Response FrontEnd::Handle(const base::Call& call, size_t listener,
                                const http::Request& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  const std::string& base_url = options_.base_urls[listener];
  const Route* route = FindRoute(path);
  const bool get = request.method == "GET" || request.method == "HEAD";

  http::Response response;
  if (route == nullptr) {
    response = ProblemResponse(errors::Make(Reason::kNotFound, "there is no such resource"));
  } else if (request.method == "OPTIONS") {
    // Browsers ask before they POST (ACME-004).
    response.status = 204;
    response.headers = {{"Allow", route->get ? "GET, HEAD, POST" : "POST"},
                        {"Access-Control-Allow-Methods", route->get ? "GET, HEAD, POST" : "POST"},
                        {"Access-Control-Allow-Headers", "Content-Type"},
                        {"Access-Control-Max-Age", "86400"}};
  } else if (request.method == "POST") {
    auto handled = HandlePost(call, *route, listener, path, request);
    response = handled.ok() ? *std::move(handled) : ProblemResponse(handled.status());
  } else if (get && route->get) {
    auto handled = (this->*route->handler)(
        call, Authenticated{.http = request, .listener = listener, .base_url = base_url});
    response = handled.ok() ? *std::move(handled) : ProblemResponse(handled.status());
  } else {
    response = ProblemResponse(errors::Make(
        Reason::kMethodNotAllowed, route->get ? "use GET, HEAD or POST here" : "use POST here"));
    response.headers.emplace_back("Allow", route->get ? "GET, HEAD, POST" : "POST");
  }

  // Errors too: the next try needs no other request (RFC 8555 section 6.5).
  if (request.method == "POST") response.headers.emplace_back("Replay-Nonce", nonces_.Make());
  AddCommonHeaders(base_url, path, response);
  return response;
}

http::Response FrontEnd::Refuse(size_t listener, const absl::Status& status) const {
  http::Response response = ProblemResponse(status);
  AddCommonHeaders(options_.base_urls[listener], "", response);
  return response;
}

void FrontEnd::AddCommonHeaders(std::string_view base_url, std::string_view path,
                                http::Response& response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Access-Control-Expose-Headers",
                                "Link, Replay-Nonce, Location, Retry-After");
  if (path != acme::kDirectoryPath) {
    response.headers.emplace_back(
        "Link", base::Cat("<", base_url, acme::kDirectoryPath, ">;rel=\"index\""));
  }
}

absl::StatusOr<http::Response> FrontEnd::HandlePost(const base::Call& call, const Route& route,
                                                    size_t listener, std::string_view path,
                                                    const http::Request& request) {
  if (!IsJose(request.Header("Content-Type"))) {
    return errors::Make(Reason::kUnsupportedMediaType,
                        "the Content-Type of a request is application/jose+json");
  }
  ASSIGN_OR_RETURN(const acme::Jws jws, acme::Jws::Parse(request.body));
  // Used up whatever comes of the request (ACME-051).
  RETURN_IF_ERROR(nonces_.Redeem(call, jws.nonce()));

  const std::string& base_url = options_.base_urls[listener];
  if (jws.url() != base::Cat(base_url, request.target)) {
    return errors::Make(Reason::kUnauthorized,
                        "the \"url\" of the request is not the URL that it was sent to");
  }
  Authenticated authenticated{.http = request,
                              .listener = listener,
                              .base_url = base_url,
                              .rest = path.substr(route.path.size()),
                              .jws = &jws};
  if (route.key == Route::Key::kJwk) {
    if (!jws.jwk()) return Malformed("a request for a new account has \"jwk\", not \"kid\"");
    RETURN_IF_ERROR(jws.VerifySignature(jws.jwk()->key()));
    RETURN_IF_ERROR(check_key_(jws.jwk()->key()));
    return (this->*route.handler)(call, authenticated);
  }

  if (!jws.kid()) return Malformed("this request has \"kid\", the account's URL, not \"jwk\"");
  authenticated.account_id = acme::ParseAccountUrl(base_url, *jws.kid());
  if (!authenticated.account_id) return Malformed("the \"kid\" is not an account's URL of this CA");
  for (int attempt = 0;; ++attempt) {
    ASSIGN_OR_RETURN(const AccountCache::Entry entry,
                     accounts_.Get(call, *authenticated.account_id));
    RETURN_IF_ERROR(jws.VerifySignature(entry.key));
    authenticated.account.set_account_id(authenticated.account_id->bytes());
    authenticated.account.set_thumbprint(entry.thumbprint);
    auto response = (this->*route.handler)(call, authenticated);
    if (response.ok()) return response;
    const Reason reason = errors::ReasonOf(response.status());
    if (reason == Reason::kUnauthorized || reason == Reason::kAccountDoesNotExist ||
        reason == Reason::kAccountDeactivated) {
      // Perhaps our copy of the account was out of date. Nothing has been done yet.
      accounts_.Drop(*authenticated.account_id);
      if (attempt == 0) continue;
    }
    return response;
  }
}

absl::StatusOr<http::Response> FrontEnd::GetDirectory(const base::Call&,
                                                      const Authenticated& request) {
  if (request.jws != nullptr && !request.post_as_get()) {
    return Malformed("the directory is only read: the payload must be empty");
  }
  return JsonResponse(200, directories_[request.listener]);
}

absl::StatusOr<http::Response> FrontEnd::NewNonce(const base::Call&, const Authenticated& request) {
  if (request.jws != nullptr && !request.post_as_get()) {
    return Malformed("a nonce is only fetched: the payload must be empty");
  }
  http::Response response;
  // RFC 8555 section 7.2: HEAD answers 200, GET 204.
  response.status = request.http.method == "GET" ? 204 : 200;
  response.headers = {{"Cache-Control", "no-store"}};
  if (request.jws == nullptr) response.headers.emplace_back("Replay-Nonce", nonces_.Make());
  return response;
}

absl::StatusOr<http::Response> FrontEnd::NewAccount(const base::Call& call,
                                                    const Authenticated& request) {
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  ra::v1::NewAccountRequest create;
  create.set_jwk(request.jws->jwk()->canonical());
  create.set_thumbprint(request.jws->jwk()->thumbprint());
  RETURN_IF_ERROR(ReadContact(payload, create).status());
  ASSIGN_OR_RETURN(const bool terms, ReadBoolean(payload, "termsOfServiceAgreed"));
  ASSIGN_OR_RETURN(const bool only_existing, ReadBoolean(payload, "onlyReturnExisting"));
  create.set_terms_agreed(terms);
  create.set_only_return_existing(only_existing);
  create.set_client_address(request.http.client_address);
  ASSIGN_OR_RETURN(const auto created, peers_.registration.NewAccount(call, create));
  if (created.account().status() != core::v1::Account::STATUS_VALID) {
    return errors::Make(Reason::kAccountDeactivated, "the account of this key was deactivated");
  }
  const auto id = acme::AccountId::FromBytes(created.account().account_id());
  if (!id) return errors::Make(Reason::kInternal, "the RA gave an account without an id");
  http::Response response =
      JsonResponse(created.created() ? 201 : 200, AccountJson(created.account()));
  response.headers.emplace_back("Location", acme::AccountUrl(request.base_url, *id));
  if (!options_.terms_of_service.empty()) {
    response.headers.emplace_back(
        "Link", base::Cat("<", options_.terms_of_service, ">;rel=\"terms-of-service\""));
  }
  return response;
}

absl::StatusOr<http::Response> FrontEnd::Account(const base::Call& call,
                                                 const Authenticated& request) {
  if (request.rest != request.account_id->ToText()) {
    return errors::Make(Reason::kUnauthorized, "this is another account");
  }
  if (request.post_as_get()) {
    sa::v1::GetAccountRequest get;
    get.set_account_id(request.account.account_id());
    ASSIGN_OR_RETURN(const auto got, peers_.accounts.GetAccount(call, get));
    if (got.account().status() != core::v1::Account::STATUS_VALID) {
      return errors::Make(Reason::kAccountDeactivated, "the account was deactivated");
    }
    return JsonResponse(200, AccountJson(got.account()));
  }
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  ra::v1::UpdateAccountRequest update;
  *update.mutable_account() = request.account;
  ASSIGN_OR_RETURN(const bool contact, ReadContact(payload, update));
  update.set_set_contact(contact);
  if (const Json* status = payload.Find("status")) {
    // RFC 8555 section 7.3.6 knows one change of status, and no way back.
    if (status->string() != "deactivated" && status->string() != "valid") {
      return Malformed("the only status that can be set is \"deactivated\"");
    }
    update.set_deactivate(status->string() == "deactivated");
  }
  ASSIGN_OR_RETURN(const auto updated, peers_.registration.UpdateAccount(call, update));
  if (update.deactivate()) accounts_.Drop(*request.account_id);
  return JsonResponse(200, AccountJson(updated.account()));
}

absl::StatusOr<http::Response> FrontEnd::NewOrder(const base::Call& call,
                                                  const Authenticated& request) {
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  if (payload.Find("notBefore") != nullptr || payload.Find("notAfter") != nullptr) {
    return Malformed("\"notBefore\" and \"notAfter\" are not supported: leave them out");
  }
  const Json* identifiers = payload.Find("identifiers");
  if (identifiers == nullptr || !identifiers->is_array()) {
    return Malformed("an order needs \"identifiers\", an array");
  }
  ra::v1::NewOrderRequest order;
  *order.mutable_account() = request.account;
  for (const Json& identifier : identifiers->items()) {
    const auto type = identifier.GetString("type");
    const auto value = identifier.GetString("value");
    if (!type || !value) return Malformed("an identifier has \"type\" and \"value\", both strings");
    auto* requested = order.add_identifiers();
    requested->set_type(std::string(*type));
    requested->set_value(std::string(*value));
  }
  if (const Json* profile = payload.Find("profile")) {
    if (!profile->is_string()) return Malformed("\"profile\" is not a string");
    order.set_profile(profile->string());
  }
  ASSIGN_OR_RETURN(const auto created, peers_.registration.NewOrder(call, order));
  http::Response response = JsonResponse(201, OrderJson(request.base_url, created.order()));
  response.headers.emplace_back("Location",
                                acme::OrderUrl(request.base_url, created.order().order_id()));
  return response;
}

absl::StatusOr<http::Response> FrontEnd::Order(const base::Call& call,
                                               const Authenticated& request) {
  std::string_view rest = request.rest;
  const bool finalize = rest.ends_with(acme::kFinalizeSuffix);
  if (finalize) rest.remove_suffix(acme::kFinalizeSuffix.size());
  const auto order_id = acme::ParseOrderId(rest);
  if (!order_id) return errors::Make(Reason::kNotFound, "there is no such order");
  return finalize ? Finalize(call, request, *order_id) : GetOrder(call, request, *order_id);
}

absl::StatusOr<http::Response> FrontEnd::GetOrder(const base::Call& call,
                                                  const Authenticated& request, uint64_t order_id) {
  if (!request.post_as_get()) {
    return Malformed("an order is only read: the payload must be empty");
  }
  sa::v1::GetOrderRequest get;
  *get.mutable_account() = request.account;
  get.set_order_id(order_id);
  ASSIGN_OR_RETURN(const auto got, peers_.orders.GetOrder(call, get));
  const core::v1::Order& order = got.order();
  if (order.status() == core::v1::Order::STATUS_VALID && !got.certificate().empty()) {
    certificates_.Put(order.serial(), request.account.account_id(),
                      PemChain(got.certificate(), {got.chain().begin(), got.chain().end()}));
  }
  http::Response response = JsonResponse(200, OrderJson(request.base_url, order));
  if (order.status() == core::v1::Order::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<http::Response> FrontEnd::Finalize(const base::Call& call,
                                                  const Authenticated& request, uint64_t order_id) {
  if (request.post_as_get()) return Malformed("a finalize request carries a CSR");
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  const auto text = payload.GetString("csr");
  if (!text) return Malformed("a finalize request needs \"csr\", a string");
  const auto csr = base::FromBase64Url(*text);
  if (!csr) {
    return Malformed("the \"csr\" is not base64url of DER without padding (PEM is not accepted)");
  }
  ra::v1::FinalizeOrderRequest finalize;
  *finalize.mutable_account() = request.account;
  finalize.set_order_id(order_id);
  finalize.set_finalize_jws(request.http.body);
  finalize.set_csr(*csr);
  ASSIGN_OR_RETURN(const auto finalized, peers_.registration.FinalizeOrder(call, finalize));
  http::Response response = JsonResponse(200, OrderJson(request.base_url, finalized.order()));
  response.headers.emplace_back("Location", acme::OrderUrl(request.base_url, order_id));
  if (finalized.order().status() == core::v1::Order::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<http::Response> FrontEnd::Authorization(const base::Call& call,
                                                       const Authenticated& request) {
  const auto path = acme::ParseAuthorizationPath(request.rest);
  if (!path) return errors::Make(Reason::kNotFound, "there is no such authorization");
  if (!request.post_as_get()) {
    return Malformed("an authorization is only read: the payload must be empty");
  }
  sa::v1::GetAuthorizationRequest get;
  *get.mutable_account() = request.account;
  get.set_order_id(path->order_id);
  get.set_position(path->position);
  ASSIGN_OR_RETURN(const auto got, peers_.orders.GetAuthorization(call, get));
  http::Response response =
      JsonResponse(200, AuthorizationJson(request.base_url, got.authorization()));
  if (got.authorization().status() == core::v1::Authorization::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<http::Response> FrontEnd::Challenge(const base::Call& call,
                                                   const Authenticated& request) {
  using core::v1::Authorization;
  const auto path = acme::ParseChallengePath(request.rest);
  if (!path || std::find(OfferedMethods().begin(), OfferedMethods().end(), path->method) ==
                   OfferedMethods().end()) {
    return errors::Make(Reason::kNotFound, "there is no such challenge");
  }
  core::v1::Authorization authorization;
  if (request.post_as_get()) {
    sa::v1::GetAuthorizationRequest get;
    *get.mutable_account() = request.account;
    get.set_order_id(path->order_id);
    get.set_position(path->position);
    ASSIGN_OR_RETURN(auto got, peers_.orders.GetAuthorization(call, get));
    authorization = std::move(*got.mutable_authorization());
  } else {
    RETURN_IF_ERROR(ParseObject(request.jws->payload()).status());
    ra::v1::StartValidationRequest start;
    *start.mutable_account() = request.account;
    start.set_order_id(path->order_id);
    start.set_position(path->position);
    start.set_method(path->method);
    ASSIGN_OR_RETURN(auto started, peers_.registration.StartValidation(call, start));
    authorization = std::move(*started.mutable_authorization());
    if (authorization.status() != Authorization::STATUS_PENDING &&
        authorization.status() != Authorization::STATUS_PROCESSING &&
        authorization.status() != Authorization::STATUS_VALID) {
      return Malformed("this authorization is over: make a new order");
    }
  }
  http::Response response =
      JsonResponse(200, ChallengeJson(request.base_url, authorization, path->method));
  response.headers.emplace_back(
      "Link",
      base::Cat("<", acme::AuthorizationUrl(request.base_url, path->order_id, path->position),
                ">;rel=\"up\""));
  if (authorization.status() == Authorization::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<http::Response> FrontEnd::Certificate(const base::Call& call,
                                                     const Authenticated& request) {
  const auto serial = base::FromHex(request.rest);
  if (!serial || serial->size() != 16) {
    return errors::Make(Reason::kNotFound, "there is no such certificate");
  }
  if (!request.post_as_get()) {
    return Malformed("a certificate is only read: the payload must be empty");
  }
  std::optional<std::string> pem = certificates_.Get(*serial, request.account.account_id());
  if (!pem) {
    sa::v1::GetCertificateRequest get;
    *get.mutable_account() = request.account;
    get.set_serial(*serial);
    ASSIGN_OR_RETURN(const auto got, peers_.orders.GetCertificate(call, get));
    pem = PemChain(got.certificate(), {got.chain().begin(), got.chain().end()});
  }
  http::Response response;
  response.content_type = "application/pem-certificate-chain";
  response.headers = {{"Cache-Control", "private, max-age=86400"}};
  response.body = *std::move(pem);
  return response;
}

}  // namespace cairn::wfe
