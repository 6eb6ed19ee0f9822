#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "protos/core/v1/core.pb.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::sa {

// What is stored of an order's status. The rest follows from its authorizations
// and the time, so that no row has to change when a client's work or the clock
// makes an order ready or lets it expire.
enum class OrderState : uint8_t { kOpen = 1, kProcessing = 2, kValid = 3, kInvalid = 4 };

// What an authorization is now, of which `stored` is kept: a pending or a valid
// one is expired from its `expires_at` on (RFC 8555 section 7.1.6).
core::v1::Authorization::Status StatusNow(core::v1::Authorization::Status stored,
                                          int64_t expires_at, int64_t now);

// Sets `order.status`, and `order.problem` unless it has one, from its expiry and
// the statuses (as of `now`) of its authorizations: RFC 8555 section 7.1.6.
void DeriveStatus(OrderState state, int64_t now, core::v1::Order& order);

// Whether `names`, each there once, are those of the order's authorizations.
bool HasNames(const core::v1::Order& order,
              const google::protobuf::RepeatedPtrField<v1::Name>& names);

// For people: why an order of this status can't be finalized. Not for READY.
std::string_view WhyNotReady(core::v1::Order::Status status);

// A new order's id: 42 bits of milliseconds since 2026, so that new rows come
// last in the table, and 22 random ones, so that neither several writers need to
// agree nor a client can count orders. Two may be equal: the table refuses that.
uint64_t NewOrderId(const base::Clock& clock, base::Random& random);

// The least id that an order made at `time` or later may have; 0 before 2026.
uint64_t LeastOrderIdAt(absl::Time time);

}  // namespace cairn::sa
