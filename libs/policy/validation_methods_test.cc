#include "libs/policy/validation_methods.h"

#include <catch2/catch.hpp>
#include <set>

namespace cairn::policy {
namespace {

using Methods = std::vector<std::string_view>;

TEST_CASE("what a method can prove is what BR 3.2.2.4's table says",
          "[VAL-04][VAL-35][VAL-37][VAL-45][VAL-53][VAL-69]") {
  struct Row {
    std::string_view name, section, address_section;
    bool wildcard, token;
  };
  const Row rows[] = {
      {"dns-01", "3.2.2.4.7", "", true, true},
      {"http-01", "3.2.2.4.19", "3.2.2.5.6", false, true},
      {"tls-alpn-01", "3.2.2.4.20", "3.2.2.5.7", false, true},
      {"dns-account-01", "3.2.2.4.21", "", true, true},
      {"dns-persist-01", "3.2.2.4.22", "", true, false},
  };
  CHECK(ValidationMethods().size() == std::size(rows));
  for (const Row& row : rows) {
    const ValidationMethod* method = FindValidationMethod(row.name);
    REQUIRE(method != nullptr);
    CAPTURE(std::string(row.name));
    CHECK(method->domain_section == row.section);
    // Those of the BR's address sections that stay after 2027-03-15, and no other.
    CHECK(method->address_section == row.address_section);
    CHECK(method->CanProve(/*is_address=*/false, /*is_wildcard=*/false));
    CHECK(method->CanProve(false, true) == row.wildcard);
    CHECK(method->CanProve(true, false) == !row.address_section.empty());
    CHECK_FALSE(method->CanProve(true, true));
    CHECK(method->has_token == row.token);
  }
}

TEST_CASE("methods that are retired, or that nobody runs here, are unknown",
          "[VAL-10][VAL-11][VAL-12]") {
  for (const char* name : {"", "http-02", "tls-sni-01", "tls-sni-02", "email-reply-00",
                           "proofOfPossession", "HTTP-01", "3.2.2.4.6", "whois", "http-01 "}) {
    CAPTURE(name);
    CHECK(FindValidationMethod(name) == nullptr);
  }
}

TEST_CASE("a record that stays proves for its TTL, at most ten days", "[VAL-63]") {
  const ValidationMethod& persistent = *FindValidationMethod("dns-persist-01");
  CHECK(MaxAgeOfProof(persistent, absl::Hours(3)) == absl::Hours(3));
  CHECK(MaxAgeOfProof(persistent, absl::Hours(24 * 10)) == absl::Hours(240));
  CHECK(MaxAgeOfProof(persistent, absl::Hours(24 * 11)) == absl::Hours(240));
  // Long enough for the order that it was looked up for.
  CHECK(MaxAgeOfProof(persistent, absl::Seconds(1)) == absl::Minutes(15));
  CHECK(MaxAgeOfProof(persistent, -absl::Seconds(1)) == absl::Minutes(15));
  CHECK(MaxAgeOfProof(persistent, absl::InfiniteDuration()) == absl::Hours(240));
  // Other methods' proofs have the calendar's age, whatever their TTL.
  for (const char* name : {"http-01", "dns-01", "tls-alpn-01", "dns-account-01"}) {
    CHECK(MaxAgeOfProof(*FindValidationMethod(name), absl::Seconds(1)) == absl::InfiniteDuration());
  }
}

TEST_CASE("each name is offered what can prove it, by the order's profile") {
  const ChallengeOffer plain = ChallengeOffer::Default();
  CHECK(plain.MethodsFor("any", false, false) == Methods{"http-01", "dns-01", "tls-alpn-01"});
  CHECK(plain.MethodsFor("any", false, true) == Methods{"dns-01"});
  CHECK(plain.MethodsFor("any", true, false) == Methods{"http-01", "tls-alpn-01"});

  const auto offer =
      ChallengeOffer::Create({{"persistent", {"dns-persist-01", "dns-01"}}, {"web", {"http-01"}}});
  REQUIRE(offer.has_value());
  CHECK(offer->MethodsFor("persistent", false, true) == Methods{"dns-persist-01", "dns-01"});
  CHECK(offer->MethodsFor("persistent", true, false).empty());
  CHECK(offer->MethodsFor("web", false, true).empty());
  // Profiles without an entry have the default.
  CHECK(offer->MethodsFor("other", false, true) == Methods{"dns-01"});
  CHECK(offer->Offers("dns-persist-01", "persistent", false, false));
  CHECK_FALSE(offer->Offers("dns-persist-01", "other", false, false));
  CHECK_FALSE(offer->Offers("dns-01", "web", false, false));

  const auto of_all = ChallengeOffer::Create({{"", {"dns-01"}}, {"web", {"http-01"}}});
  REQUIRE(of_all.has_value());
  CHECK(of_all->MethodsFor("other", false, false) == Methods{"dns-01"});
  CHECK(of_all->MethodsFor("web", false, false) == Methods{"http-01"});
}

TEST_CASE("an offer of unknown things is none") {
  CHECK_FALSE(ChallengeOffer::Create({{"", {"http-02"}}}).has_value());
  CHECK_FALSE(ChallengeOffer::Create({{"", {"http-01", "http-01"}}}).has_value());
  CHECK_FALSE(ChallengeOffer::Create({{"a", {"http-01"}}, {"a", {"dns-01"}}}).has_value());
}

}  // namespace
}  // namespace cairn::policy
