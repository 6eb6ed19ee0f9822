#include "services/wfe/core/nonces.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"
#include "services/wfe/api/fake_nonces.h"

namespace cairn::wfe {
namespace {

using errors::Reason;

const std::string kKey(32, 'k');

TEST_CASE("a nonce is redeemed once", "[ACME-051]") {
  testing::CountingRandom random;
  NonceBook book(kKey, 1, random, {});
  const std::string nonce = book.Make(), other = book.Make();
  CHECK_OK(book.Redeem({}, nonce));
  CHECK_REASON(book.Redeem({}, nonce), Reason::kBadNonce);
  CHECK_OK(book.Redeem({}, other));
}

TEST_CASE("nonces are long, different, and of base64url", "[ACME-050]") {
  base::SystemRandom random;
  NonceBook book(kKey, 1, random, {});
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string nonce = book.Make();
    REQUIRE(base::FromBase64Url(nonce).has_value());
    REQUIRE(nonce.size() == 36);
    REQUIRE(seen.insert(nonce).second);
  }
}

TEST_CASE("no changed octet makes another nonce of it", "[ACME-052]") {
  testing::CountingRandom random;
  NonceBook book(kKey, 1, random, {});
  book.Make();
  const std::string octets = *base::FromBase64Url(book.Make());
  for (size_t i = 0; i < octets.size(); ++i) {
    std::string changed = octets;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    INFO("octet " << i);
    CHECK_REASON(book.Redeem({}, base::ToBase64Url(changed)), Reason::kBadNonce);
  }
  CHECK_REASON(book.Redeem({}, base::ToBase64Url(octets.substr(1))), Reason::kBadNonce);
  CHECK_REASON(book.Redeem({}, base::ToBase64Url(octets + "x")), Reason::kBadNonce);
  CHECK_REASON(book.Redeem({}, ""), Reason::kBadNonce);
  CHECK_REASON(book.Redeem({}, "?"), Reason::kBadNonce);
  CHECK_OK(book.Redeem({}, base::ToBase64Url(octets)));
}

TEST_CASE("nonces of an earlier start, and of another key, are refused", "[ACME-052]") {
  testing::CountingRandom random;
  NonceBook before(kKey, 1, random, {});
  NonceBook now(kKey, 1, random, {});
  CHECK_REASON(now.Redeem({}, before.Make()), Reason::kBadNonce);
  testing::CountingRandom same_octets, same_octets_again;
  NonceBook one(kKey, 1, same_octets, {});
  NonceBook other_key(std::string(32, 'x'), 1, same_octets_again, {});
  one.Make();
  CHECK_REASON(one.Redeem({}, other_key.Make()), Reason::kBadNonce);
}

TEST_CASE("nonces that have left the window are refused, used or not", "[ACME-051]") {
  testing::CountingRandom random;
  NonceBook book(kKey, 1, random, {}, 8);
  std::vector<std::string> nonces;
  for (int i = 0; i < 8; ++i) nonces.push_back(book.Make());
  CHECK_OK(book.Redeem({}, nonces[1]));
  CHECK_OK(book.Redeem({}, nonces[0]));
  const std::string next = book.Make(), after = book.Make(), last = book.Make();
  // 0, 1 and 2 have left; their places belong to others now.
  CHECK_REASON(book.Redeem({}, nonces[0]), Reason::kBadNonce);
  CHECK_REASON(book.Redeem({}, nonces[1]), Reason::kBadNonce);
  CHECK_REASON(book.Redeem({}, nonces[2]), Reason::kBadNonce);
  CHECK_OK(book.Redeem({}, nonces[3]));
  CHECK_OK(book.Redeem({}, next));
  CHECK_OK(book.Redeem({}, after));
  CHECK_OK(book.Redeem({}, last));
  CHECK_REASON(book.Redeem({}, last), Reason::kBadNonce);
}

TEST_CASE("of many threads with one nonce, one passes", "[ACME-054]") {
  base::SystemRandom random;
  NonceBook book(kKey, 1, random, {});
  for (int round = 0; round < 20; ++round) {
    const std::string nonce = book.Make();
    std::atomic<int> passed = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
          if (book.Redeem({}, nonce).ok()) ++passed;
        });
      }
    }
    CHECK(passed == 1);
  }
}

TEST_CASE("another replica's nonce is redeemed there, once", "[ACME-051][ACME-055]") {
  testing::CountingRandom random;
  NonceBook there(kKey, 2, random, {});
  FakeNonces peer([&](const std::string& nonce) { return there.RedeemOwn(nonce); });
  NonceBook here(kKey, 1, random, {{2, &peer}});
  const std::string nonce = there.Make();
  CHECK_OK(here.Redeem({}, nonce));
  CHECK_REASON(here.Redeem({}, nonce), Reason::kBadNonce);
  CHECK(peer.calls() == 2);
  // One that nobody made doesn't bother the peer.
  std::string forged = *base::FromBase64Url(there.Make());
  forged.back() = static_cast<char>(forged.back() ^ 1);
  CHECK_REASON(here.Redeem({}, base::ToBase64Url(forged)), Reason::kBadNonce);
  CHECK(peer.calls() == 2);
}

TEST_CASE("a replica that is away costs a fresh nonce, no more", "[ACME-052]") {
  testing::CountingRandom random;
  NonceBook there(kKey, 2, random, {});
  FakeNonces peer([&](const std::string& nonce) { return there.RedeemOwn(nonce); });
  NonceBook here(kKey, 1, random, {{2, &peer}});
  const std::string nonce = there.Make();
  peer.FailNext(errors::Make(Reason::kUnavailable, "down"));
  CHECK_REASON(here.Redeem({}, nonce), Reason::kBadNonce);
  CHECK_OK(here.Redeem({}, nonce));
  NonceBook third(kKey, 3, random, {});
  CHECK_REASON(here.Redeem({}, third.Make()), Reason::kBadNonce);
}

}  // namespace
}  // namespace cairn::wfe
