#include "libs/lint/lint.h"

#include <absl/strings/str_cat.h>

#include <catch2/catch.hpp>
#include <set>

#include "libs/crypto/private_key.h"
#include "libs/der/mutations.h"
#include "libs/lint/test_vectors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/certificate.h"
#include "libs/x509/tbs_certificate.h"
#include "libs/x509/test_certificates.h"

namespace cairn::lint {
namespace {

using crypto::KeyType;

absl::Time At(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

std::string Names(const Report& report) {
  std::string names;
  for (const Finding& finding : report.findings) {
    absl::StrAppend(&names, names.empty() ? "" : " ", std::string(finding.lint->name));
  }
  return names;
}

// A certificate as the signer composes it, with a placeholder for its signature.
struct Made {
  x509::Leaf leaf;
  std::string der;
};
Made Compose(const testing::TestIssuer& issuer, const crypto::PublicKey& key, absl::Time at,
             absl::Duration validity, bool common_name = false) {
  x509::Leaf leaf{
      .serial = x509::SerialNumber::FromHex("7f000102030405060708090a0b0c0d0e").value(),
      .algorithm = x509::CertificateAlgorithm(issuer.key().public_key().type()),
      .issuer_der = issuer.name_der(),
      .not_before = at - absl::Hours(1),
      .not_after = at - absl::Hours(1) + validity - absl::Seconds(1),
      .public_key = key,
      .authority_key_id = issuer.key_id(),
      .ca_issuers_url = "http://ca.example.test/1.cer",
      .crl_url = "http://crl.example.test/1.crl",
      .names = {.dns = {"*.example.com", "example.com"}, .ips = {"\x08\x08\x08\x08"}},
  };
  if (common_name) leaf.common_name = "example.com";
  std::string der = AddPlaceholderSignature(x509::ComposeTbs(leaf)).value();
  return {std::move(leaf), std::move(der)};
}

TEST_CASE("what the signer composes has no findings", "[LINT-01]") {
  const auto issuer_type =
      GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521);
  const auto leaf_type =
      GENERATE(KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384, KeyType::kEcP521);
  const bool common_name = GENERATE(false, true);
  static const World world;
  static auto* const keys = new std::map<KeyType, crypto::PrivateKey>;
  static auto* const issuers = new std::map<KeyType, testing::TestIssuer>;
  const absl::Time now = At(2026, 11, 26);
  const auto key = keys->try_emplace(leaf_type, crypto::PrivateKey::Generate(leaf_type)).first;
  const auto issuer = issuers->find(issuer_type) != issuers->end()
                          ? issuers->find(issuer_type)
                          : issuers
                                ->emplace(std::piecewise_construct, std::tuple(issuer_type),
                                          std::tuple("Test CA", issuer_type, now - absl::Hours(9),
                                                     now + absl::Hours(24 * 999), nullptr))
                                .first;

  const absl::Duration validity = absl::Hours(24 * 90);
  const Made made = Compose(issuer->second, key->second.public_key(), now, validity, common_name);
  const Profile profile = CairnProfile(validity, common_name);
  Subject subject{.der = made.der,
                  .now = now,
                  .issuer_der = issuer->second.certificate_der(),
                  .names = &made.leaf.names,
                  .profile = &profile,
                  .public_suffixes = &world.public_suffixes,
                  .key_blocklist = &world.key_blocklist};
  INFO(NameOf(issuer_type) << " signs for " << NameOf(leaf_type));
  SECTION("for the web, but for the SCTs that it doesn't write") {
    CHECK(Names(Run(subject)) == (common_name ? "w_subject_common_name_included w_sct_list_missing"
                                              : "w_sct_list_missing"));
  }
  SECTION("for a private network none at all") {
    subject.pack = policy::Pack::kPrivate;
    const Report report = Run(subject);
    CHECK(Names(report) == "");
    CHECK(report.kind == Kind::kSubscriber);
    CHECK_OK(MaySign(report,
                     AllowList::Create({}, {"e_certificate_differs_from_precertificate"}).value()));
  }
}

TEST_CASE("the longest validity shrinks at the very second", "[LINT-06]") {
  const auto [at, days, finding] = GENERATE(table<absl::Time, int, std::string>({
      {At(2027, 3, 15) - absl::Seconds(1), 199, ""},
      {At(2027, 3, 15), 199, "e_server_cert_valid_time_longer_than_100_days"},
      {At(2027, 3, 15), 99, ""},
      {At(2029, 3, 15) - absl::Seconds(1), 99, ""},
      {At(2029, 3, 15), 99, "e_server_cert_valid_time_longer_than_47_days"},
      {At(2029, 3, 15), 46, ""},
      {At(2029, 3, 15) + absl::Seconds(1), 46, ""},
  }));
  const testing::TestIssuer issuer("Test CA", KeyType::kEcP256, at - absl::Hours(9),
                                   at + absl::Hours(24 * 999));
  const auto key = crypto::PrivateKey::Generate(KeyType::kEcP256);
  const Made made = Compose(issuer, key.public_key(), at, absl::Hours(24) * days);
  const Report report = Run({.der = made.der, .now = at});
  INFO(absl::FormatTime(at) << ", " << days << " days: " << Names(report));
  bool is_found = false;
  bool is_valid_time = false;
  for (const Finding& found : report.findings) {
    is_found = is_found || found.lint->name == finding;
    is_valid_time = is_valid_time || found.lint->name.find("valid_time") != std::string_view::npos;
  }
  CHECK(is_found == !finding.empty());
  CHECK(is_valid_time == !finding.empty());
}

TEST_CASE("a profile may fix the value of an extension", "[LINT-92]") {
  const World world;
  const absl::Time now = At(2026, 11, 26);
  const testing::TestIssuer issuer("Test CA", KeyType::kEcP256, now - absl::Hours(9),
                                   now + absl::Hours(24 * 999));
  const auto key = crypto::PrivateKey::Generate(KeyType::kEcP256);
  const Made made = Compose(issuer, key.public_key(), now, absl::Hours(24));
  Profile profile = CairnProfile(absl::Hours(24), false);
  const Subject subject{
      .der = made.der, .now = now, .pack = policy::Pack::kPrivate, .profile = &profile};
  profile.extensions[0].value = "\x03\x02\x07\x80";
  CHECK(Names(Run(subject)) == "");
  profile.extensions[0].value = "\x03\x02\x03\x88";
  CHECK(Names(Run(subject)) == "e_extensions_differ_from_profile");
}

TEST_CASE("what stands in a certificate beside what belongs there is found",
          "[LINT-09][LINT-35][LINT-47][LINT-81][LINT-86]") {
  const World world;
  const absl::Time now = At(2026, 11, 26);
  const testing::TestIssuer issuer("Test CA", KeyType::kEcP256, now - absl::Hours(9),
                                   now + absl::Hours(24 * 999));
  const auto key = crypto::PrivateKey::Generate(KeyType::kEcP256);
  const Made made = Compose(issuer, key.public_key(), now, absl::Hours(24), true);
  const std::string tbs = x509::ComposeTbs(made.leaf);
  const testing::DerMutations mutations(tbs, {}, {std::string("\x31\x00", 2)});
  const Profile profile = CairnProfile(absl::Hours(24), true);
  const auto names_of = [&](std::string_view bytes) -> std::string {
    const absl::StatusOr<std::string> der = AddPlaceholderSignature(bytes);
    if (!der.ok()) return "no certificate at all";
    return Names(Run({.der = *der,
                      .now = now,
                      .issuer_der = issuer.certificate_der(),
                      .names = &made.leaf.names,
                      .profile = &profile,
                      .public_suffixes = &world.public_suffixes,
                      .key_blocklist = &world.key_blocklist}));
  };
  const std::string unchanged = names_of(tbs);
  CHECK(unchanged == "w_subject_common_name_included w_sct_list_missing");
  // Each NULL, BOOLEAN, INTEGER, SEQUENCE, OCTET STRING and SET somewhere.
  size_t inserted = 0;
  for (size_t i = 0; i < mutations.size(); ++i) {
    const testing::Mutation mutation = mutations.At(i);
    if (mutation.kind != "element inserted") continue;
    ++inserted;
    CAPTURE(i);
    CHECK(names_of(mutation.der) != unchanged);
  }
  CHECK(inserted > 500);
}

TEST_CASE("static logs alone are enough where the CA's policy says so", "[LINT-88]") {
  const World world;
  VectorSubject made(FindVector("e_scts_of_static_logs_only", "fail.txt"), world);
  CHECK(Names(Run(made.subject)) == "e_scts_of_static_logs_only");
  made.subject.accept_static_logs_only = true;
  CHECK(Names(Run(made.subject)) == "");
}

TEST_CASE("a lint with a date is silent the second before it and speaks from it on",
          "[LINT-06][LINT-79]") {
  const World world;
  int dated = 0;
  for (const Vector& vector : AllVectors()) {
    const Lint* lint = FindLint(vector.lint);
    const bool has_date =
        lint->since != absl::InfinitePast() || lint->until != absl::InfiniteFuture();
    if (vector.verdict != "fail" || !has_date) continue;
    INFO(vector.path);
    VectorSubject made(vector, world);
    const auto speaks = [&](absl::Time now) {
      made.subject.now = now;
      const Report report = Run(made.subject);
      return Names(report).find(vector.lint) != std::string::npos;
    };
    ++dated;
    if (lint->since != absl::InfinitePast()) {
      CHECK_FALSE(speaks(lint->since - absl::Seconds(1)));
      CHECK(speaks(lint->since));
    }
    if (lint->until != absl::InfiniteFuture()) {
      CHECK(speaks(lint->until - absl::Seconds(1)));
      CHECK_FALSE(speaks(lint->until));
    }
  }
  CHECK(dated >= 10);
}

TEST_CASE("errors always block, warnings until they are allowed, notices never", "[LINT-04]") {
  const World world;
  const auto verdict = [&](const char* lint, const AllowList& allowed) {
    const VectorSubject made(FindVector(lint, "fail.txt"), world);
    Report report = Run(made.subject);
    report.skipped.clear();
    return MaySign(report, allowed);
  };
  const AllowList none;
  const AllowList common_name = AllowList::Create({"w_subject_common_name_included"}, {}).value();
  CHECK_REASON(verdict("e_ext_san_missing", none), errors::Reason::kInternal);
  CHECK_REASON(verdict("w_subject_common_name_included", none), errors::Reason::kInternal);
  CHECK_OK(verdict("w_subject_common_name_included", common_name));
  CHECK_OK(verdict("n_san_dns_name_duplicate", none));
  CHECK_REASON(verdict("e_object_malformed", none), errors::Reason::kInternal);
}

TEST_CASE("the refusal names every lint that stands in the way") {
  const World world;
  const VectorSubject made(FindVector("e_cert_without_extensions", "fail.txt"), world);
  const std::string message(MaySign(Run(made.subject), AllowList()).message());
  CHECK(message.find("e_ext_san_missing: there is no subjectAltName") != std::string::npos);
  CHECK(message.find("w_ext_key_usage_missing") != std::string::npos);
}

TEST_CASE("a lint that could not run blocks, until that is allowed", "[LINT-04]") {
  const World world;
  VectorSubject made(FindVector("e_ext_san_missing", "pass.txt"), world);
  made.subject.public_suffixes = nullptr;
  const Report report = Run(made.subject);
  CHECK(Names(report) == "");
  const absl::Status refused = MaySign(report, AllowList());
  CHECK_REASON(refused, errors::Reason::kInternal);
  CHECK(std::string(refused.message()).find("e_dnsname_not_valid_tld: could not run") !=
        std::string::npos);

  std::vector<std::string> skipped;
  for (const Lint* lint : report.skipped) skipped.emplace_back(lint->name);
  CHECK_OK(MaySign(report, AllowList::Create({}, skipped).value()));
}

TEST_CASE("a report of nothing is no permission", "[LINT-04]") {
  CHECK_REASON(MaySign(Report{.kind = Kind::kSubscriber}, AllowList()), errors::Reason::kInternal);
}

TEST_CASE("an allow-list has lints that exist, and no errors among the warnings", "[LINT-04]") {
  CHECK_OK(AllowList::Create({"w_sct_list_missing"}, {"e_key_blocklisted"}));
  CHECK_REASON(AllowList::Create({"w_no_such_lint"}, {}), errors::Reason::kMalformed);
  CHECK_REASON(AllowList::Create({}, {"w_no_such_lint"}), errors::Reason::kMalformed);
  CHECK_REASON(AllowList::Create({"e_ext_san_missing"}, {}), errors::Reason::kMalformed);
}

TEST_CASE("the registry has each name once, and names say how grave they are") {
  std::set<std::string_view> names;
  for (const Lint* lint : Registry()) {
    INFO(lint->name);
    CHECK(names.insert(lint->name).second);
    CHECK(FindLint(lint->name) == lint);
    CHECK(lint->name.substr(0, 2) == std::string(NameOf(lint->severity)).substr(0, 1) + "_");
    CHECK(lint->kinds != 0);
    CHECK(lint->since < lint->until);
    CHECK_FALSE(lint->requirement.empty());
    CHECK_FALSE(lint->clause.empty());
  }
  CHECK(FindLint("e_no_such_lint") == nullptr);
}

TEST_CASE("version and digest are the same each time, and tell reports apart", "[LINT-08]") {
  const World world;
  CHECK(Version().starts_with("cairn-lint/2/"));
  CHECK(Version().size() == 13 + 16);
  const VectorSubject good(FindVector("e_ext_san_missing", "pass.txt"), world);
  const VectorSubject bad(FindVector("e_ext_san_missing", "fail.txt"), world);
  CHECK(Run(good.subject).Digest() == Run(good.subject).Digest());
  CHECK(Run(good.subject).Digest() != Run(bad.subject).Digest());
  CHECK(Run(good.subject).Digest().size() == 64);
}

TEST_CASE("an issuer's certificate that can't be read is a finding", "[LINT-04]") {
  const World world;
  VectorSubject made(FindVector("e_ext_san_missing", "pass.txt"), world);
  made.subject.issuer_der = "no certificate";
  CHECK(Names(Run(made.subject)) == "e_object_malformed");
}

TEST_CASE("a placeholder stands where the signature will be, and is none", "[LINT-02]") {
  const absl::Time now = At(2026, 11, 26);
  const testing::TestIssuer issuer("Test CA", KeyType::kEcP256, now, now + absl::Hours(9));
  const auto key = crypto::PrivateKey::Generate(KeyType::kEcP256);
  const Made made = Compose(issuer, key.public_key(), now, absl::Hours(1));
  const auto certificate = x509::Certificate::Parse(made.der);
  REQUIRE_OK(certificate);
  CHECK(certificate->tbs_der() == x509::ComposeTbs(made.leaf));
  CHECK_FALSE(certificate->VerifySignature(issuer.key().public_key()));
  CHECK_REASON(AddPlaceholderSignature("no TBS"), errors::Reason::kMalformed);
  CHECK_REASON(AddPlaceholderSignature(std::string_view("\x30\x00", 2)),
               errors::Reason::kMalformed);
}

TEST_CASE("what a key is found to be is remembered") {
  const World world;
  KeyCache cache;
  VectorSubject made(FindVector("e_rsa_fermat_factorization", "fail.txt"), world);
  made.subject.key_cache = &cache;
  const std::string first = Run(made.subject).Digest();
  const std::string again = Run(made.subject).Digest();
  CHECK(first == again);

  // What the cache says is believed: the same object is judged by it.
  VectorSubject good(FindVector("e_rsa_fermat_factorization", "pass.txt"), world);
  good.subject.key_cache = &cache;
  CHECK(Names(Run(good.subject)) == "");
  CHECK_FALSE(cache.Find("no key").has_value());
  cache.Insert("a key", {.factors_by_fermat = true});
  CHECK(cache.Find("a key")->factors_by_fermat);
}

TEST_CASE("an object says when it came to be") {
  const absl::Time began = At(2026, 11, 26) + absl::Hours(11);
  for (const char* lint : {"e_ext_san_missing", "e_crl_delta", "e_ocsp_time_order"}) {
    CHECK(BeginOf(FindVector(lint, "pass.txt").der) == began);
  }
  CHECK_FALSE(BeginOf("no object").has_value());
}

TEST_CASE("kinds have names, and names kinds") {
  for (const Kind kind : AllKinds()) CHECK(KindFromName(NameOf(kind)) == kind);
  CHECK(AllKinds().size() == 9);
  CHECK_FALSE(KindFromName("leaf").has_value());
}

}  // namespace
}  // namespace cairn::lint
