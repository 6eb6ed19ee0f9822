#include "services/sa/storage/authorization_cache.h"

#include <catch2/catch.hpp>

namespace cairn::sa {
namespace {

using core::v1::Authorization;

Authorization Pending(uint64_t order_id) {
  Authorization authorization;
  authorization.set_order_id(order_id);
  authorization.set_status(Authorization::STATUS_PENDING);
  return authorization;
}

TEST_CASE("the authorization that was not used for longest makes room") {
  AuthorizationCache cache(2);
  cache.Put(Pending(1));
  cache.Put(Pending(2));
  CHECK(cache.Get(1, 0).has_value());
  cache.Put(Pending(3));
  CHECK(cache.Get(1, 0).has_value());
  CHECK_FALSE(cache.Get(2, 0).has_value());
  CHECK(cache.Get(3, 0)->order_id() == 3);
  CHECK_FALSE(cache.Get(3, 1).has_value());
}

TEST_CASE("only a pending authorization is kept: the others may still change") {
  AuthorizationCache cache;
  Authorization valid = Pending(1);
  valid.set_status(Authorization::STATUS_VALID);
  cache.Put(valid);
  CHECK_FALSE(cache.Get(1, 0).has_value());
}

}  // namespace
}  // namespace cairn::sa
