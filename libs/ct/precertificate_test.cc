#include "libs/ct/precertificate.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/crypto/judge_scts.h"
#include "libs/ct/test_chain.h"
#include "libs/ct/test_log.h"
#include "libs/der/value.h"
#include "libs/testing/counting_random.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "libs/x509/certificate.h"
#include "libs/x509/test_certificates.h"

namespace cairn::ct {
namespace {

using errors::Reason;
using testing::TestLog;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

const testing::TestIssuer& Ca() {
  static const auto* ca = new testing::TestIssuer("Issuer", crypto::KeyType::kEcP256,
                                                  kNow - absl::Hours(1), kNow + absl::Hours(9000));
  return *ca;
}

std::string EntryTbs() {
  testing::CountingRandom random;
  return x509::ComposeTbs({.serial = x509::SerialNumber::Draw(0x01, random),
                           .algorithm = crypto::SignatureAlgorithm::kEcdsaSha256,
                           .issuer_der = Ca().name_der(),
                           .not_before = kNow,
                           .not_after = kNow + absl::Hours(144) - absl::Seconds(1),
                           .common_name = std::nullopt,
                           .public_key = Ca().key().public_key(),
                           .authority_key_id = Ca().key_id(),
                           .ca_issuers_url = std::nullopt,
                           .crl_url = std::nullopt,
                           .names = {{"a.test"}, {}}});
}

std::vector<SignedCertificateTimestamp> SomeScts(const std::string& entry_tbs) {
  static const auto* logs = new std::array<TestLog, 2>;
  std::vector<SignedCertificateTimestamp> scts;
  for (const TestLog& log : *logs) {
    scts.push_back(
        log.Promise(Entry::Precertificate(Ca().key().public_key(), entry_tbs), kNow, "ext"));
  }
  return scts;
}

// A TBSCertificate with these extensions in place of its own.
std::string With(const std::string& tbs_der,
                 const std::function<void(std::vector<x509::Extension>&)>& change) {
  x509::TbsCertificate tbs = x509::TbsCertificate::Parse(tbs_der).value();
  change(tbs.extensions);
  std::vector<der::Value> extensions;
  for (const x509::Extension& extension : tbs.extensions) {
    const der::Value value = der::OctetString(extension.value);
    extensions.push_back(extension.critical
                             ? der::Sequence(der::Oid(extension.oid), der::Boolean(true), value)
                             : der::Sequence(der::Oid(extension.oid), value));
  }
  return der::Sequence(der::Explicit(0, der::Integer(2)), der::UnsignedInteger(tbs.serial),
                       der::Raw(tbs.algorithm_der), der::Raw(tbs.issuer_der),
                       der::Sequence(der::Time(tbs.not_before), der::Time(tbs.not_after)),
                       der::Raw(tbs.subject_der), der::Raw(tbs.spki_der),
                       der::Explicit(3, der::Sequence(extensions)))
      .bytes();
}

TEST_CASE("a precertificate differs from its entry by one critical poison of 0500",
          "[CT-15][PROF-36][PROF-37][LINT-87]") {
  const std::string entry = EntryTbs();
  const auto precertificate = AddPoison(entry);
  REQUIRE_OK(precertificate);
  const auto read = x509::TbsCertificate::Parse(*precertificate);
  REQUIRE_OK(read);
  const x509::Extension& poison = read->extensions.back();
  CHECK(poison.oid == kPoisonOid);
  CHECK(poison.critical);
  CHECK(base::ToHex(poison.value) == "0500");
  CHECK(read->Find(kSctListOid) == nullptr);
  // The whole extension, octet by octet: 1.3.6.1.4.1.11129.2.4.3.
  CHECK(base::ToHex(*precertificate).ends_with("3013060a2b06010401d6790204030101ff04020500"));
  CHECK(RemovePoison(*precertificate).value() == entry);
  CHECK_REASON(AddPoison(*precertificate), Reason::kMalformed);
}

TEST_CASE("a final certificate has the SCT list in the place of the poison",
          "[CT-14][CT-15][PROF-35][LINT-88][LINT-89]") {
  const std::string entry = EntryTbs();
  // With the poison first, in the middle and last.
  const size_t place = GENERATE(size_t{0}, size_t{2}, size_t{100});
  const std::string precertificate =
      With(AddPoison(entry).value(), [&](std::vector<x509::Extension>& extensions) {
        const x509::Extension poison = extensions.back();
        extensions.pop_back();
        extensions.insert(
            extensions.begin() + static_cast<std::ptrdiff_t>(std::min(place, extensions.size())),
            poison);
      });
  CHECK(RemovePoison(precertificate).value() == entry);
  const auto scts = SomeScts(entry);
  const auto final_tbs = ReplacePoison(precertificate, scts);
  REQUIRE_OK(final_tbs);
  CHECK(SctsOf(*final_tbs).value() == scts);
  CHECK(RemoveSctList(*final_tbs).value() == entry);
  CHECK_OK(ProveSame(precertificate, *final_tbs));

  const auto read = x509::TbsCertificate::Parse(*final_tbs);
  REQUIRE_OK(read);
  const x509::Extension& list = read->extensions[std::min(place, read->extensions.size() - 1)];
  CHECK(list.oid == kSctListOid);
  CHECK_FALSE(list.critical);
  CHECK(list.value == der::OctetString(EncodeSctList(scts)).bytes());
}

TEST_CASE("an octet that differs anywhere is no longer the same certificate",
          "[CT-15][PROF-35][PROF-39][LINT-89]") {
  const std::string precertificate = AddPoison(EntryTbs()).value();
  const auto scts = SomeScts(EntryTbs());
  const std::string final_tbs = ReplacePoison(precertificate, scts).value();
  REQUIRE_OK(ProveSame(precertificate, final_tbs));
  for (size_t i = 0; i < precertificate.size(); ++i) {
    std::string changed = precertificate;
    changed[i] ^= 1;
    INFO("octet " << i << " of the precertificate");
    CHECK_FALSE(ProveSame(changed, final_tbs).ok());
  }
  // What the list holds is not compared, but it must stay one: SCTs are verified
  // by their signatures.
  const size_t list = final_tbs.find(EncodeSctList(scts));
  REQUIRE(list != final_tbs.npos);
  for (size_t i = 0; i < list; ++i) {
    std::string changed = final_tbs;
    changed[i] ^= 1;
    INFO("octet " << i << " of the final certificate");
    CHECK_FALSE(ProveSame(precertificate, changed).ok());
  }
}

TEST_CASE("what a final certificate may not be", "[CT-15][PROF-35][LINT-88][LINT-89]") {
  const std::string precertificate = AddPoison(EntryTbs()).value();
  const std::string right = ReplacePoison(precertificate, SomeScts(EntryTbs())).value();
  using Extensions = std::vector<x509::Extension>;
  const auto [why, change] =
      GENERATE(table<const char*, std::function<void(Extensions&)>>({
          {"no list", [](Extensions& all) { all.pop_back(); }},
          {"an empty list",
           [](Extensions& all) { all.back().value = std::string("\4\2\0\0", 4); }},
          {"a list that isn't in an OCTET STRING",
           [](Extensions& all) { all.back().value = std::string("\5\0", 2); }},
          {"a critical list", [](Extensions& all) { all.back().critical = true; }},
          {"the list in another place",
           [](Extensions& all) { std::swap(all.back(), all.front()); }},
          {"other extensions in another order", [](Extensions& all) { std::swap(all[0], all[1]); }},
          {"another extension gone", [](Extensions& all) { all.erase(all.begin()); }},
          {"one more extension",
           [](Extensions& all) {
             all.push_back({.oid = "1.2.3.4", .value = std::string("\5\0", 2)});
           }},
          {"another critical bit", [](Extensions& all) { all[1].critical ^= true; }},
          {"the poison still there",
           [](Extensions& all) {
             all.push_back({.oid = std::string(kPoisonOid),
                            .critical = true,
                            .value = std::string("\5\0", 2)});
           }},
      }));
  INFO(why);
  CHECK_REASON(ProveSame(precertificate, With(right, change)), Reason::kMalformed);
}

TEST_CASE("what a precertificate may not be", "[PROF-36][PROF-37][LINT-87]") {
  const std::string right = AddPoison(EntryTbs()).value();
  using Extensions = std::vector<x509::Extension>;
  const auto [why, change] = GENERATE(table<const char*, std::function<void(Extensions&)>>({
      {"no poison", [](Extensions& all) { all.pop_back(); }},
      {"a poison that isn't critical", [](Extensions& all) { all.back().critical = false; }},
      {"a poison with another content",
       [](Extensions& all) { all.back().value = std::string("\4\0", 2); }},
      {"a list of SCTs",
       [](Extensions& all) {
         all.push_back({.oid = std::string(kSctListOid), .value = std::string("\4\0", 2)});
       }},
  }));
  INFO(why);
  const std::string wrong = With(right, change);
  CHECK_REASON(RemovePoison(wrong), Reason::kMalformed);
  CHECK_REASON(ReplacePoison(wrong, SomeScts(EntryTbs())), Reason::kMalformed);
  CHECK_REASON(ProveSame(wrong, ReplacePoison(right, SomeScts(EntryTbs())).value()),
               Reason::kMalformed);
}

TEST_CASE("OpenSSL finds the SCTs of a final certificate right, and only those",
          "[CT-12][CT-13][CT-14][PROF-35]") {
  testing::TestChain chain(kNow);
  const std::string precertificate =
      chain.Precertificate(kNow, kNow + absl::Hours(24) - absl::Seconds(1));
  const Entry entry = chain.EntryOf(precertificate);
  const TestLog ecdsa;
  const TestLog rsa(crypto::KeyType::kRsa);
  const TestLog unknown;
  Entry other = entry;
  other.body += "x";
  const std::vector scts = {ecdsa.Promise(entry, kNow), rsa.Promise(entry, kNow, "extensions"),
                            unknown.Promise(entry, kNow)};
  const std::string der = chain.Final(precertificate, scts);

  const testing::TempDir folder;
  const std::string file = folder.Write(
      "logs.cnf", "enabled_logs=ecdsa,rsa\n[ecdsa]\ndescription=ecdsa\nkey=" +
                      base::ToBase64(ecdsa.key().spki_der()) + "\n[rsa]\ndescription=rsa\nkey=" +
                      base::ToBase64(rsa.key().spki_der()) + "\n");
  const std::string& issuer = chain.issuer().certificate_der();
  const auto valid = crypto::judge::CheckScts(der, issuer, file, kNow + absl::Minutes(1));
  REQUIRE_OK(valid);
  CHECK(*valid == std::vector<bool>{true, true, false});

  // SCTs of another entry, and from the future.
  const std::vector wrong = {ecdsa.Promise(other, kNow), rsa.Promise(entry, kNow + absl::Hours(1))};
  const auto invalid = crypto::judge::CheckScts(chain.Final(precertificate, wrong), issuer, file,
                                                kNow + absl::Minutes(1));
  REQUIRE_OK(invalid);
  CHECK(*invalid == std::vector<bool>{false, false});
  CHECK_REASON(crypto::judge::CheckScts(precertificate, issuer, file, kNow), Reason::kMalformed);
}

TEST_CASE("what is no TBSCertificate with extensions is refused") {
  for (const std::string& tbs :
       {std::string(), std::string("x"), der::Null().bytes(), der::Sequence().bytes(),
        der::Sequence(der::Explicit(3, der::Null())).bytes(), EntryTbs() + "x"}) {
    CHECK_REASON(AddPoison(tbs), Reason::kMalformed);
    CHECK_REASON(RemovePoison(tbs), Reason::kMalformed);
    CHECK_REASON(SctsOf(tbs), Reason::kMalformed);
    CHECK_REASON(ProveSame(tbs, tbs), Reason::kMalformed);
  }
}

}  // namespace
}  // namespace cairn::ct
