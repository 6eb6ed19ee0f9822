#include "services/ca/signing/leaf_check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/ct/precertificate.h"
#include "libs/errors/errors.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/names.h"
#include "libs/x509/oids.h"

namespace cairn::ca::signing {
namespace {

namespace oid = x509::oid;

using Texts = std::vector<std::string>;

Texts ListOf(const std::optional<std::string>& text) {
  return text.has_value() ? Texts{*text} : Texts{};
}

// Whether exactly the extensions of the profile are there, each as critical as
// it must be (PROF-17 to PROF-33).
bool HasRightExtensions(const x509::TbsCertificate& tbs, const x509::Leaf& leaf) {
  std::set<std::pair<std::string_view, bool>> expected = {
      {oid::kKeyUsage, true},
      {oid::kExtKeyUsage, false},
      {oid::kBasicConstraints, true},
      {oid::kAuthorityKeyIdentifier, false},
      {oid::kCertificatePolicies, false},
      {oid::kSubjectAltName, !leaf.common_name.has_value()},
  };
  if (leaf.ca_issuers_url.has_value()) expected.insert({oid::kAuthorityInfoAccess, false});
  if (leaf.crl_url.has_value()) expected.insert({oid::kCrlDistributionPoints, false});
  std::set<std::pair<std::string_view, bool>> found;
  for (const x509::Extension& extension : tbs.extensions) {
    found.insert({extension.oid, extension.critical});
  }
  return found == expected;
}

// What is wrong with the bytes, as compared with the leaf; empty if nothing is.
std::string_view Difference(const x509::TbsCertificate& tbs, const x509::Leaf& leaf,
                            const x509::Certificate& issuer) {
  const std::string subject = leaf.common_name ? x509::CommonNameOnly(*leaf.common_name).bytes()
                                               : x509::EmptyName().bytes();
  if (tbs.serial != leaf.serial.bytes()) return "the serial number (PROF-02)";
  if (tbs.algorithm_der != x509::AlgorithmIdentifier(leaf.algorithm) ||
      leaf.algorithm != x509::CertificateAlgorithm(issuer.public_key().type())) {
    return "the signature algorithm (PROF-04, PROF-43)";
  }
  if (tbs.issuer_der != issuer.tbs().subject_der) return "the issuer's name (PROF-05)";
  if (tbs.not_before != leaf.not_before || tbs.not_after != leaf.not_after) return "the validity";
  if (tbs.subject_der != subject) return "the subject (PROF-12)";
  if (tbs.spki_der != leaf.public_key.spki_der()) return "the public key (PROF-15)";
  if (tbs.names != leaf.names) return "the names (PROF-21, PROF-23)";
  if (tbs.authority_key_id.empty() || tbs.authority_key_id != issuer.tbs().subject_key_id) {
    return "the authority key identifier (PROF-17)";
  }
  if (tbs.is_ca) return "the basic constraints (PROF-25)";
  if (tbs.key_usage != x509::LeafKeyUsage(leaf)) {
    return "the key usage (PROF-24)";
  }
  if (tbs.extended_key_usage != x509::LeafPurposes(leaf)) {
    return "the extended key usage (PROF-19)";
  }
  if (tbs.policies != Texts{std::string(oid::kDomainValidated)}) return "the policies (PROF-18)";
  if (tbs.ca_issuers_urls != ListOf(leaf.ca_issuers_url) || !tbs.ocsp_urls.empty()) {
    return "the authority information access (PROF-16)";
  }
  if (tbs.crl_urls != ListOf(leaf.crl_url)) return "the CRL distribution points (PROF-27)";
  if (!HasRightExtensions(tbs, leaf)) return "the list of extensions (PROF-32, PROF-33)";
  return "";
}

// Which rule of the day the leaf breaks; empty if none.
std::string_view BrokenRule(const x509::Leaf& leaf, const LeafCheck::Rules& rules) {
  const policy::Limits limits = policy::LimitsAt(rules.pack, rules.now);
  const absl::Duration validity = leaf.not_after - leaf.not_before + absl::Seconds(1);
  if (validity < absl::Seconds(1) || validity > limits.max_validity) {
    return "the validity is not lawful (PROF-08)";
  }
  if (leaf.not_before > rules.now || rules.now - leaf.not_before > absl::Hours(48)) {
    return "notBefore is not within 48 hours (PROF-06)";
  }
  if (leaf.not_after > rules.issuer.tbs().not_after ||
      leaf.not_before < rules.issuer.tbs().not_before) {
    return "the validity is not within the issuer's (PROF-11)";
  }
  if (rules.pack == policy::Pack::kWebPki && !leaf.crl_url.has_value() &&
      validity > limits.short_lived) {
    return "the certificate is not short-lived and points to no CRL (PROF-27, PROF-28)";
  }
  if (leaf.client_auth && limits.server_auth_only) {
    return "clientAuth is not lawful any more (PROF-19)";
  }
  // RFC 5280 section 4.2.1.12: what a CA's own purposes leave out, clients refuse.
  const Texts& issuers = rules.issuer.tbs().extended_key_usage;
  for (const std::string& purpose : x509::LeafPurposes(leaf)) {
    if (!issuers.empty() && std::find(issuers.begin(), issuers.end(), purpose) == issuers.end()) {
      return "the issuer's purposes leave one out (PROF-19)";
    }
  }
  if (leaf.common_name.has_value()) {
    bool is_a_name = false;
    for (const std::string& name : leaf.names.dns) is_a_name |= name == *leaf.common_name;
    for (const std::string& ip : leaf.names.ips) {
      is_a_name |= x509::IpToText(ip) == *leaf.common_name;
    }
    if (!is_a_name || leaf.common_name->size() > 64) {
      return "the common name is not one of the names (PROF-13)";
    }
  }
  return "";
}

absl::Status Wrong(std::string_view what, std::string_view detail) {
  return errors::Make(errors::Reason::kInternal,
                      base::Cat("a certificate was not signed: ", what, detail));
}

// As far as lints know logs.
lint::Logs LogsOf(const ct::LogList& list) {
  lint::Logs logs;
  for (const ct::Log& log : list.logs()) {
    if (!log.production) continue;
    const bool approved = log.state == ct::LogState::kQualified ||
                          log.state == ct::LogState::kUsable ||
                          log.state == ct::LogState::kReadOnly;
    logs.emplace(log.id,
                 lint::Log{.operator_name = log.operator_name,
                           .is_static = log.kind == ct::LogKind::kStatic,
                           .is_approved = approved,
                           .was_approved = approved || log.state == ct::LogState::kRetired});
  }
  return logs;
}

LeafProfile ProfileOf(const x509::Leaf& leaf, const std::optional<lint::ProfileExtension>& last) {
  return {.validity = leaf.not_after - leaf.not_before + absl::Seconds(1),
          .has_common_name = leaf.common_name.has_value(),
          .key_type = leaf.public_key.type(),
          .client_auth = leaf.client_auth,
          .rsa_signature_only = leaf.rsa_signature_only,
          .ca_issuers_url = leaf.ca_issuers_url,
          .crl_url = leaf.crl_url,
          .last = last};
}

// The certificate's profile is its precertificate's, which was checked.
LeafProfile ProfileOf(const x509::Certificate& precertificate) {
  const x509::TbsCertificate& tbs = precertificate.tbs();
  const auto has = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  const auto first = [](const Texts& list) {
    return list.empty() ? std::nullopt : std::optional(list.front());
  };
  return {.validity = tbs.not_after - tbs.not_before + absl::Seconds(1),
          .has_common_name = tbs.common_name.has_value(),
          .key_type = precertificate.public_key().type(),
          .client_auth = has(tbs.extended_key_usage, oid::kClientAuth),
          .rsa_signature_only = !has(tbs.key_usage, x509::kKeyEncipherment),
          .ca_issuers_url = first(tbs.ca_issuers_urls),
          .crl_url = first(tbs.crl_urls),
          .last = lint::ProfileExtension{.oid = std::string(ct::kSctListOid), .critical = false}};
}

// What the certificate must be but for the extension that CT adds, which is not in
// `entry_der`.
absl::Status CheckEntry(std::string_view entry_der, const x509::Leaf& leaf,
                        const LeafCheck::Rules& rules) {
  const absl::StatusOr<x509::TbsCertificate> tbs = x509::TbsCertificate::Parse(entry_der);
  if (!tbs.ok()) return Wrong("it can't be read: ", errors::PayloadOf(tbs.status()).detail());
  if (const std::string_view difference = Difference(*tbs, leaf, rules.issuer);
      !difference.empty()) {
    return Wrong("not as asked for: ", difference);
  }
  if (x509::ComposeTbs(leaf) != entry_der) {
    return Wrong("composed again, it has other octets (PROF-34)", "");
  }
  if (const std::string_view rule = BrokenRule(leaf, rules); !rule.empty()) return Wrong(rule, "");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LeafCheck::Passed> LeafCheck::Lint(std::string tbs_der, const Content& content,
                                                  const std::string& issuer_name,
                                                  const Rules& rules) {
  ASSIGN_OR_RETURN(const std::string der, lint::AddPlaceholderSignature(tbs_der));
  const lint::Profile profile = LintProfile(content.profile);
  const lint::Report report = lint::Run({.der = der,
                                         .now = rules.now,
                                         .pack = rules.pack,
                                         .kind = content.kind,
                                         .issuer_der = rules.issuer.der(),
                                         .precertificate_der = content.precertificate_der,
                                         .names = &content.names,
                                         .profile = &profile,
                                         .public_suffixes = rules.public_suffixes,
                                         .key_blocklist = &rules.blocked_keys,
                                         .logs = &content.logs,
                                         .accept_static_logs_only = content.accept_static_logs_only,
                                         .key_cache = &rules.keys});
  RETURN_IF_ERROR(lint::MaySign(report, rules.allowed));
  return Passed{.tbs = Checked<Tbs>(
                    Tbs{.der = std::move(tbs_der),
                        .issuer = issuer_name,
                        .algorithm = x509::CertificateAlgorithm(rules.issuer.public_key().type())}),
                .lint_digest = report.Digest()};
}

absl::StatusOr<LeafCheck::Passed> LeafCheck::Certificate(std::string tbs_der,
                                                         const x509::Leaf& leaf,
                                                         const std::string& issuer_name,
                                                         const Rules& rules) {
  RETURN_IF_ERROR(CheckEntry(tbs_der, leaf, rules));
  const lint::Logs no_logs;
  return Lint(std::move(tbs_der),
              {.kind = lint::Kind::kSubscriber,
               .profile = ProfileOf(leaf, std::nullopt),
               .names = leaf.names,
               .logs = no_logs},
              issuer_name, rules);
}

absl::StatusOr<LeafCheck::Passed> LeafCheck::Precertificate(std::string tbs_der,
                                                            const x509::Leaf& leaf,
                                                            const std::string& issuer_name,
                                                            const Rules& rules) {
  const absl::StatusOr<std::string> entry = ct::RemovePoison(tbs_der);
  if (!entry.ok()) return Wrong("", errors::PayloadOf(entry.status()).detail());
  RETURN_IF_ERROR(CheckEntry(*entry, leaf, rules));
  if (const absl::StatusOr<std::string> again = ct::AddPoison(*entry);
      !again.ok() || *again != tbs_der) {
    return Wrong("the poison is not its last extension (PROF-36)", "");
  }
  const lint::Logs no_logs;
  return Lint(std::move(tbs_der),
              {.kind = lint::Kind::kPrecertificate,
               .profile = ProfileOf(leaf, lint::ProfileExtension{.oid = std::string(ct::kPoisonOid),
                                                                 .critical = true}),
               .names = leaf.names,
               .logs = no_logs},
              issuer_name, rules);
}

absl::StatusOr<LeafCheck::Passed> LeafCheck::WithScts(std::string tbs_der, const Promised& promised,
                                                      const std::string& issuer_name,
                                                      const Rules& rules) {
  const x509::Certificate& precertificate = promised.precertificate;
  if (const absl::Status same = ct::ProveSame(precertificate.tbs_der(), tbs_der); !same.ok()) {
    return Wrong("not its precertificate's (PROF-35): ", errors::PayloadOf(same).detail());
  }
  const absl::StatusOr<std::string> again =
      ct::ReplacePoison(precertificate.tbs_der(), promised.scts);
  if (!again.ok() || *again != tbs_der) {
    return Wrong("its SCTs are not those that were taken (CT-14)", "");
  }
  const x509::TbsCertificate& first = precertificate.tbs();
  const lint::Logs known_logs = LogsOf(promised.logs);
  return Lint(std::move(tbs_der),
              {.kind = lint::Kind::kSubscriber,
               .profile = ProfileOf(precertificate),
               .names = first.names,
               .precertificate_der = precertificate.der(),
               .logs = known_logs,
               .accept_static_logs_only = !promised.policy.require_rfc6962},
              issuer_name, rules);
}

}  // namespace cairn::ca::signing
