#include "tools/ceremony/rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/policy/keys.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/ca_certificate.h"
#include "libs/x509/oids.h"

namespace cairn::ceremony {
namespace {

namespace oid = x509::oid;
using crypto::KeyType;

constexpr absl::Duration kDay = absl::Hours(24);
// BR 7.1.2.1.1, in days.
constexpr int64_t kMinRootDays = 2922;
constexpr int64_t kMaxRootDays = 9132;
// The name that a hierarchy on software tokens must bear under "webpki" (ROOT-04).
constexpr std::string_view kLocalStack = "Cairn local stack";
constexpr std::string_view kAnyPolicy = "2.5.29.32.0";
constexpr std::string_view kAnyExtendedKeyUsage = "2.5.29.37.0";

// A validity includes both ends (RFC 5280 section 4.1.2.5).
absl::Duration Length(const Plan& plan) {
  return plan.not_after - plan.not_before + absl::Seconds(1);
}

class PlanCheck {
 public:
  explicit PlanCheck(const Plan& plan)
      : plan_(plan), act_(NameOf(plan.act)), web_(plan.pack == policy::Pack::kWebPki) {}

  std::vector<Finding> Run() {
    People();
    Window();
    Tokens();
    if (plan_.new_key.has_value()) NewKeyIsStrong();
    if (plan_.given_key.has_value()) GivenKeyIsStrong();
    if (plan_.signer.has_value()) Signer();
    if (plan_.MakesCertificate()) LocalStackName();
    switch (plan_.act) {
      case Act::kKey:
        break;
      case Act::kRoot:
        Root();
        break;
      case Act::kIntermediate:
        WithinSigner();
        Authority();
        SubjectIsNotSigner();
        break;
      case Act::kCross:
        WithinSigner();
        Authority();
        Cross();
        break;
      case Act::kOcspSigner:
        WithinSigner();
        SubjectIsNotSigner();
        break;
      case Act::kCrl:
        Crl();
        break;
      case Act::kDestroy:
        Destroy();
        break;
    }
    return std::move(findings_);
  }

 private:
  std::string Field(std::string_view name) const { return base::Cat(act_, ".", name); }

  void Add(Finding::Severity severity, std::string_view rule, std::string field,
           std::string_view what) {
    findings_.push_back({severity, std::string(rule), std::move(field), std::string(what)});
  }
  void Require(bool ok, std::string_view rule, std::string field, std::string_view what) {
    if (!ok) Add(Finding::Severity::kError, rule, std::move(field), what);
  }
  void Advise(bool ok, std::string_view rule, std::string field, std::string_view what) {
    if (!ok) Add(Finding::Severity::kWarning, rule, std::move(field), what);
  }

  void People() {
    Require(plan_.required >= 2, "ROOT-03", "operators.required",
            "at least two operators must agree (BR 6.1.1.1, 5.2.2)");
    Require(plan_.operators.size() >= plan_.required, "ROOT-03", "operators.people",
            "fewer operators are named than must agree");
    std::set<std::string> names;
    std::set<std::string> keys;
    const auto once = [&](const std::vector<Person>& people, const std::string& field) {
      for (size_t i = 0; i < people.size(); ++i) {
        const std::string here = base::Cat(field, "[", i, "]");
        Require(names.insert(people[i].name).second, "ROOT-03", here + ".name",
                "this name is there twice: each person has one part");
        Require(keys.insert(people[i].key.spki_der()).second, "ROOT-03", here + ".public_key",
                "this key is there twice: each person has one of his or her own");
      }
    };
    once(plan_.operators, "operators.people");
    once(plan_.witnesses, "witnesses");
    const bool is_watched =
        plan_.filmed || std::any_of(plan_.witnesses.begin(), plan_.witnesses.end(),
                                    [](const Person& person) { return person.qualified_auditor; });
    if (!web_ || !plan_.new_key.has_value()) return;
    const std::string_view what =
        "a qualified auditor witnesses the making of the key, or it is filmed (BR 6.1.1.1)";
    if (plan_.act == Act::kRoot || plan_.act == Act::kKey) {
      Require(is_watched, "ROOT-01", "witnesses", what);
    } else {
      Advise(is_watched, "ROOT-02", "witnesses", what);
    }
  }

  void Window() {
    Require(plan_.window_begin < plan_.window_end, "ROOT-06", "window",
            "ends before it begins, or at once");
    if (!plan_.Signs()) {
      Require(plan_.window_end - plan_.window_begin <= 7 * kDay, "ROOT-06", "window",
              "is longer than 7 days: an approval is for one occasion");
      return;
    }
    // Whenever within the window the key signs, both rules hold.
    const std::string_view rule = plan_.act == Act::kCrl          ? "CRL-05"
                                  : plan_.act == Act::kRoot       ? "PROF-64"
                                  : plan_.act == Act::kOcspSigner ? "PROF-78"
                                  : plan_.act == Act::kCross      ? "PROF-70"
                                                                  : "PROF-50";
    const std::string field =
        plan_.act == Act::kCrl ? Field("this_update") : Field("validity.not_before");
    Require(plan_.not_before <= plan_.window_begin, rule, field,
            "is after the begin of the window: it may not lie after the signature");
    absl::Time earliest = plan_.window_end - kDay;
    if (plan_.act == Act::kCross && plan_.existing.has_value()) {
      // PROF-70: or as early as the existing certificate of the same CA.
      earliest = std::min(earliest, plan_.existing->tbs().not_before);
      Require(plan_.not_before >= earliest, "PROF-70", field,
              "is both more than a day before the end of the window and before that of the "
              "existing certificate (BR 7.1.2.2.1)");
      Require(plan_.window_end - plan_.window_begin <= kDay, "PROF-70", "window",
              "is longer than a day");
      return;
    }
    Require(plan_.not_before >= earliest, rule, field,
            "is more than a day before the end of the window (BR 7.1.2.10.1)");
  }

  void Tokens() {
    const auto check = [&](const TokenName& token, const std::string& field) {
      Require(!web_ || plan_.local_stack || !token.validation.empty(), "ROOT-04",
              field + ".validation",
              "is required: FIPS 140-2 or 140-3 level 3, or EAL 4 or higher (BR 6.2.7)");
    };
    check(plan_.token, "token");
    if (plan_.new_key.has_value() && plan_.new_key->token != plan_.token) {
      check(plan_.new_key->token, plan_.act == Act::kIntermediate || plan_.act == Act::kOcspSigner
                                      ? Field("key.generate.token")
                                      : Field("key.token"));
      Require(plan_.new_key->token.label != plan_.token.label ||
                  plan_.new_key->token.module != plan_.token.module,
              "ROOT-12", Field("key"), "names the plan's token with other facts about it");
    }
    if (plan_.new_key.has_value() && plan_.signer.has_value() &&
        plan_.new_key->token == plan_.token) {
      Require(plan_.new_key->label != plan_.signer->label, "ROOT-12", Field("key.generate.label"),
              "is the label of the key that signs");
    }
  }

  void NewKeyIsStrong() {
    const NewKey& key = *plan_.new_key;
    const std::string field = plan_.act == Act::kIntermediate || plan_.act == Act::kOcspSigner
                                  ? Field("key.generate")
                                  : Field("key");
    if (key.type == KeyType::kRsa) {
      const int least = web_ && plan_.act == Act::kRoot ? 4096 : 2048;
      Require(key.rsa_bits >= least &&
                  (key.rsa_bits == 2048 || key.rsa_bits == 3072 || key.rsa_bits == 4096),
              "KEY-21", field + ".rsa_bits",
              base::Cat("is 2048, 3072 or 4096, and here at least ", least, " (BR 6.1.5)"));
    } else if (web_) {
      Require(key.type != KeyType::kEcP521, "KEY-21", field + ".type",
              "P-521 is in no root program");
      Require(plan_.act != Act::kRoot || key.type == KeyType::kEcP384, "KEY-21", field + ".type",
              "a root's EC key is of P-384 at least (Apple's root program, 1.5)");
    }
  }

  void GivenKeyIsStrong() {
    const absl::Status status = policy::CheckKey(*plan_.given_key, policy::KeyUse::kCertificate,
                                                 {.p521_certificates = !web_});
    if (status.ok()) return;
    Require(false, "ROOT-15",
            plan_.act == Act::kCross ? Field("existing") : Field("key.public_key"),
            errors::PayloadOf(status).detail());
  }

  // ROOT-07, ROOT-08: who signs is a CA that may.
  void Signer() {
    const x509::TbsCertificate& tbs = plan_.signer->certificate.tbs();
    const std::string field = Field("signer.certificate");
    Require(tbs.is_ca, "ROOT-07", field, "is not that of a CA");
    Require(plan_.signer->certificate.public_key().type() != KeyType::kEd25519, "KEY-04", field,
            "has an Ed25519 key, with which no CA signs (BR 7.1.3.1)");
    const auto may = [&](int bit) {
      return std::count(tbs.key_usage.begin(), tbs.key_usage.end(), bit) != 0;
    };
    if (plan_.act == Act::kCrl) {
      Require(may(x509::kCrlSign), "ROOT-07", field, "may not sign CRLs (keyUsage)");
    } else {
      Require(may(x509::kKeyCertSign), "ROOT-07", field, "may not sign certificates (keyUsage)");
    }
    Require(!tbs.subject_key_id.empty(), "PROF-53", field, "has no subject key identifier");
    if (plan_.act == Act::kIntermediate || plan_.act == Act::kCross) {
      Require(tbs.path_length.value_or(1) > 0, "PROF-53", field,
              "has path length 0: no CA may be below it");
    }
  }

  void WithinSigner() {
    if (!plan_.signer.has_value()) return;
    const x509::TbsCertificate& tbs = plan_.signer->certificate.tbs();
    Require(plan_.not_after <= tbs.not_after, "PROF-53", Field("validity.not_after"),
            "is after the end of the signer's certificate");
    Require(plan_.act == Act::kCross || plan_.not_before >= tbs.not_before, "PROF-53",
            Field("validity.not_before"), "is before the begin of the signer's certificate");
    Require(
        !plan_.given_key.has_value() || *plan_.given_key != plan_.signer->certificate.public_key(),
        "KEY-18", Field("key"), "is the signer's own key");
  }

  void SubjectIsNotSigner() {
    if (!plan_.signer.has_value()) return;
    Require(plan_.subject_der != plan_.signer->certificate.tbs().subject_der, "PROF-52",
            Field("subject"), "is the signer's own name: each CA has a name of its own");
  }

  void LocalStackName() {
    if (!web_ || !plan_.local_stack) return;
    Require(plan_.subject_organization.starts_with(kLocalStack), "ROOT-04",
            plan_.act == Act::kCross ? Field("existing") : Field("subject.organization"),
            base::Cat("begins with \"", kLocalStack,
                      "\" in a hierarchy that may lie on software tokens"));
  }

  void Root() {
    if (!web_) return;
    const absl::Duration length = Length(plan_);
    Require(length >= kMinRootDays * kDay && length <= kMaxRootDays * kDay, "PROF-64",
            Field("validity"),
            base::Cat("is not of ", kMinRootDays, " to ", kMaxRootDays, " days (BR 7.1.2.1.1)"));
    // PROF-67: Chrome and Mozilla take a root out 15 years after its key was made.
    Advise(length <= 366 * 15 * kDay, "PROF-67", Field("validity"),
           "is longer than 15 years: root programs remove a root 15 years after its key was made");
  }

  // What intermediates and cross-certificates have in common.
  void Authority() {
    const auto& usage = plan_.extended_key_usage;
    const auto has = [&](std::string_view wanted) {
      return std::count(usage.begin(), usage.end(), wanted) != 0;
    };
    Require(!has(oid::kOcspSigning), "PROF-79", Field("extended_key_usage"),
            "has OCSPSigning: the CA would answer for its siblings");
    Require(std::set(usage.begin(), usage.end()).size() == usage.size(), "PROF-57",
            Field("extended_key_usage"), "says something twice");
    Require(std::set(plan_.policies.begin(), plan_.policies.end()).size() == plan_.policies.size(),
            "PROF-54", Field("policies"), "says something twice (RFC 5280 section 4.2.1.4)");
    if (!web_) return;
    Require(usage.size() == 1 && has(oid::kServerAuth), "PROF-57", Field("extended_key_usage"),
            "is exactly 1.3.6.1.5.5.7.3.1, serverAuth (BR 7.1.2.10.6; one purpose for each CA: "
            "PROF-62)");
    Require(!has(kAnyExtendedKeyUsage), "PROF-57", Field("extended_key_usage"), "has anyEKU");
    Require(plan_.policies.size() == 1 && plan_.policies[0] == oid::kDomainValidated, "PROF-54",
            Field("policies"),
            plan_.policies == std::vector<std::string>{std::string(kAnyPolicy)}
                ? "is anyPolicy, which this CA has no use for: 2.23.140.1.2.1 (BR 7.1.2.10.5)"
                : "is exactly 2.23.140.1.2.1, domain-validated (BR 7.1.2.10.5)");
    Require(plan_.crl_url.has_value(), "PROF-55", Field("crl_url"), "is required (BR 7.1.2.11.2)");
    Advise(plan_.ca_issuers_url.has_value(), "PROF-58", Field("ca_issuers_url"),
           "should be there (BR 7.1.2.10.3)");
    Advise(plan_.act == Act::kCross || Length(plan_) <= 366 * 3 * kDay, "PROF-51",
           Field("validity"), "is longer than 3 years (Chrome's root program, 1.3.1.3)");
    Advise(plan_.path_length.has_value() || plan_.act == Act::kCross, "PROF-53",
           Field("path_length"), "should be 0 for a CA that issues to subscribers only");
  }

  void Cross() {
    if (!plan_.existing.has_value() || !plan_.signer.has_value()) return;
    const x509::TbsCertificate& existing = plan_.existing->tbs();
    const std::string field = Field("existing");
    Require(existing.is_ca, "PROF-69", field, "is not that of a CA (BR 7.1.2.2)");
    Require(!existing.subject_key_id.empty(), "PROF-71", field,
            "has no subject key identifier, which its leaves point to");
    Require(plan_.signer->certificate.tbs().subject_der != plan_.subject_der, "PROF-69", field,
            "has the signer's own name");
    // PROF-60: a key serves one set of purposes; a root's certificate has none.
    const bool is_root = existing.issuer_der == existing.subject_der;
    Require(is_root || existing.extended_key_usage == plan_.extended_key_usage, "PROF-60",
            Field("extended_key_usage"), "is not that of the existing certificate");
    Advise(!web_ || is_root || existing.policies == plan_.policies, "PROF-71", Field("policies"),
           "is not that of the existing certificate");
    const bool is_ours =
        OrganizationOf(plan_.signer->certificate.tbs().subject_der) == plan_.subject_organization;
    Require(!web_ || is_ours || !plan_.program_approval.empty(), "PROF-72",
            Field("program_approval"),
            "is required: the CA belongs to another organization (Chrome 1.6.1, Apple 1.4)");
  }

  void Crl() {
    if (!plan_.crl.has_value() || !plan_.signer.has_value()) return;
    const CrlPlan& crl = *plan_.crl;
    // 12 months of a common year: no calendar needed, and never too long.
    Require(plan_.not_after - plan_.not_before <= 365 * kDay, "CRL-04", Field("next_update"),
            "is more than 12 months after this_update (BR 4.9.7, 7.2)");
    Require(plan_.not_after <= plan_.signer->certificate.tbs().not_after, "CRL-05",
            Field("next_update"), "is after the end of the signer's certificate");
    std::set<std::string> serials;
    for (size_t i = 0; i < crl.revoked.size(); ++i) {
      const std::string field = Field(base::Cat("revoked[", i, "]"));
      Require(serials.insert(crl.revoked[i].serial).second, "CRL-19", field + ".serial",
              "is revoked twice");
      Require(crl.revoked[i].revoked_at <= plan_.not_before, "CRL-14", field + ".revoked_at",
              "is after this_update");
    }
    if (!crl.previous.has_value()) return;
    Previous(crl, serials);
  }

  void Previous(const CrlPlan& crl, const std::set<std::string>& serials) {
    const x509::CrlContent& before = crl.previous->content();
    const crypto::PublicKey& key = plan_.signer->certificate.public_key();
    Require(crl.previous->VerifySignature(key) &&
                before.issuer_der == plan_.signer->certificate.tbs().subject_der,
            "CRL-24", Field("previous"), "is not the signer's");
    Require(before.number.size() != crl.number.size() ? before.number.size() < crl.number.size()
                                                      : before.number < crl.number,
            "CRL-09", Field("number"), "is not above that of the previous CRL (BR 7.2.2)");
    Require(before.this_update < plan_.not_before, "CRL-24", Field("this_update"),
            "is not after that of the previous CRL");
    for (const x509::RevokedCertificate& revoked : before.revoked) {
      Require(serials.contains(revoked.serial), "CRL-24", Field("revoked"),
              "lacks an entry of the previous CRL: what a CA revoked stays revoked");
      for (const x509::RevokedCertificate& now : crl.revoked) {
        if (now.serial != revoked.serial) continue;
        Require(now.revoked_at <= revoked.revoked_at, "CRL-24", Field("revoked"),
                "moves an entry of the previous CRL to a later time");
      }
    }
  }

  void Destroy() {
    Require(plan_.destroy.has_value() && plan_.destroy->nothing_left_to_revoke, "ROOT-26",
            Field("nothing_left_to_revoke"),
            "is not true: until all that the key signed has expired or is revoked, it owes CRLs "
            "(BR 4.9.7)");
  }

  const Plan& plan_;
  const std::string act_;
  const bool web_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> CheckPlan(const Plan& plan) { return PlanCheck(plan).Run(); }

std::string FindingsText(const Plan& plan, const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    const std::string line =
        base::Cat(finding.field, finding.field.empty() ? "" : ": ", finding.what);
    const absl::Status located = plan.places.Locate(errors::Make(errors::Reason::kMalformed, line));
    // "file:line:column: field: what" with the rule in its middle.
    std::string_view where(located.message().data(), located.message().size());
    where.remove_suffix(line.size());
    text += base::Cat(where, finding.severity == Finding::Severity::kError ? "error " : "warning ",
                      finding.rule, ": ", line, "\n");
  }
  return text;
}

}  // namespace cairn::ceremony
