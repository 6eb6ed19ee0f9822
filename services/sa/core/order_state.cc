#include "services/sa/core/order_state.h"

#include <absl/time/time.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::sa {
namespace {

using core::v1::Authorization;
using core::v1::Order;

constexpr int64_t kMillisecondsAt2026 = 1'767'225'600'000;
constexpr int kRandomBits = 22;

void Fail(errors::Reason reason, std::string_view detail, Order& order) {
  order.set_status(Order::STATUS_INVALID);
  if (order.has_problem()) return;
  order.mutable_problem()->set_reason(static_cast<int>(reason));
  order.mutable_problem()->set_detail(std::string(detail));
}

void DeriveOpen(int64_t now, Order& order) {
  if (now >= order.expires_at()) {
    return Fail(errors::Reason::kMalformed, "the order has expired", order);
  }
  bool all_valid = true;
  for (const Authorization& authorization : order.authorizations()) {
    switch (authorization.status()) {
      case Authorization::STATUS_VALID:
        break;
      case Authorization::STATUS_PENDING:
      case Authorization::STATUS_PROCESSING:
        all_valid = false;
        break;
      default:
        if (authorization.has_problem() && !order.has_problem()) {
          *order.mutable_problem() = authorization.problem();
        }
        return Fail(errors::Reason::kUnauthorized,
                    base::Cat("the authorization for ", authorization.identifier().value(),
                              " is no longer valid"),
                    order);
    }
  }
  order.set_status(all_valid ? Order::STATUS_READY : Order::STATUS_PENDING);
}

}  // namespace

Authorization::Status StatusNow(Authorization::Status stored, int64_t expires_at, int64_t now) {
  const bool expires =
      stored == Authorization::STATUS_PENDING || stored == Authorization::STATUS_VALID;
  return expires && now >= expires_at ? Authorization::STATUS_EXPIRED : stored;
}

void DeriveStatus(OrderState state, int64_t now, Order& order) {
  switch (state) {
    case OrderState::kOpen:
      return DeriveOpen(now, order);
    case OrderState::kProcessing:
      return order.set_status(Order::STATUS_PROCESSING);
    case OrderState::kValid:
      return order.set_status(Order::STATUS_VALID);
    case OrderState::kInvalid:
      return order.set_status(Order::STATUS_INVALID);
  }
}

bool HasNames(const Order& order, const google::protobuf::RepeatedPtrField<v1::Name>& names) {
  using Key = std::tuple<int, std::string_view, bool>;
  std::set<Key> wanted;
  for (const v1::Name& name : names) {
    wanted.emplace(name.identifier().type(), name.identifier().value(), name.wildcard());
  }
  if (order.authorizations_size() != names.size() ||
      names.size() != static_cast<int>(wanted.size())) {
    return false;
  }
  return std::all_of(
      order.authorizations().begin(), order.authorizations().end(), [&](const Authorization& a) {
        return wanted.contains(Key(a.identifier().type(), a.identifier().value(), a.wildcard()));
      });
}

std::string_view WhyNotReady(core::v1::Order::Status status) {
  switch (status) {
    case core::v1::Order::STATUS_PENDING:
      return "not all authorizations of the order are valid";
    case core::v1::Order::STATUS_PROCESSING:
      return "the order is being issued already";
    case core::v1::Order::STATUS_VALID:
      return "the order has its certificate already";
    default:
      return "the order is invalid; please make a new one";
  }
}

uint64_t NewOrderId(const base::Clock& clock, base::Random& random) {
  const uint64_t milliseconds =
      static_cast<uint64_t>(absl::ToUnixMillis(clock.Now()) - kMillisecondsAt2026);
  return milliseconds << kRandomBits | (random.Uint64() & ((uint64_t{1} << kRandomBits) - 1));
}

uint64_t LeastOrderIdAt(absl::Time time) {
  const int64_t milliseconds = absl::ToUnixMillis(time) - kMillisecondsAt2026;
  return static_cast<uint64_t>(std::max<int64_t>(milliseconds, 0)) << kRandomBits;
}

}  // namespace cairn::sa
