#include "services/ca/core/crl_parts.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

namespace cairn::ca {
namespace {

TEST_CASE("every serial falls into one part, for ever the same, and no part stays empty",
          "[CRL-12][CRL-13]") {
  const CrlParts parts{.base_url = "http://crl.test/one/", .count = 8};
  std::map<uint32_t, int> sizes;
  for (int i = 0; i < 4000; ++i) {
    std::string serial(16, '\x07');
    serial[14] = static_cast<char>(i >> 8);
    serial[15] = static_cast<char>(i);
    const uint32_t shard = parts.ShardOf(serial);
    REQUIRE(shard < 8);
    CHECK(parts.ShardOf(serial) == shard);
    ++sizes[shard];
  }
  REQUIRE(sizes.size() == 8);
  for (const auto& [shard, size] : sizes) {
    // 500 are expected; five standard deviations are about 105.
    CHECK(size > 395);
    CHECK(size < 605);
  }
}

TEST_CASE("parts of two signers, and of two shards, have different URLs", "[CRL-10]") {
  const CrlParts parts{.base_url = "http://crl.test/one/", .count = 8};
  CHECK(parts.UrlOf(7, 0) == "http://crl.test/one/7-0.crl");
  CHECK(parts.UrlOf(7, 11) != parts.UrlOf(71, 1));
  CHECK(CrlParts{}.UrlOf(7, 0).empty());
  CHECK(CrlParts{}.ShardOf("serial") == 0);
}

}  // namespace
}  // namespace cairn::ca
