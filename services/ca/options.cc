#include "services/ca/options.h"

#include <optional>
#include <utility>

#include "libs/acme/urls.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/errors/errors.h"
#include "libs/evidence/site_config.h"
#include "libs/x509/serial_number.h"
#include "services/ca/options_field.h"
#include "services/ca/profile_options.h"

namespace cairn::ca {
namespace {

using crypto::PublicKey;

constexpr std::string_view kCommonNameWarning = "w_subject_common_name_included";

std::string DetailOf(const absl::Status& status) { return errors::PayloadOf(status).detail(); }

std::vector<std::string> ListOf(const google::protobuf::RepeatedPtrField<std::string>& field) {
  return {field.begin(), field.end()};
}

std::vector<evidence::Perspective> ParsePerspectives(config::Checks& checks,
                                                     const config::Ca& config,
                                                     std::vector<evidence::Site>& sites) {
  std::vector<evidence::Perspective> perspectives;
  for (int i = 0; i < config.perspectives_size(); ++i) {
    const config::Ca::Perspective& perspective = config.perspectives(i);
    const std::string field = Indexed("perspectives", i);
    checks.Text(perspective.id(), field + ".id");
    evidence::Site site = evidence::ParseSite(perspective, field, checks);
    site.primary = perspective.primary();
    const std::string pem = checks.File(perspective.public_key_file(), field + ".public_key_file");
    sites.push_back(site);
    if (pem.empty()) continue;
    absl::StatusOr<PublicKey> key = PublicKey::FromPem(pem);
    if (!key.ok()) {
      checks.Fail(field + ".public_key_file", DetailOf(key.status()));
      continue;
    }
    perspectives.push_back(
        {.id = site.id, .rir = site.rir, .key = *std::move(key), .primary = site.primary});
  }
  return perspectives;
}

struct Linting {
  std::optional<policy::PublicSuffixes> public_suffixes;
  lint::AllowList allowed;
};

Linting ParseLinting(config::Checks& checks, const config::Ca& config, policy::Pack pack,
                     const std::vector<Profile>& profiles) {
  Linting linting;
  if (!config.public_suffix_file().empty()) {
    const std::string text = checks.File(config.public_suffix_file(), "public_suffix_file");
    absl::StatusOr<policy::PublicSuffixes> suffixes = policy::PublicSuffixes::Parse(text);
    if (suffixes.ok()) {
      linting.public_suffixes = *std::move(suffixes);
    } else if (!text.empty()) {
      checks.Fail("public_suffix_file", DetailOf(suffixes.status()));
    }
  } else {
    checks.Require(pack != policy::Pack::kWebPki, "public_suffix_file", "must be there");
  }
  absl::StatusOr<lint::AllowList> allowed =
      lint::AllowList::Create(ListOf(config.allowed_lint_warnings()), {});
  if (!allowed.ok()) {
    checks.Fail("allowed_lint_warnings", DetailOf(allowed.status()));
    return linting;
  }
  linting.allowed = *std::move(allowed);
  for (size_t i = 0; i < profiles.size(); ++i) {
    checks.Require(pack != policy::Pack::kWebPki || !profiles[i].include_common_name ||
                       linting.allowed.AllowsWarning(kCommonNameWarning),
                   Indexed("profiles", static_cast<int>(i)) + ".include_common_name",
                   base::Cat("BR 7.1.2.7.2 advises against it: ", kCommonNameWarning,
                             " must be in allowed_lint_warnings"));
  }
  return linting;
}

// Each rule that the profiles and perspectives break at that time: field and rule.
std::vector<std::pair<std::string, std::string>> BrokenRules(
    const std::vector<Profile>& profiles, const std::vector<evidence::Site>& sites,
    policy::Pack pack, absl::Time at) {
  std::vector<std::pair<std::string, std::string>> broken;
  for (size_t i = 0; i < profiles.size(); ++i) {
    for (BrokenRule& rule : BrokenRulesOf(profiles[i], pack, at)) {
      broken.emplace_back(base::Cat(Indexed("profiles", static_cast<int>(i)), ".", rule.field),
                          std::move(rule.why));
    }
  }
  for (std::string& fault : evidence::FaultsOf(pack, at, sites)) {
    broken.emplace_back("perspectives", std::move(fault));
  }
  return broken;
}

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Ca& config, absl::Time now) {
  config::Checks checks;
  checks.Require(x509::SerialNumber::IsInstance(config.instance()), "instance", "must be 1 to 127");
  const std::string journal_directory =
      checks.Text(config.journal_directory(), "journal_directory");
  const std::vector<std::string> base_urls = ListOf(config.base_urls());
  checks.Require(!base_urls.empty(), "base_urls", acme::kBaseUrlForm);
  checks.Require(!config.caa_identities().empty(), "caa_identities", "must be there");
  std::vector<std::string> methods = ListOf(config.methods());
  if (methods.empty()) methods = {"http-01", "dns-01", "tls-alpn-01"};

  const std::optional<policy::Pack> pack = policy::PackFromName(
      config.policy_pack().empty() ? "private" : std::string_view(config.policy_pack()));
  checks.Require(pack.has_value(), "policy_pack", "must be private or webpki");
  // Where the pack is not known, the other mistakes are told by the stricter one.
  const policy::Pack rules = pack.value_or(policy::Pack::kWebPki);
  for (const std::string& url : base_urls) {
    // The plain entrance for load tests may come beside the one in use.
    const bool plain = rules == policy::Pack::kPrivate && url != base_urls.front();
    checks.Require(acme::IsBaseUrl(url, plain), "base_urls", acme::kBaseUrlForm);
  }

  std::vector<evidence::Site> sites;
  std::vector<evidence::Perspective> perspectives = ParsePerspectives(checks, config, sites);
  std::vector<Profile> profiles = ParseProfiles(checks, config);
  std::vector<NamedToken> tokens = ParseTokens(checks, config);
  ParsedIssuers parsed = ParseIssuers(checks, config, rules, now);
  for (const auto& [field, why] : BrokenRules(profiles, sites, rules, now)) {
    checks.Fail(field, why);
  }
  CheckIssuersOfProfiles(checks, parsed.issuers, profiles, now);
  policy::KeyBlocklist blocked_keys;
  if (!config.blocked_keys_file().empty()) {
    absl::StatusOr<policy::KeyBlocklist> list =
        policy::KeyBlocklist::FromFile(config.blocked_keys_file());
    if (list.ok()) {
      blocked_keys = *std::move(list);
    } else {
      checks.Fail("blocked_keys_file", DetailOf(list.status()));
    }
  }
  Linting linting = ParseLinting(checks, config, rules, profiles);
  std::optional<CertificateTransparency> ct;
  checks.Require(config.has_ct() || rules != policy::Pack::kWebPki, "ct",
                 "must be there: browsers refuse certificates without SCTs (CT-01)");
  if (config.has_ct()) {
    ct = {.log_list = ct::LogListOptions::Parse(checks, config.ct().log_list(), "ct.log_list"),
          .policy = {.require_rfc6962 = !config.ct().accept_static_only()}};
  }
  RETURN_IF_ERROR(checks.ToStatus());

  absl::StatusOr<evidence::Verifier> verifier =
      evidence::Verifier::Create({.pack = *pack,
                                  .perspectives = std::move(perspectives),
                                  .base_urls = base_urls,
                                  .caa_identities = ListOf(config.caa_identities()),
                                  .methods = std::move(methods)});
  if (!verifier.ok()) {
    checks.Fail("perspectives", DetailOf(verifier.status()));
    return checks.ToStatus();
  }
  return Options{.instance = static_cast<uint8_t>(config.instance()),
                 .journal_directory = journal_directory,
                 .pack = *pack,
                 .sites = std::move(sites),
                 .verifier = *std::move(verifier),
                 .profiles = std::move(profiles),
                 .issuers = std::move(parsed.issuers),
                 .keys = std::move(parsed.keys),
                 .token_keys = std::move(parsed.token_keys),
                 .tokens = std::move(tokens),
                 .allow_software_keys = config.allow_software_keys(),
                 .blocked_keys = std::move(blocked_keys),
                 .public_suffixes = std::move(linting.public_suffixes),
                 .allowed_lints = std::move(linting.allowed),
                 .ct = std::move(ct)};
}

std::vector<std::string> Options::UnlawfulAt(absl::Time at) const {
  std::vector<std::string> lines;
  for (const auto& [field, why] : BrokenRules(profiles, sites, pack, at)) {
    lines.push_back(base::Cat(field, ": ", why));
  }
  return lines;
}

}  // namespace cairn::ca
