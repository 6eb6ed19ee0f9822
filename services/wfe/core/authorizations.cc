#include "services/wfe/core/authorizations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/acme/urls.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/lost_answer.h"
#include "services/wfe/core/payload.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {
namespace {

using core::v1::Authorization;

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
  std::optional<Authorization> authorization =
      fresh_.Take(request.account.account_id(), path->order_id, path->position);
  if (!authorization) {
    ASSIGN_OR_RETURN(authorization, Get(call, request, path->order_id, path->position));
  }
  http::Response response =
      JsonResponse(200, AuthorizationJson(request.base_url, *authorization, caa_identities_));
  if (authorization->status() == Authorization::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<Authorization> Authorizations::Get(const base::Call& call,
                                                  const AcmeRequest& request, uint64_t order_id,
                                                  uint32_t position) {
  sa::v1::GetAuthorizationRequest get;
  *get.mutable_account() = request.account;
  get.set_order_id(order_id);
  get.set_position(position);
  ASSIGN_OR_RETURN(auto got, reader_.GetAuthorization(call, get));
  return std::move(*got.mutable_authorization());
}

absl::StatusOr<Authorization> Authorizations::Answer(const base::Call& call,
                                                     const AcmeRequest& request,
                                                     const acme::ChallengePath& path) {
  fresh_.Drop(path.order_id, path.position);
  ra::v1::StartValidationRequest start;
  *start.mutable_account() = request.account;
  start.set_order_id(path.order_id);
  start.set_position(path.position);
  start.set_method(path.method);
  const Patience::Turn turn = patience_.ForValidation(path.order_id);
  start.set_wait_milliseconds(turn.milliseconds());
  auto started = registration_.StartValidation(call, start);
  if (started.ok()) return std::move(*started->mutable_authorization());
  if (!MayBeDone(started.status())) return started.status();
  auto got = Get(call, request, path.order_id, path.position);
  // One that is pending was not begun; any other has a method, and it was this one.
  if (!got.ok() || got->method() != path.method) return started.status();
  return got;
}

absl::StatusOr<http::Response> Authorizations::ReadOrAnswer(const base::Call& call,
                                                            const AcmeRequest& request) {
  const auto path = acme::ParseChallengePath(request.rest);
  if (!path) return NoSuchChallenge();
  Authorization authorization;
  if (request.post_as_get()) {
    ASSIGN_OR_RETURN(authorization, Get(call, request, path->order_id, path->position));
    const auto& offered = authorization.offered();
    if (std::find(offered.begin(), offered.end(), path->method) == offered.end()) {
      return NoSuchChallenge();
    }
  } else {
    RETURN_IF_ERROR(ParseObject(request.jws->payload()).status());
    ASSIGN_OR_RETURN(authorization, Answer(call, request, *path));
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
