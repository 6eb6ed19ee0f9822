#include "libs/der/reader.h"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>

#include "libs/base/encoding.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::der {
namespace {

using errors::Reason;

std::string Hex(std::string_view hex) { return base::FromHex(hex).value(); }

TEST_CASE("what is not strict DER is refused") {
  const auto [why, hex] = GENERATE(table<const char*, const char*>({
      {"nothing", ""},
      {"a tag alone", "30"},
      {"content missing", "040261"},
      {"length missing", "0481"},
      {"trailing data", "050000"},
      {"indefinite length", "30800000"},
      {"long form where the short one fits", "04810161"},
      {"leading zero in a length", "0482000161"},
      {"length of five octets", "04850000000001"},
      {"high tag number", "1f1f00"},
      {"end of contents", "0000"},
      {"constructed OCTET STRING", "2403040161"},
      {"primitive SEQUENCE", "1000"},
      {"BOOLEAN 01", "010101"},
      {"BOOLEAN of two octets", "0102ffff"},
      {"empty INTEGER", "0200"},
      {"padded INTEGER", "0202007f"},
      {"padded negative INTEGER", "0202ff80"},
      {"empty BIT STRING", "0300"},
      {"eight unused bits", "030208ff"},
      {"unused bits without bits", "030101"},
      {"unused bits that are set", "0302017f"},
      {"NULL with octets", "050100"},
      {"empty OID", "0600"},
      {"padded OID", "06028001"},
      {"OID cut off", "060255ff"},
      {"OID with a huge number", "060bffffffffffffffffffff7f"},
      {"UTF8String that isn't", "0c01ff"},
      {"PrintableString with @", "130140"},
      {"IA5String with a high bit", "160180"},
      {"UTCTime without seconds", "170b323631313233303130325a"},
      {"UTCTime with an offset", "17113236313132333031303230332b30303030"},
      {"UTCTime on 31 June", "170d3236303633313030303030305a"},
      {"UTCTime at hour 24", "170d3236303633303234303030305a"},
      {"UTCTime at second 60", "170d3236303633303233353936305a"},
      {"GeneralizedTime with a fraction", "181132303530303130313030303030302e355a"},
      {"BMPString of an odd size", "1e0161"},
      {"a fault inside", "3003020200"},
      {"a fault two levels inside", "30053003010101"},
  }));
  INFO(why);
  CHECK_REASON(CheckStrict(Hex(hex)), Reason::kMalformed);
}

TEST_CASE("strict DER is accepted") {
  const char* hex = GENERATE("0500", "3000", "3100", "0101ff", "020100", "02020080", "030100",
                             "03020780", "0400", "06032a0304", "a0020500", "8000",
                             "170d3236313132333031303230335a", "300530030101ff");
  CHECK_OK(CheckStrict(Hex(hex)));
}

TEST_CASE("nesting is bounded") {
  Value nested = Null();
  for (int i = 0; i < 32; ++i) nested = Sequence(nested);
  CHECK_OK(CheckStrict(nested.bytes()));
  CHECK_REASON(CheckStrict(Sequence(nested).bytes()), Reason::kMalformed);

  const std::string deep = Sequence(nested).bytes();
  Reader reader(deep);
  int levels = 0;
  while (true) {
    absl::StatusOr<Reader> inner = reader.EnterSequence();
    if (!inner.ok()) break;
    reader = *inner;
    ++levels;
  }
  CHECK(levels == 32);
}

TEST_CASE("a reader walks a structure and says when it ends") {
  const std::string der =
      Sequence(Integer(5), Explicit(0, Null()), OctetString("x"), Oid("1.2.3")).bytes();
  Reader outer(der);
  absl::StatusOr<Reader> reader = outer.EnterSequence();
  REQUIRE_OK(reader);
  CHECK_OK(outer.Finish());
  CHECK_REASON(reader->Finish(), Reason::kMalformed);
  CHECK(reader->ReadSmallInteger().value() == 5);
  CHECK_FALSE(reader->ReadOptional(ContextConstructed(1)).value().has_value());
  absl::StatusOr<std::optional<Reader>> tagged = reader->EnterOptional(ContextConstructed(0));
  REQUIRE_OK(tagged);
  REQUIRE(tagged->has_value());
  CHECK_OK((*tagged)->ReadNull());
  CHECK(reader->ReadOctetString().value() == "x");
  CHECK(reader->ReadOid().value() == "1.2.3");
  CHECK(reader->AtEnd());
  CHECK_REASON(reader->ReadNull(), Reason::kMalformed);
}

TEST_CASE("an error leaves the reader where it was") {
  const std::string der = Hex("0202007f");
  Reader reader(der);
  CHECK_REASON(reader.ReadIntegerOctets(), Reason::kMalformed);
  CHECK_REASON(reader.ReadBoolean(), Reason::kMalformed);
  CHECK(reader.rest() == der);
}

TEST_CASE("small integers are small and not negative") {
  const auto [hex, ok] = GENERATE(table<const char*, bool>({{"020100", true},
                                                            {"02087fffffffffffffff", true},
                                                            {"0209008000000000000000", false},
                                                            {"0201ff", false}}));
  const std::string der = Hex(hex);
  CHECK(Reader(der).ReadSmallInteger().ok() == ok);
}

TEST_CASE("times are read where RFC 5280 puts them", "[PROF-10]") {
  const std::string before = Time(absl::FromUnixSeconds(2524607999)).bytes();
  const std::string after = Time(absl::FromUnixSeconds(2524608000)).bytes();
  CHECK(Reader(before).ReadTime().value() == absl::FromUnixSeconds(2524607999));
  CHECK(Reader(after).ReadTime().value() == absl::FromUnixSeconds(2524608000));
  const std::string early = Hex("180f32303236303130313030303030305a");
  CHECK_REASON(Reader(early).ReadTime(), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::der
