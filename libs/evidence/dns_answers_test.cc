#include "libs/evidence/dns_answers.h"

#include <catch2/catch.hpp>

namespace cairn::evidence {
namespace {

using dns::Dnssec;
using dns::Type;

TEST_CASE("a receipt holds of each answer what shows that it was validated",
          "[DNSSEC-07][LOG-13][CAA-34]") {
  v1::Receipt receipt;
  AddDnsAnswers({{{"a.test", Type::kA},
                  {.rcode = dns::kNoError,
                   .records = {"1234", "5678"},
                   .aliases = {"b.test"},
                   .dnssec = Dnssec::kSecure,
                   .ttl = absl::Seconds(60)}},
                 {{"a.test", Type::kCaa},
                  {.dnssec = Dnssec::kBogus, .why = "signature expired", .extended_error = 7}}},
                receipt);
  REQUIRE(receipt.dns_size() == 2);
  const v1::DnsAnswer& a = receipt.dns(0);
  CHECK(a.name() == "a.test");
  CHECK(a.type() == "A");
  CHECK(a.rcode() == 0);
  CHECK(a.dnssec() == "secure");
  CHECK(a.ttl_seconds() == 60);
  CHECK(a.records() == 2);
  CHECK(a.aliases(0) == "b.test");
  CHECK_FALSE(a.has_extended_error());
  const v1::DnsAnswer& caa = receipt.dns(1);
  CHECK(caa.type() == "CAA");
  CHECK(caa.rcode() == 2);
  CHECK(caa.dnssec() == "bogus");
  CHECK(caa.records() == 0);
  CHECK(caa.why() == "signature expired");
  CHECK(caa.extended_error() == 7);
}

TEST_CASE("a receipt does not grow with the number of answers") {
  std::map<dns::Question, dns::Answer> answers;
  for (int i = 0; i < 100; ++i) answers[{std::to_string(i) + ".test", Type::kA}] = {};
  v1::Receipt receipt;
  AddDnsAnswers(answers, receipt);
  CHECK(receipt.dns_size() == 64);
}

}  // namespace
}  // namespace cairn::evidence
