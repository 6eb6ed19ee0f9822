#include "libs/crypto/digest.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"

namespace cairn::crypto {
namespace {

// FIPS 180-4's examples, as published by NIST.
TEST_CASE("digests of \"abc\" are the published ones") {
  CHECK(base::ToHex(Sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(base::ToHex(Sha384("abc")) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7");
  CHECK(base::ToHex(Sha512("abc")) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("the SHA-1 of \"abc\" is the published one") {
  CHECK(base::ToHex(Sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("the digest of nothing is defined") {
  CHECK(base::ToHex(Sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256({}) == Sha256(""));
}

TEST_CASE("HMAC-SHA256 agrees with RFC 4231") {
  CHECK(base::ToHex(HmacSha256(std::string(20, '\x0b')).Tag("Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(base::ToHex(HmacSha256("Jefe").Tag("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("an HMAC key may be empty or long, and gives the same tag each time") {
  const HmacSha256 empty({});
  for (int i = 0; i < 2; ++i) {
    CHECK(base::ToHex(empty.Tag({})) ==
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  }
  // RFC 4231 section 4.7: a key longer than a block.
  const HmacSha256 large(std::string(131, '\xaa'));
  large.Tag("something else");
  CHECK(base::ToHex(large.Tag("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace cairn::crypto
