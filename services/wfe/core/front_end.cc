#include "services/wfe/core/front_end.h"

#include <utility>

#include "libs/acme/json.h"
#include "libs/acme/jws.h"
#include "libs/acme/urls.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/payload.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {
namespace {

using errors::Reason;

// "Application/Jose+JSON; charset=utf-8" is application/jose+json (ACME-009).
bool IsJose(std::string_view content_type) {
  std::string type = base::ToLower(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type == "application/jose+json";
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

const std::vector<FrontEnd::Route>& FrontEnd::Routes() {
  using Key = Route::Key;
  static const auto* const routes = new std::vector<Route>{
      {"directory", acme::kDirectoryPath, false, true, Key::kKid, &FrontEnd::GetDirectory},
      {"new_nonce", acme::kNewNoncePath, false, true, Key::kKid, &FrontEnd::NewNonce},
      {"new_account", acme::kNewAccountPath, false, false, Key::kJwk,
       &FrontEnd::To<&FrontEnd::accounts_, &Accounts::New>},
      {"new_order", acme::kNewOrderPath, false, false, Key::kKid,
       &FrontEnd::To<&FrontEnd::orders_, &Orders::New>},
      {"account", acme::kAccountPath, true, false, Key::kKid,
       &FrontEnd::To<&FrontEnd::accounts_, &Accounts::ReadOrUpdate>},
      {"order", acme::kOrderPath, true, false, Key::kKid,
       &FrontEnd::To<&FrontEnd::orders_, &Orders::ReadOrFinalize>},
      {"authorization", acme::kAuthorizationPath, true, false, Key::kKid,
       &FrontEnd::To<&FrontEnd::authorizations_, &Authorizations::Read>},
      {"challenge", acme::kChallengePath, true, false, Key::kKid,
       &FrontEnd::To<&FrontEnd::authorizations_, &Authorizations::ReadOrAnswer>},
      {"certificate", acme::kCertificatePath, true, false, Key::kKid,
       &FrontEnd::To<&FrontEnd::certificates_, &Certificates::Read>},
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

FrontEnd::FrontEnd(Options options, const Peers& peers, NonceBook& nonces, Patience& patience,
                   const base::Clock& clock, KeyCheck check_key)
    : options_(std::move(options)),
      nonces_(nonces),
      check_key_(std::move(check_key)),
      account_cache_(peers.accounts, options_.cached_accounts),
      fresh_authorizations_(clock),
      certificate_cache_(options_.cached_certificates),
      accounts_(peers.registration, peers.accounts, account_cache_, options_.terms_of_service),
      orders_(peers.registration, peers.orders, fresh_authorizations_, certificate_cache_,
              patience),
      authorizations_(peers.registration, peers.orders, fresh_authorizations_,
                      options_.caa_identities, patience),
      certificates_(peers.orders, certificate_cache_),
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
        call, AcmeRequest{.http = request, .listener = listener, .base_url = base_url});
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
  AcmeRequest authenticated{.http = request,
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
                     account_cache_.Get(call, *authenticated.account_id));
    RETURN_IF_ERROR(jws.VerifySignature(entry.key));
    authenticated.account.set_account_id(authenticated.account_id->bytes());
    authenticated.account.set_thumbprint(entry.thumbprint);
    auto response = (this->*route.handler)(call, authenticated);
    if (response.ok()) return response;
    const Reason reason = errors::ReasonOf(response.status());
    if (reason == Reason::kUnauthorized || reason == Reason::kAccountDoesNotExist ||
        reason == Reason::kAccountDeactivated) {
      // Perhaps our copy of the account was out of date. Nothing has been done yet.
      account_cache_.Drop(*authenticated.account_id);
      if (attempt == 0) continue;
    }
    return response;
  }
}

absl::StatusOr<http::Response> FrontEnd::GetDirectory(const base::Call&,
                                                      const AcmeRequest& request) {
  if (request.jws != nullptr && !request.post_as_get()) {
    return Malformed("the directory is only read: the payload must be empty");
  }
  return JsonResponse(200, directories_[request.listener]);
}

absl::StatusOr<http::Response> FrontEnd::NewNonce(const base::Call&, const AcmeRequest& request) {
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

}  // namespace cairn::wfe
