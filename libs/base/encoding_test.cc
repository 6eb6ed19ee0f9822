#include "libs/base/encoding.h"

#include <catch2/catch.hpp>

namespace cairn::base {
namespace {

TEST_CASE("hex and base64 read back what they wrote") {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    CHECK(FromHex(ToHex(bytes)) == bytes);
    CHECK(FromBase64Url(ToBase64Url(bytes)) == bytes);
    CHECK(FromBase64(ToBase64(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST_CASE("base64url has the vectors of RFC 4648 section 10, unpadded") {
  CHECK(ToBase64Url("f") == "Zg");
  CHECK(ToBase64Url("foobar") == "Zm9vYmFy");
  CHECK(ToBase64Url("\xfb\xff") == "-_8");
  CHECK(ToBase64("f") == "Zg==");
}

TEST_CASE("base64url refuses every second spelling", "[ACME-006]") {
  const auto [why, text] = GENERATE(table<const char*, const char*>({
      {"padding", "Zg=="},
      {"one character", "Z"},
      {"white space", "Zm9v YmFy"},
      {"line break", "Zm9v\n"},
      {"plain alphabet", "+/8"},
      {"unused bits set", "Zh"},
  }));
  INFO(why);
  CHECK_FALSE(FromBase64Url(text).has_value());
}

TEST_CASE("hex refuses upper case and odd lengths") {
  CHECK_FALSE(FromHex("AB").has_value());
  CHECK_FALSE(FromHex("abc").has_value());
  CHECK_FALSE(FromHex("zz").has_value());
}

TEST_CASE("base64 refuses wrong padding") {
  CHECK_FALSE(FromBase64("Zg").has_value());
  CHECK_FALSE(FromBase64("Z===").has_value());
  CHECK_FALSE(FromBase64("=Zg=").has_value());
}

TEST_CASE("PEM has lines of 64 characters") {
  const std::string pem = ToPem("CERTIFICATE", std::string(60, 'x'));
  CHECK(pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
  CHECK(pem.ends_with("\n-----END CERTIFICATE-----\n"));
  CHECK(pem.find('\n', 28) == 28 + 64);
}

}  // namespace
}  // namespace cairn::base
