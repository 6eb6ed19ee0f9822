#include "services/ca/core/revocation_index.h"

#include <catch2/catch.hpp>
#include <string>

namespace cairn::ca {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18

v1::JournalRecord Revoked(const std::string& serial, int reason, const std::string& url = "u") {
  v1::JournalRecord record;
  record.mutable_revocation()->set_serial(serial);
  record.mutable_revocation()->set_issuer("one");
  record.mutable_revocation()->set_reason(reason);
  record.mutable_revocation()->set_revoked_at_ms(absl::ToUnixMillis(kNow));
  record.mutable_revocation()->set_not_after_ms(absl::ToUnixMillis(kNow + absl::Hours(9)));
  record.mutable_revocation()->set_crl_url(url);
  return record;
}

v1::JournalRecord Intent(uint64_t number, const std::string& last_listed = "") {
  v1::JournalRecord record;
  record.mutable_crl_intent()->set_issuer("one");
  record.mutable_crl_intent()->set_url("u");
  record.mutable_crl_intent()->set_number(number);
  if (!last_listed.empty()) record.mutable_crl_intent()->add_last_listed(last_listed);
  return record;
}

v1::JournalRecord Done(uint64_t number, uint64_t intent) {
  v1::JournalRecord record;
  record.mutable_crl_signed()->set_issuer("one");
  record.mutable_crl_signed()->set_url("u");
  record.mutable_crl_signed()->set_number(number);
  record.mutable_crl_signed()->set_intent_index(intent);
  return record;
}

TEST_CASE("of two records of one serial the later counts, in whatever order they come",
          "[REV-16]") {
  const bool in_order = GENERATE(true, false);
  RevocationIndex index;
  index.Add(in_order ? 4 : 9, Revoked("a", in_order ? 0 : 1));
  index.Add(in_order ? 9 : 4, Revoked("a", in_order ? 1 : 0, "elsewhere"));
  const auto entry = index.Find("a");
  REQUIRE(entry.has_value());
  CHECK(entry->revoked.reason == x509::RevocationReason::kKeyCompromise);
  CHECK(entry->record == 9);
  CHECK(entry->crl_url == "u");
  CHECK(index.size() == 1);
  CHECK_FALSE(index.Find("b").has_value());
}

TEST_CASE("an entry is over when a CRL that lists it after its end is signed, not before",
          "[CRL-17]") {
  RevocationIndex index;
  index.Add(1, Revoked("a", 0));
  index.Add(2, Revoked("b", 0));
  index.Add(3, Intent(10, "a"));
  CHECK(index.Listed("one").size() == 2);
  index.Add(4, Intent(11, "a"));
  // That of the first intent: another CRL.
  index.Add(5, Done(10, 3));
  CHECK(index.Listed("one").size() == 2);
  index.Add(6, Done(11, 4));
  REQUIRE(index.Listed("one").size() == 1);
  CHECK(index.Listed("one")[0].revoked.serial == "b");
  // It stays revoked.
  CHECK(index.Find("a").has_value());
  CHECK(index.Listed("two").empty());
}

TEST_CASE("the last CRL of a part is the one that began last", "[CRL-09]") {
  RevocationIndex index;
  CHECK_FALSE(index.FindLast("one", "u").has_value());
  index.Add(3, Intent(10));
  index.Add(4, Done(10, 3));
  index.Add(5, Intent(12));
  index.Add(3, Intent(10));
  const auto last = index.FindLast("one", "u");
  REQUIRE(last.has_value());
  CHECK(last->number == 12);
  CHECK(last->intent == 5);
  CHECK_FALSE(last->signature.has_value());
  CHECK_FALSE(index.FindLast("one", "other").has_value());
  CHECK_FALSE(index.FindLast("two", "u").has_value());
}

}  // namespace
}  // namespace cairn::ca
