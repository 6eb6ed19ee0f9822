#include "services/ra/core/new_order.h"

#include <absl/time/time.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/acme/identifier.h"
#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ra {
namespace {

using core::v1::Identifier;
using errors::Make;
using errors::Reason;

constexpr size_t kTokenSize = 16;  // 128 bits, ACME-102

absl::StatusOr<Identifier> ParseName(const Options& options,
                                     const v1::RequestedIdentifier& requested) {
  if (requested.type().empty() || requested.value().empty()) {
    return Make(Reason::kMalformed, "an identifier needs a type and a value");
  }
  // RFC 8738's type: known, but there is no method here that proves an address.
  if (requested.type() == "ip") {
    return Make(Reason::kRejectedIdentifier, "certificates for IP addresses are not issued");
  }
  ASSIGN_OR_RETURN(acme::RequestedName name,
                   acme::ParseIdentifier(requested.type(), requested.value()));
  RETURN_IF_ERROR(options.names.Check(name.identifier.value(), name.wildcard));
  if (name.wildcard) {
    // BR 3.2.2.4.19: http-01, the one method there is, proves nothing about the
    // names below the one that was looked at.
    return Make(Reason::kRejectedIdentifier,
                "a wildcard needs a DNS challenge, which this CA does not offer");
  }
  return std::move(name.identifier);
}

// One error for all names that are refused (RFC 8555 section 6.7.1).
absl::Status Refusal(const std::vector<errors::v1::Subproblem>& refused) {
  errors::v1::Error error;
  error.set_reason(refused.front().reason());
  for (const errors::v1::Subproblem& subproblem : refused) {
    if (subproblem.reason() != error.reason())
      error.set_reason(static_cast<int>(Reason::kMalformed));
    *error.add_subproblems() = subproblem;
  }
  error.set_detail(refused.size() == 1 ? refused.front().detail()
                                       : base::Cat(refused.size(), " identifiers are refused"));
  return errors::FromPayload(error);
}

}  // namespace

NewOrder::NewOrder(const Options& options, sa::OrderWriter& orders, audit::Log& audit,
                   Sources sources)
    : options_(options), orders_(orders), audit_(audit), sources_(sources) {}

absl::StatusOr<v1::NewOrderResponse> NewOrder::Run(const base::Call& call,
                                                   const v1::NewOrderRequest& request) {
  if (request.identifiers().empty()) return Make(Reason::kMalformed, "an order needs a name");
  if (static_cast<size_t>(request.identifiers_size()) > options_.max_names) {
    return Make(Reason::kMalformed,
                base::Cat("an order may have at most ", options_.max_names, " names"));
  }
  const std::string& profile =
      request.profile().empty() ? options_.default_profile : request.profile();
  if (std::find(options_.profiles.begin(), options_.profiles.end(), profile) ==
      options_.profiles.end()) {
    return Make(Reason::kInvalidProfile,
                base::Cat("there is no profile ", base::Escaped(request.profile(), 64)));
  }

  const absl::Time now = sources_.clock.Now();
  const absl::Time expires = now + options_.order_lifetime;
  sa::v1::CreateOrderRequest create;
  *create.mutable_account() = request.account();
  create.set_profile(profile);
  create.set_expires_at(absl::ToUnixSeconds(expires));
  create.set_authorization_expires_at(
      absl::ToUnixSeconds(now + options_.pending_authorization_lifetime));
  if (options_.reuse_window > absl::ZeroDuration()) {
    // An authorization is as old as its lifetime is used up. It must be younger than
    // the window, must not end the order early (ACME-085), and must still count by
    // the law of the order's last day.
    const absl::Time young = now + options_.authorization_lifetime - options_.reuse_window;
    const absl::Time lasting =
        expires + options_.authorization_lifetime - options_.AuthorizationLifetimeAt(expires);
    create.set_reuse_if_valid_until(absl::ToUnixSeconds(std::max(lasting, young)));
  }

  std::set<std::string> seen;
  std::vector<errors::v1::Subproblem> refused;
  for (const v1::RequestedIdentifier& requested : request.identifiers()) {
    absl::StatusOr<Identifier> name = ParseName(options_, requested);
    if (!name.ok()) {
      const errors::v1::Error error = errors::PayloadOf(name.status());
      errors::v1::Subproblem& subproblem = refused.emplace_back();
      subproblem.set_reason(error.reason());
      subproblem.set_detail(error.detail());
      subproblem.set_identifier_type(base::Escaped(requested.type(), 32));
      subproblem.set_identifier_value(base::Escaped(requested.value(), 253));
      continue;
    }
    if (!seen.insert(name->value()).second) continue;  // ACME-076
    sa::v1::NewAuthorization& authorization = *create.add_authorizations();
    *authorization.mutable_identifier() = *std::move(name);
    authorization.set_token(sources_.random.Bytes(kTokenSize));
  }
  if (!refused.empty()) return Refusal(refused);

  ASSIGN_OR_RETURN(sa::v1::CreateOrderResponse created, orders_.CreateOrder(call, create));
  audit::v1::Event event = audit::EventOf(call);
  audit::v1::OrderCreated& what = *event.mutable_order_created();
  what.set_order_id(created.order().order_id());
  what.set_account_uri(options_.AccountUri(request.account().account_id()));
  for (const core::v1::Authorization& authorization : created.order().authorizations()) {
    *what.add_identifiers() = authorization.identifier();
  }
  RETURN_IF_ERROR(audit_.Write(event));
  v1::NewOrderResponse response;
  *response.mutable_order() = std::move(*created.mutable_order());
  return response;
}

}  // namespace cairn::ra
