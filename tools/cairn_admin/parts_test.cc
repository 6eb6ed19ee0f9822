#include <absl/time/time.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/errors/errors.h"
#include "libs/evidence/receipt.h"
#include "libs/testing/status_matchers.h"
#include "protos/core/v1/core.pb.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/sa/v1/sa.pb.h"
#include "tools/cairn_admin/arguments.h"
#include "tools/cairn_admin/explain.h"

namespace cairn::admin {
namespace {

using Catch::Contains;
using core::v1::Authorization;
using errors::Reason;
using evidence::v1::Receipt;

constexpr int64_t kAt = 1'800'000'000;

Receipt Good(const std::string& perspective, Receipt::Rir rir) {
  Receipt receipt;
  receipt.set_version(1);
  receipt.set_perspective_id(perspective);
  receipt.set_rir(rir);
  receipt.set_observed_at(kAt);
  receipt.set_software_version("va 1.2");
  receipt.set_resolver("libunbound 1.17.1");
  auto& control = *receipt.mutable_control();
  control.set_method("http-01");
  control.set_corroborated(true);
  auto& hop = *control.add_hops();
  hop.set_url("http://a.test/.well-known/acme-challenge/x");
  hop.add_addresses("192.0.2.1");
  hop.set_dialled("192.0.2.1:80");
  hop.set_http_status(200);
  hop.set_dnssec("secure");
  auto& caa = *receipt.mutable_caa();
  caa.set_permits(true);
  caa.set_found_at("a.test");
  caa.add_records("0 issue \"ca.test\"");
  caa.set_decided_by("0 issue \"ca.test\"");
  caa.set_clause("RFC 8659 section 4.2");
  auto& answer = *receipt.add_dns();
  answer.set_name("a.test");
  answer.set_type("CAA");
  answer.set_dnssec("secure");
  answer.set_ttl_seconds(300);
  answer.set_records(1);
  return receipt;
}

Receipt Failing(const std::string& perspective) {
  Receipt receipt = Good(perspective, Receipt::RIR_APNIC);
  auto& control = *receipt.mutable_control();
  control.set_corroborated(false);
  control.mutable_problem()->set_reason(static_cast<int>(Reason::kConnection));
  control.mutable_problem()->set_detail("198.51.100.7:80: timed out");
  auto& hop = *control.mutable_hops(0);
  hop.set_addresses(0, "198.51.100.7");
  hop.set_dialled("198.51.100.7:80");
  hop.set_first_dialled("[2001:db8::7]:80");
  hop.set_http_status(0);
  auto& answer = *receipt.add_dns();
  answer.set_name("a.test");
  answer.set_type("AAAA");
  answer.set_rcode(2);
  answer.set_dnssec("bogus");
  answer.set_why("signature expired");
  answer.set_extended_error(7);
  return receipt;
}

sa::v1::StoredValidation Stored(const std::vector<Receipt>& receipts) {
  sa::v1::StoredValidation validation;
  Authorization& authorization = *validation.mutable_authorization();
  authorization.set_order_id(0x1234);
  authorization.mutable_identifier()->set_value("a.test");
  authorization.set_status(Authorization::STATUS_VALID);
  authorization.set_method("http-01");
  authorization.add_offered("http-01");
  authorization.add_offered("dns-01");
  authorization.set_validated_at(kAt);
  authorization.set_expires_at(kAt + 60);
  validation.mutable_place()->set_order_id(0x1234);
  validation.set_corroboration("3/3");
  for (const Receipt& receipt : receipts) {
    validation.mutable_attempt()->add_receipts()->set_receipt(receipt.SerializeAsString());
  }
  return validation;
}

TEST_CASE("perspectives that agree are a line each, and one of them is shown in full",
          "[LOG-04][LOG-05][LOG-06][LOG-13]") {
  const auto validation =
      Stored({Good("primary", Receipt::RIR_ARIN), Good("remote-1", Receipt::RIR_RIPE_NCC),
              Good("remote-2", Receipt::RIR_APNIC)});
  const std::string text = ExplainText(validation, {}, false);
  CHECK_THAT(text, Contains(";; a.test: valid\n"));
  CHECK_THAT(text, Contains(";; method: http-01 (offered: http-01, dns-01)\n"));
  CHECK_THAT(text, Contains(";; validated: 2027-01-15T08:00:00Z"));
  CHECK_THAT(text, Contains("order 0000000000001234, position 0\n"));
  CHECK_THAT(text, Contains(";; corroboration: 3/3\n"));
  CHECK_THAT(
      text,
      Contains("remote-1     RIPE NCC  yes      permits  192.0.2.1:80  secure  not verified"));
  CHECK_THAT(text, Contains("primary (ARIN), at 2027-01-15T08:00:00Z"));
  CHECK_THAT(text, Contains("libunbound 1.17.1"));
  CHECK_THAT(text, Contains("RFC 8659 section 4.2"));
  CHECK_THAT(text, Contains("a.test CAA NOERROR, secure, TTL 300, 1 record\n"));
  CHECK_THAT(text, !Contains("remote-2 (APNIC)"));
  CHECK_THAT(text, Contains("2 more came to the same; --all shows them"));
  const std::string all = ExplainText(validation, {}, true);
  CHECK_THAT(all, Contains("remote-2 (APNIC)"));
  CHECK_THAT(all, !Contains("more came to the same"));
}

TEST_CASE("the perspective that saw something else comes first, with why",
          "[LOG-05][LOG-06][LOG-13]") {
  auto validation = Stored({Good("primary", Receipt::RIR_ARIN), Good("remote-1", Receipt::RIR_ARIN),
                            Failing("remote-2")});
  validation.mutable_authorization()->set_status(Authorization::STATUS_INVALID);
  auto& problem = *validation.mutable_authorization()->mutable_problem();
  problem.set_reason(static_cast<int>(Reason::kUnauthorized));
  problem.set_detail("too few perspectives agree");
  const std::string text = ExplainText(validation, {}, false);
  CHECK_THAT(text, Contains(";; a.test: INVALID\n"));
  CHECK_THAT(text, Contains(";; problem: unauthorized: too few perspectives agree\n"));
  CHECK_THAT(text, Contains("NO connection"));
  CHECK_THAT(text, Contains("connection: 198.51.100.7:80: timed out"));
  CHECK_THAT(text, Contains("[2001:db8::7]:80"));
  CHECK_THAT(text,
             Contains("a.test AAAA SERVFAIL, bogus, TTL 0, 0 records; signature expired; EDE 7"));
  CHECK(text.find("remote-2 (APNIC)") < text.find("primary (ARIN)"));
}

TEST_CASE("a TXT lookup and a TLS handshake are shown as they were", "[LOG-05]") {
  Receipt dns = Good("primary", Receipt::RIR_ARIN);
  dns.mutable_control()->clear_hops();
  dns.mutable_control()->set_method("dns-01");
  auto& lookup = *dns.mutable_control()->mutable_lookup();
  lookup.set_name("_acme-challenge.a.test");
  lookup.add_aliases("x.example");
  lookup.set_rcode(3);
  lookup.set_dnssec("insecure");
  Receipt tls = Good("remote-1", Receipt::RIR_ARIN);
  tls.mutable_control()->clear_hops();
  auto& handshake = *tls.mutable_control()->mutable_tls();
  handshake.set_server_name("a.test");
  handshake.set_dialled("192.0.2.1:443");
  const std::string text = ExplainText(Stored({dns, tls}), {}, true);
  CHECK_THAT(text, Contains("_acme-challenge.a.test"));
  CHECK_THAT(text, Contains("x.example"));
  CHECK_THAT(text, Contains("NXDOMAIN"));
  CHECK_THAT(text, Contains("no record"));
  CHECK_THAT(text, Contains("192.0.2.1:443"));
  CHECK_THAT(text, Contains("no handshake"));
}

TEST_CASE("nothing from outside reaches the terminal as it came") {
  const std::string hostile = "\x1b]0;owned\x07\r\n;; a.test: valid\xc2\x9b\xe2\x80\xae";
  Receipt receipt = Failing(hostile);
  receipt.set_software_version(hostile);
  receipt.mutable_control()->mutable_problem()->set_detail(hostile);
  receipt.mutable_control()->mutable_hops(0)->set_url(hostile);
  receipt.mutable_control()->mutable_hops(0)->set_dialled(hostile);
  receipt.mutable_control()->mutable_lookup()->add_records(hostile);
  receipt.mutable_control()->mutable_tls()->set_alpn(hostile);
  receipt.mutable_caa()->add_records(hostile);
  receipt.mutable_dns(0)->set_name(hostile);
  receipt.mutable_dns(0)->set_why(hostile);
  auto validation = Stored({receipt});
  validation.set_corroboration(hostile);
  validation.mutable_authorization()->set_method(hostile);
  validation.mutable_authorization()->mutable_identifier()->set_value(hostile);
  const std::string text = ExplainText(validation, {}, true);
  CHECK(std::all_of(text.begin(), text.end(),
                    [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  CHECK_THAT(text, !Contains("\n;; a.test: valid"));
  const std::string json = ExplainJson(validation, {});
  CHECK(std::none_of(json.begin(), json.end(),
                     [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }));
}

TEST_CASE("a signature counts as verified only with the perspective's own key") {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  const crypto::PrivateKey other = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  const auto signed_receipt = evidence::SignReceipt(key, Good("primary", Receipt::RIR_ARIN));
  REQUIRE_OK(signed_receipt);
  evidence::v1::Attempt attempt;
  *attempt.add_receipts() = *signed_receipt;
  CHECK(Open(attempt, {}).at(0).signature == Signature::kNotVerified);
  CHECK(Open(attempt, {{"remote-1", key.public_key()}}).at(0).signature == Signature::kNotVerified);
  CHECK(Open(attempt, {{"primary", key.public_key()}}).at(0).signature == Signature::kVerified);
  CHECK(Open(attempt, {{"primary", other.public_key()}}).at(0).signature == Signature::kForged);
  sa::v1::StoredValidation validation = Stored({});
  *validation.mutable_attempt() = attempt;
  CHECK_THAT(ExplainText(validation, {{"primary", other.public_key()}}, false), Contains("FORGED"));
  CHECK_THAT(ExplainJson(validation, {{"primary", key.public_key()}}),
             Contains(R"("signature":"verified","receipt":{"version":1)"));
}

TEST_CASE("what is missing or can't be read is said", "[LOG-05]") {
  auto validation = Stored({});
  validation.mutable_place()->set_order_id(0x5678);
  validation.mutable_place()->set_position(2);
  const std::string none = ExplainText(validation, {}, false);
  CHECK_THAT(none, Contains("no perspective's receipt is stored"));
  CHECK_THAT(none, Contains("order 0000000000005678, position 2\n"));
  CHECK_THAT(none, Contains("this is the evidence of order 0000000000001234, position 0\n"));
  validation.mutable_attempt()->add_receipts()->set_receipt("\xff");
  CHECK_THAT(ExplainText(validation, {}, false), Contains("a receipt that can't be read"));
  CHECK_THAT(ExplainJson(validation, {}), Contains("\"receipt\":null"));
  Receipt recheck = Good("primary", Receipt::RIR_ARIN);
  recheck.clear_control();
  recheck.mutable_caa()->set_permits(false);
  validation.add_caa_rechecks()->add_receipts()->set_receipt(recheck.SerializeAsString());
  CHECK_THAT(ExplainText(validation, {}, false), Contains(";; CAA recheck before issuance"));
  CHECK_THAT(ExplainText(validation, {}, false), Contains("FORBIDS"));
}

TEST_CASE("a name, a URL, an order's id and a serial are told apart") {
  sa::v1::FindValidationsRequest request;
  REQUIRE_OK(ParseWhat("*.Example.COM", request));
  CHECK(request.name().identifier().value() == "example.com");
  CHECK(request.name().wildcard());
  REQUIRE_OK(ParseWhat("example.com.", request));
  CHECK(request.name().identifier().value() == "example.com");
  CHECK_FALSE(request.name().wildcard());
  REQUIRE_OK(ParseWhat("192.0.2.1", request));
  CHECK(request.name().identifier().type() == core::v1::Identifier::TYPE_IP);
  REQUIRE_OK(ParseWhat("https://ca.test/acme/authorization/00000000000000ab/3", request));
  CHECK(request.authorization().order_id() == 0xab);
  CHECK(request.authorization().position() == 3);
  REQUIRE_OK(ParseWhat("https://ca.test/acme/challenge/00000000000000ac/1/dns-01", request));
  CHECK(request.authorization().order_id() == 0xac);
  REQUIRE_OK(ParseWhat("https://ca.test/acme/order/00000000000000ad/finalize", request));
  CHECK(request.order_id() == 0xad);
  REQUIRE_OK(ParseWhat("00000000000000AE", request));
  CHECK(request.order_id() == 0xae);
  REQUIRE_OK(ParseWhat(std::string(32, 'f'), request));
  CHECK(request.serial() == std::string(16, '\xff'));
  for (const char* wrong : {"", "no name", "https://ca.test/acme/order/", "https://ca.test/",
                            "https://ca.test/acme/authorization/ab/3", "a..test", "\x1b[2J"}) {
    CAPTURE(wrong);
    CHECK_REASON(ParseWhat(wrong, request), Reason::kMalformed);
  }
}

TEST_CASE("options are read strictly, and what is missing is named") {
  const absl::Time now = absl::FromUnixSeconds(kAt);
  const std::vector<std::string> least = {"a.test", "--sa",   "h:1", "--name", "n", "--ca",
                                          "c",      "--cert", "d",   "--key",  "k"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), least.begin(), least.end());
    return ParseArguments(more, now);
  };
  const auto plain = with({});
  REQUIRE_OK(plain);
  CHECK(plain->request.limit() == 10);
  CHECK(plain->request.made_since() == kAt - 86400);
  const auto full = with(
      {"--json", "--all", "--since", "7d", "--limit", "100", "--perspective-key", "primary=p.pem"});
  REQUIRE_OK(full);
  CHECK(full->json);
  CHECK(full->all);
  CHECK(full->request.made_since() == kAt - 7 * 86400);
  CHECK(full->perspective_key_paths.at("primary") == "p.pem");
  const std::vector<std::vector<std::string>> mistakes = {{"b.test"},
                                                          {"--since", "24"},
                                                          {"--since", "91d"},
                                                          {"--since", "-1h"},
                                                          {"--since", ""},
                                                          {"--limit", "0"},
                                                          {"--limit", "101"},
                                                          {"--limit", "x"},
                                                          {"--limit"},
                                                          {"--frob", "1"},
                                                          {"--perspective-key", "p.pem"}};
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake);
    CHECK_REASON(with(mistake), Reason::kMalformed);
  }
  CHECK_REASON(ParseArguments({"a.test"}, now), Reason::kMalformed);
  CHECK_REASON(ParseArguments({}, now), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::admin
