#include "services/wfe/core/authorizations.h"

#include <algorithm>
#include <utility>

#include "libs/acme/urls.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/payload.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {
namespace {

absl::Status NoSuchChallenge() {
  return errors::Make(errors::Reason::kNotFound, "there is no such challenge");
}

}  // namespace

absl::StatusOr<http::Response> Authorizations::Read(const base::Call& call,
                                                    const AcmeRequest& request) {
  const auto path = acme::ParseAuthorizationPath(request.rest);
  if (!path) return errors::Make(errors::Reason::kNotFound, "there is no such authorization");
  if (!request.post_as_get()) {
    return Malformed("an authorization is only read: the payload must be empty");
  }
  sa::v1::GetAuthorizationRequest get;
  *get.mutable_account() = request.account;
  get.set_order_id(path->order_id);
  get.set_position(path->position);
  ASSIGN_OR_RETURN(const auto got, reader_.GetAuthorization(call, get));
  http::Response response =
      JsonResponse(200, AuthorizationJson(request.base_url, got.authorization(), caa_identities_));
  if (got.authorization().status() == core::v1::Authorization::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<http::Response> Authorizations::ReadOrAnswer(const base::Call& call,
                                                            const AcmeRequest& request) {
  using core::v1::Authorization;
  const auto path = acme::ParseChallengePath(request.rest);
  if (!path) return NoSuchChallenge();
  core::v1::Authorization authorization;
  if (request.post_as_get()) {
    sa::v1::GetAuthorizationRequest get;
    *get.mutable_account() = request.account;
    get.set_order_id(path->order_id);
    get.set_position(path->position);
    ASSIGN_OR_RETURN(auto got, reader_.GetAuthorization(call, get));
    authorization = std::move(*got.mutable_authorization());
    const auto& offered = authorization.offered();
    if (std::find(offered.begin(), offered.end(), path->method) == offered.end()) {
      return NoSuchChallenge();
    }
  } else {
    RETURN_IF_ERROR(ParseObject(request.jws->payload()).status());
    ra::v1::StartValidationRequest start;
    *start.mutable_account() = request.account;
    start.set_order_id(path->order_id);
    start.set_position(path->position);
    start.set_method(path->method);
    ASSIGN_OR_RETURN(auto started, registration_.StartValidation(call, start));
    authorization = std::move(*started.mutable_authorization());
    if (authorization.status() != Authorization::STATUS_PENDING &&
        authorization.status() != Authorization::STATUS_PROCESSING &&
        authorization.status() != Authorization::STATUS_VALID) {
      return Malformed("this authorization is over: make a new order");
    }
  }
  http::Response response = JsonResponse(
      200, ChallengeJson(request.base_url, authorization, path->method, caa_identities_));
  response.headers.emplace_back(
      "Link",
      base::Cat("<", acme::AuthorizationUrl(request.base_url, path->order_id, path->position),
                ">;rel=\"up\""));
  if (authorization.status() == Authorization::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

}  // namespace cairn::wfe
