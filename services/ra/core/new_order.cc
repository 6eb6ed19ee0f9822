#include "services/ra/core/new_order.h"

#include <absl/time/time.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
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

// A name in canonical form with the challenges that can prove it.
absl::StatusOr<sa::v1::NewAuthorization> ParseName(const Options& options, std::string_view profile,
                                                   const v1::RequestedIdentifier& requested) {
  if (requested.type().empty() || requested.value().empty()) {
    return Make(Reason::kMalformed, "an identifier needs a type and a value");
  }
  ASSIGN_OR_RETURN(acme::RequestedName name,
                   acme::ParseIdentifier(requested.type(), requested.value()));
  const bool is_address = name.identifier.type() == Identifier::TYPE_IP;
  RETURN_IF_ERROR(is_address ? options.names.CheckAddress(name.identifier.value())
                             : options.names.Check(name.identifier.value(), name.wildcard));
  sa::v1::NewAuthorization authorization;
  for (const std::string_view method :
       options.challenges.MethodsFor(profile, is_address, name.wildcard)) {
    authorization.add_offered(std::string(method));
  }
  if (authorization.offered().empty()) {
    return Make(Reason::kRejectedIdentifier,
                base::Cat(is_address      ? "certificates for IP addresses are"
                          : name.wildcard ? "a wildcard needs a DNS challenge, which is"
                                          : "challenges for DNS names are",
                          " not offered here"));
  }
  *authorization.mutable_identifier() = std::move(name.identifier);
  authorization.set_wildcard(name.wildcard);
  return authorization;
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

  std::set<std::tuple<int, std::string, bool>> seen;
  std::vector<errors::v1::Subproblem> refused;
  for (const v1::RequestedIdentifier& requested : request.identifiers()) {
    absl::StatusOr<sa::v1::NewAuthorization> name = ParseName(options_, profile, requested);
    if (!name.ok()) {
      const errors::v1::Error error = errors::PayloadOf(name.status());
      errors::v1::Subproblem& subproblem = refused.emplace_back();
      subproblem.set_reason(error.reason());
      subproblem.set_detail(error.detail());
      subproblem.set_identifier_type(base::Escaped(requested.type(), 32));
      subproblem.set_identifier_value(base::Escaped(requested.value(), 253));
      continue;
    }
    const Identifier& identifier = name->identifier();
    if (!seen.insert({identifier.type(), identifier.value(), name->wildcard()}).second) {
      continue;  // ACME-076
    }
    sa::v1::NewAuthorization& authorization = *create.add_authorizations();
    authorization = *std::move(name);
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
