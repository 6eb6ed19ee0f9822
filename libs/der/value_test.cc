#include "libs/der/value.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

#include "libs/base/encoding.h"
#include "libs/crypto/judge.h"
#include "libs/der/reader.h"
#include "libs/testing/status_matchers.h"

namespace cairn::der {
namespace {

std::string Hex(const Value& value) { return base::ToHex(value.bytes()); }

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  REQUIRE(absl::ParseTime(absl::RFC3339_full, text, &time, &error));
  return time;
}

TEST_CASE("values have the encodings of X.690") {
  CHECK(Hex(Boolean(true)) == "0101ff");
  CHECK(Hex(Boolean(false)) == "010100");
  CHECK(Hex(Null()) == "0500");
  CHECK(Hex(OctetString("ab")) == "04026162");
  CHECK(Hex(BitString("\x80", 7)) == "03020780");
  CHECK(Hex(Utf8String("\xc3\xa9")) == "0c02c3a9");
  CHECK(Hex(PrintableString("A b")) == "1303412062");
  CHECK(Hex(Ia5String("a@b")) == "1603614062");
  CHECK(Hex(Sequence(Null(), Boolean(true))) == "300505000101ff");
  CHECK(Hex(Sequence(std::vector<Value>{})) == "3000");
  CHECK(Hex(Explicit(3, Null())) == "a3020500");
  CHECK(Hex(Implicit(2, Ia5String("a"))) == "820161");
  CHECK(Hex(Implicit(0, Sequence(Null()))) == "a0020500");
  CHECK(Hex(Set({OctetString("b"), OctetString("a")})) == "3106040161040162");
}

TEST_CASE("integers are minimal two's complement") {
  const auto [value, hex] = GENERATE(table<int64_t, const char*>({
      {0, "020100"},
      {1, "020101"},
      {127, "02017f"},
      {128, "02020080"},
      {256, "02020100"},
      {65537, "0203010001"},
      {-1, "0201ff"},
      {-128, "020180"},
      {-129, "0202ff7f"},
      {INT64_MAX, "02087fffffffffffffff"},
      {INT64_MIN, "02088000000000000000"},
  }));
  CHECK(Hex(Integer(value)) == hex);
}

TEST_CASE("unsigned integers never look negative") {
  CHECK(Hex(UnsignedInteger("")) == "020100");
  CHECK(Hex(UnsignedInteger(std::string(3, '\0'))) == "020100");
  CHECK(Hex(UnsignedInteger("\x7f")) == "02017f");
  CHECK(Hex(UnsignedInteger("\x80")) == "02020080");
  CHECK(Hex(UnsignedInteger(std::string("\0\x80", 2))) == "02020080");
}

TEST_CASE("object identifiers encode and decode") {
  const auto [dotted, hex] = GENERATE(table<const char*, const char*>({
      {"2.5.29.15", "0603551d0f"},
      {"1.2.840.113549.1.1.11", "06092a864886f70d01010b"},
      {"2.23.140.1.2.1", "060667810c010201"},
      {"2.999.3", "0603883703"},
      {"0.39", "060127"},
      {"2.0", "060150"},
  }));
  CHECK(Hex(Oid(dotted)) == hex);
  const Value value = Oid(dotted);
  Reader reader(value.bytes());
  CHECK(reader.ReadOid().value() == dotted);
}

TEST_CASE("named bits leave trailing zeros out") {
  CHECK(Hex(NamedBits({0})) == "03020780");
  CHECK(Hex(NamedBits({5, 6})) == "03020106");
  CHECK(Hex(NamedBits({0, 8})) == "0303078080");
  CHECK(Hex(NamedBits({})) == "030100");
}

TEST_CASE("time is UTCTime until 2049 and GeneralizedTime after", "[PROF-10]") {
  CHECK(Time(At("2026-11-23T01:02:03Z")).bytes() ==
        "\x17\x0d"
        "261123010203Z");
  CHECK(Time(At("2049-12-31T23:59:59Z")).bytes() ==
        "\x17\x0d"
        "491231235959Z");
  CHECK(Time(At("2050-01-01T00:00:00Z")).bytes() ==
        "\x18\x0f"
        "20500101000000Z");
  CHECK(Time(At("2026-11-23T01:02:03.9Z")).bytes() ==
        "\x17\x0d"
        "261123010203Z");
}

TEST_CASE("GeneralizedTime can say every year that can be read") {
  for (const char* octets : {"\x18\x0f"
                             "02261126115252Z",
                             "\x18\x0f"
                             "20261126115252Z",
                             "\x18\x0f"
                             "99991231235959Z"}) {
    Reader reader(octets);
    CHECK(GeneralizedTime(reader.ReadGeneralizedTime().value()).bytes() == octets);
  }
}

TEST_CASE("lengths take the shortest form, and OpenSSL agrees") {
  const size_t size = GENERATE(0, 1, 127, 128, 129, 255, 256, 65535, 65536, 70000);
  const Value value = OctetString(std::string(size, 'x'));
  CHECK(crypto::judge::IsAsn1Element(value.bytes()));
  CHECK_OK(CheckStrict(value.bytes()));
  Reader reader(value.bytes());
  CHECK(reader.ReadOctetString().value().size() == size);
  CHECK(reader.AtEnd());
}

}  // namespace
}  // namespace cairn::der
