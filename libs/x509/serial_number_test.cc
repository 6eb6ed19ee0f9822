#include "libs/x509/serial_number.h"

#include <catch2/catch.hpp>
#include <set>
#include <tuple>

#include "libs/base/encoding.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"

namespace cairn::x509 {
namespace {

TEST_CASE("Draw puts the instance first and random octets after it", "[PROF-02][PROF-03]") {
  testing::CountingRandom random;  // 00 01 02 ...
  CHECK(SerialNumber::Draw(0x7f, random).ToHex() == "7f000102030405060708090a0b0c0d0e");
}

TEST_CASE("a serial is a positive INTEGER of 16 octets", "[PROF-02]") {
  base::SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const SerialNumber serial = SerialNumber::Draw(0x01, random);
    CHECK(der::UnsignedInteger(serial.bytes()).bytes().substr(0, 3) == "\x02\x10\x01");
    CHECK(seen.insert(serial.ToHex()).second);
  }
}

TEST_CASE("FromHex and FromBytes read back what was drawn") {
  testing::CountingRandom random;
  const SerialNumber drawn = SerialNumber::Draw(0x01, random);
  CHECK(SerialNumber::FromHex(drawn.ToHex()).value() == drawn);
  CHECK(SerialNumber::FromBytes(drawn.bytes()).value() == drawn);
}

TEST_CASE("FromHex rejects every other spelling") {
  const auto [why, hex] = GENERATE(table<const char*, const char*>({
      {"empty", ""},
      {"one digit short", "7f000102030405060708090a0b0c0d0"},
      {"one digit long", "7f000102030405060708090a0b0c0d0e0"},
      {"an octet long", "7f000102030405060708090a0b0c0d0e00"},
      {"upper case", "7F000102030405060708090A0B0C0D0E"},
      {"not hex", "7g000102030405060708090a0b0c0d0e"},
      {"instance zero", "00000102030405060708090a0b0c0d0e"},
      {"negative", "80000102030405060708090a0b0c0d0e"},
  }));
  INFO(why);
  CHECK_REASON(SerialNumber::FromHex(hex), errors::Reason::kMalformed);
  CHECK_REASON(SerialNumber::FromBytes(base::FromHex(hex).value_or("")),
               errors::Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::x509
