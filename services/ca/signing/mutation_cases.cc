#include "services/ca/signing/mutation_cases.h"

#include <absl/time/time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/ct/precertificate.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"
#include "libs/testing/counting_random.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/oids.h"
#include "services/ca/signing/lint_profile.h"

namespace cairn::ca::signing {
namespace {

using cairn::testing::TestIssuer;
using crypto::KeyType;
using crypto::PrivateKey;
namespace oid = x509::oid;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18
constexpr absl::Duration kDay = absl::Hours(24);

std::string ExtensionOf(std::string_view oid, bool critical, std::string_view value_hex) {
  const der::Value value = der::OctetString(base::FromHex(value_hex).value());
  return (critical ? der::Sequence(der::Oid(oid), der::Boolean(true), value)
                   : der::Sequence(der::Oid(oid), value))
      .bytes();
}

// What might be put into a certificate: extensions, purposes, policies, names.
std::vector<std::string> Extras() {
  std::vector<std::string> out = {
      ExtensionOf(oid::kSubjectKeyIdentifier, false, "040401020304"),
      ExtensionOf(oid::kKeyUsage, true, "03020106"),            // keyCertSign, cRLSign
      ExtensionOf(oid::kBasicConstraints, true, "30030101ff"),  // a CA
      ExtensionOf(oid::kCrlDistributionPoints, false,
                  "30143012a010a00e860c687474703a2f2f632e782f31"),
      ExtensionOf("1.3.6.1.5.5.7.1.24", false, "3003020105"),    // must-staple
      ExtensionOf("2.5.29.30", true, "3009a0073005820378797a"),  // name constraints
      ExtensionOf(ct::kPoisonOid, true, "0500"),
      ExtensionOf(ct::kSctListOid, false, "04020000"),
      ExtensionOf("1.2.3.4", true, "0500"),
      ExtensionOf("1.2.3.4", false, "0500"),
  };
  for (const char* purpose :
       {"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0"}) {
    out.push_back(der::Oid(purpose).bytes());
  }
  // anyPolicy, and organization-validated.
  out.push_back(der::Sequence(der::Oid("2.5.29.32.0")).bytes());
  out.push_back(der::Sequence(der::Oid("2.23.140.1.2.2")).bytes());
  // dNSName, iPAddress, rfc822Name.
  out.push_back(der::Implicit(2, der::Ia5String("evil.test")).bytes());
  out.push_back(der::Implicit(7, der::OctetString("\x08\x08\x04\x04")).bytes());
  out.push_back(der::Implicit(1, der::Ia5String("a@b.test")).bytes());
  // A relative name with an organization.
  out.push_back(
      der::Set({der::Sequence(der::Oid(oid::kOrganization), der::Utf8String("Evil"))}).bytes());
  return out;
}

lint::Profile ProfileOf(const Case& of) {
  std::optional<lint::ProfileExtension> last;
  if (of.form == Form::kPrecertificate)
    last = {.oid = std::string(ct::kPoisonOid), .critical = true};
  if (of.form == Form::kWithScts) last = {.oid = std::string(ct::kSctListOid), .critical = false};
  return LintProfile({.validity = of.leaf.not_after - of.leaf.not_before + absl::Seconds(1),
                      .has_common_name = of.leaf.common_name.has_value(),
                      .key_type = of.leaf.public_key.type(),
                      .client_auth = of.leaf.client_auth,
                      .rsa_signature_only = of.leaf.rsa_signature_only,
                      .ca_issuers_url = of.leaf.ca_issuers_url,
                      .crl_url = of.leaf.crl_url,
                      .last = last});
}

}  // namespace

MutationCases::MutationCases()
    : log_keys_(3),
      allowed_(lint::AllowList::Create({"w_sct_list_missing", "w_ct_sct_policy_count_unsatisfied",
                                        "w_subject_common_name_included"},
                                       {})
                   .value()),
      suffixes_(policy::PublicSuffixes::Parse("// ===BEGIN ICANN DOMAINS===\ntest\n"
                                              "// ===END ICANN DOMAINS===\n")
                    .value()) {
  const std::vector<ct::Log> logs = {log_keys_[0].Listed("oak", "Oak"),
                                     log_keys_[1].Listed("elm", "Elm"),
                                     log_keys_[2].Listed("ash", "Ash", ct::LogKind::kStatic)};
  for (const ct::Log& log : logs) {
    known_logs_.emplace(log.id, lint::Log{.operator_name = log.operator_name,
                                          .is_static = log.kind == ct::LogKind::kStatic});
  }
  logs_ = ct::LogList::Parse(cairn::testing::ListJson(logs, "1.0", kNow)).value();
  constexpr std::array<KeyType, 4> kTypes = {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384,
                                             KeyType::kEcP521};
  for (const KeyType type : kTypes) {
    for (int i = 0; i < 2; ++i) keys_[type].push_back(PrivateKey::Generate(type).public_key());
  }
  for (const KeyType type : {KeyType::kRsa, KeyType::kEcP256, KeyType::kEcP384}) {
    cas_.push_back(std::make_unique<TestIssuer>(base::Cat(crypto::NameOf(type), " issuer"), type,
                                                kNow - 100 * kDay, kNow + 900 * kDay));
    issuers_.push_back(x509::Certificate::Parse(cas_.back()->certificate_der()).value());
  }
  for (size_t ca = 0; ca < cas_.size(); ++ca) {
    for (const KeyType type : kTypes) {
      for (const bool full : {false, true}) {
        for (const Form form : {Form::kWithoutCt, Form::kPrecertificate, Form::kWithScts}) {
          cases_.push_back(Make(*cas_[ca], issuers_[ca], MakeLeaf(*cas_[ca], type, full), form));
        }
      }
    }
  }
}

// `full`: with all that a profile may add.
x509::Leaf MutationCases::MakeLeaf(const TestIssuer& ca, KeyType type, bool full) const {
  cairn::testing::CountingRandom random;
  x509::Leaf leaf{
      .serial = x509::SerialNumber::Draw(1, random),
      .algorithm = x509::CertificateAlgorithm(ca.key().public_key().type()),
      .issuer_der = ca.name_der(),
      .not_before = kNow - absl::Hours(1),
      .not_after = kNow - absl::Hours(1) + (full ? 90 : 6) * kDay - absl::Seconds(1),
      .common_name = std::nullopt,
      .public_key = keys_.at(type)[0],
      .authority_key_id = ca.key_id(),
      .ca_issuers_url = "http://ca.test/issuer.der",
      .crl_url = std::nullopt,
      .names = {{"*.a.test", "a.test", "b.test"}, {}},
      .client_auth = false,
      .rsa_signature_only = full,
  };
  if (full) {
    leaf.common_name = "a.test";
    leaf.crl_url = "http://ca.test/1.crl";
    leaf.names.ips = {"\x08\x08\x08\x08",
                      base::FromHex("20014860486000000000000000008888").value()};
    leaf.client_auth = true;
  }
  return leaf;
}

x509::Leaf MutationCases::Another(const x509::Leaf& leaf) const {
  x509::Leaf out = leaf;
  cairn::testing::CountingRandom random;
  random.Bytes(7);
  out.serial = x509::SerialNumber::Draw(2, random);
  out.issuer_der = x509::CommonNameOnly("Another issuer").bytes();
  out.not_before -= absl::Seconds(1);
  out.not_after -= absl::Seconds(1);
  out.public_key = keys_.at(leaf.public_key.type())[1];
  out.authority_key_id = std::string(20, 'k');
  out.ca_issuers_url = "http://ca.test/another.der";
  out.names.dns = {"*.b.test", "b.test", "c.test"};
  if (out.common_name.has_value()) out.common_name = "b.test";
  if (out.crl_url.has_value()) out.crl_url = "http://ca.test/2.crl";
  if (!out.names.ips.empty()) out.names.ips[0] = "\x08\x08\x04\x04";
  return out;
}

std::vector<ct::SignedCertificateTimestamp> MutationCases::Promises(
    const crypto::PublicKey& issuer, const std::string& entry) const {
  const ct::Entry promised = ct::Entry::Precertificate(issuer, entry);
  return {log_keys_[0].Promise(promised, kNow),
          log_keys_[2].Promise(promised, kNow, ct::LeafIndexExtensions(7))};
}

std::string MutationCases::Tbs(const x509::Leaf& leaf, Form form) const {
  const std::string entry = x509::ComposeTbs(leaf);
  if (form == Form::kWithoutCt) return entry;
  const std::string poisoned = ct::AddPoison(entry).value();
  if (form == Form::kPrecertificate) return poisoned;
  return ct::ReplacePoison(poisoned, Promises(leaf.public_key, entry)).value();
}

Case MutationCases::Make(const TestIssuer& ca, const x509::Certificate& issuer,
                         const x509::Leaf& leaf, Form form) const {
  static constexpr std::array<std::string_view, 3> kForms = {"without CT", "precertificate",
                                                             "with SCTs"};
  Case out{.name = base::Cat(crypto::NameOf(leaf.public_key.type()), " by ",
                             crypto::NameOf(ca.key().public_key().type()), ", ",
                             leaf.client_auth ? "full, " : "", kForms[static_cast<size_t>(form)]),
           .form = form,
           .leaf = leaf,
           .issuer = &issuer,
           .tbs = Tbs(leaf, form),
           .precertificate = std::nullopt,
           .scts = {},
           .donors = {}};
  if (form == Form::kWithScts) {
    const std::string entry = x509::ComposeTbs(leaf);
    const std::string first = ct::AddPoison(entry).value();
    out.precertificate = x509::Certificate::Parse(
                             x509::ComposeCertificate(first, leaf.algorithm,
                                                      ca.key().Sign(leaf.algorithm, first).value()))
                             .value();
    out.scts = Promises(issuer.public_key(), entry);
    out.tbs = ct::ReplacePoison(first, out.scts).value();
  }
  x509::Leaf other_key = leaf;
  other_key.public_key =
      keys_.at(leaf.public_key.type() == KeyType::kRsa ? KeyType::kEcP256 : KeyType::kRsa)[0];
  x509::Leaf other_purposes = leaf;
  other_purposes.client_auth = !leaf.client_auth;
  other_purposes.rsa_signature_only = !leaf.rsa_signature_only;
  x509::Leaf other_subject = leaf;
  other_subject.common_name = leaf.common_name ? std::nullopt : std::optional("b.test");
  for (const x509::Leaf& donor : {Another(leaf), other_key, other_purposes, other_subject}) {
    out.donors.push_back(Tbs(donor, form));
  }
  return out;
}

cairn::testing::DerMutations MutationCases::MutationsOf(const Case& of) const {
  return cairn::testing::DerMutations(of.tbs, of.donors, Extras());
}

LeafCheck::Rules MutationCases::RulesOf(const Case& of) const {
  return {.pack = policy::Pack::kWebPki,
          .now = kNow,
          .issuer = *of.issuer,
          .allowed = allowed_,
          .blocked_keys = no_keys_,
          .public_suffixes = &suffixes_,
          .keys = key_cache_};
}

bool MutationCases::Passes(const Case& of, const std::string& tbs) const {
  switch (of.form) {
    case Form::kWithoutCt:
      return LeafCheck::Certificate(tbs, of.leaf, "one", RulesOf(of)).ok();
    case Form::kPrecertificate:
      return LeafCheck::Precertificate(tbs, of.leaf, "one", RulesOf(of)).ok();
    case Form::kWithScts:
      return LeafCheck::WithScts(tbs,
                                 {.precertificate = *of.precertificate,
                                  .scts = of.scts,
                                  .logs = *logs_,
                                  .policy = {}},
                                 "one", RulesOf(of))
          .ok();
  }
  return false;
}

bool MutationCases::LintsPass(const Case& of, const std::string& tbs) const {
  const absl::StatusOr<std::string> der = lint::AddPlaceholderSignature(tbs);
  if (!der.ok()) return false;
  const lint::Profile profile = ProfileOf(of);
  lint::Subject subject{.der = *der,
                        .now = kNow,
                        .kind = of.form == Form::kPrecertificate ? lint::Kind::kPrecertificate
                                                                 : lint::Kind::kSubscriber,
                        .issuer_der = of.issuer->der(),
                        .names = &of.leaf.names,
                        .profile = &profile,
                        .public_suffixes = &suffixes_,
                        .key_blocklist = &no_keys_,
                        .logs = &known_logs_,
                        .key_cache = &key_cache_};
  if (of.precertificate.has_value()) subject.precertificate_der = of.precertificate->der();
  return lint::MaySign(lint::Run(subject), allowed_).ok();
}

std::string FieldOf(std::string_view tbs, std::string_view mutated) {
  const auto differs = static_cast<size_t>(
      std::mismatch(tbs.begin(), tbs.end(), mutated.begin(), mutated.end()).first - tbs.begin());
  // A change of a length shows in the headers around it first: what comes after
  // them tells more.
  static constexpr std::array<std::string_view, 8> kFields = {
      "version", "serial", "algorithm", "issuer", "validity", "subject", "key", "extensions"};
  der::Reader outer(tbs);
  der::Reader reader = outer.EnterSequence().value();
  der::Reader other_outer(mutated);
  absl::StatusOr<der::Reader> other = other_outer.EnterSequence();
  if (!other.ok()) return "header";
  for (const std::string_view field : kFields) {
    const der::Element element = reader.ReadAny().value();
    const absl::StatusOr<der::Element> changed = other->ReadAny();
    if (changed.ok() && changed->der == element.der) continue;
    if (field != "extensions" || !changed.ok()) return std::string(field);
    der::Reader list = der::Reader(element.der).Enter(der::ContextConstructed(3)).value();
    der::Reader item = list.EnterSequence().value();
    der::Reader changed_list(changed->content);
    absl::StatusOr<der::Reader> changed_item = changed_list.EnterSequence();
    while (changed_item.ok() && !item.AtEnd()) {
      const der::Element extension = item.ReadAny().value();
      const absl::StatusOr<der::Element> changed_one = changed_item->ReadAny();
      if (changed_one.ok() && changed_one->der == extension.der) continue;
      der::Reader content(extension.content);
      return base::Cat("extension ", content.ReadOid().value());
    }
    return "extensions";
  }
  return base::Cat("octet ", differs);
}

}  // namespace cairn::ca::signing
