#include "libs/acme/urls.h"

#include <catch2/catch.hpp>

#include "libs/acme/account_id.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"

namespace cairn::acme {
namespace {

constexpr char kBase[] = "https://acme.test";

TEST_CASE("an account id depends on key and salt, and has one spelling", "[ACCT-18]") {
  const std::string thumbprint(32, 't'), salt(16, 's');
  const auto id = AccountId::Derive(thumbprint, salt);
  REQUIRE_OK(id);
  CHECK(id->bytes().size() == 24);
  CHECK(AccountId::FromText(id->ToText()) == *id);
  CHECK(AccountId::FromBytes(id->bytes()) == *id);
  CHECK(*AccountId::Derive(std::string(32, 'u'), salt) != *id);
  CHECK(*AccountId::Derive(thumbprint, std::string(16, 'u')) != *id);
  CHECK_FALSE(AccountId::FromText(id->ToText() + "A").has_value());
  CHECK_REASON(AccountId::Derive(thumbprint, "short"), errors::Reason::kMalformed);
  CHECK_REASON(AccountId::Derive("short", salt), errors::Reason::kMalformed);
}

TEST_CASE("URLs read back what was written, and nothing else", "[ACME-029]") {
  const AccountId id = *AccountId::Derive(std::string(32, 't'), std::string(16, 's'));
  const std::string account = AccountUrl(kBase, id);
  CHECK(ParseAccountUrl(kBase, account) == id);
  CHECK_FALSE(ParseAccountUrl(kBase, account + "/").has_value());
  CHECK_FALSE(ParseAccountUrl(kBase, id.ToText()).has_value());
  CHECK_FALSE(ParseAccountUrl("http://acme.test", account).has_value());
  CHECK_FALSE(ParseAccountUrl("https://other.test", account).has_value());

  const std::string finalize = FinalizeUrl(kBase, 0xabc);
  CHECK(finalize == "https://acme.test/acme/order/0000000000000abc/finalize");
  CHECK(ParseFinalizeUrl(kBase, finalize) == 0xabc);
  for (const char* other :
       {"https://acme.test/acme/order/0000000000000ABC/finalize",
        "https://acme.test/acme/order/abc/finalize", "https://acme.test/acme/order/finalize",
        "https://acme.test/acme/order//finalize",
        "https://acme.test/acme/order/0000000000000abc/finalize/",
        "https://acme.test/acme/order/0000000000000abc",
        "https://acme.test.evil.test/acme/order/0000000000000abc/finalize"}) {
    INFO(other);
    CHECK_FALSE(ParseFinalizeUrl(kBase, other).has_value());
  }
}

TEST_CASE("a base URL is https, host and port", "[ACME-001]") {
  CHECK(IsBaseUrl("https://acme.test"));
  CHECK(IsBaseUrl("https://localhost:14000"));
  for (const char* other :
       {"", "https://", "acme.test", "https://acme.test/", "https://a.test/b", "https://a.test?b",
        "https://A.test", "ftp://a.test", "http://acme.test"}) {
    INFO(other);
    CHECK_FALSE(IsBaseUrl(other));
  }
  CHECK(IsBaseUrl("http://127.0.0.1:80", /*plain_http=*/true));
  CHECK_FALSE(IsBaseUrl("http://", /*plain_http=*/true));
}

TEST_CASE("paths of authorizations and challenges") {
  const auto challenge = ParseChallengePath("0000000000000abc/7/http-01");
  REQUIRE(challenge.has_value());
  CHECK(challenge->order_id == 0xabc);
  CHECK(challenge->position == 7);
  CHECK(challenge->method == "http-01");
  CHECK(ChallengeUrl(kBase, 0xabc, 7, "http-01") ==
        "https://acme.test/acme/challenge/0000000000000abc/7/http-01");
  for (const char* other :
       {"", "/", "0000000000000abc", "0000000000000abc/", "0000000000000abc/07",
        "0000000000000abc/-1", "0000000000000abc/4294967296", "x/1", "0000000000000abc/1/2"}) {
    INFO(other);
    CHECK_FALSE(ParseAuthorizationPath(other).has_value());
  }
}

}  // namespace
}  // namespace cairn::acme
