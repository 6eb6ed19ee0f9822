#include "services/ra/options.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/acme/account_id.h"
#include "libs/acme/urls.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/x509/certificate.h"

namespace cairn::ra {
namespace {

constexpr absl::Duration kYear = absl::Hours(24 * 365);
// BR 3.2.2.4.7 and its kin: a token counts for 30 days from its creation. A day less,
// so that what begins in time also ends in time.
constexpr absl::Duration kMaxPendingLifetime = absl::Hours(24 * 29);

// When a call to this peer is given up.
absl::Duration CheckPeer(config::Checks& checks, const config::Peer& peer,
                         const std::string& field) {
  checks.Address(peer.address(), field + ".address");
  checks.Text(peer.name(), field + ".name");
  return checks.Duration(peer.timeout(), field + ".timeout", absl::Seconds(10),
                         absl::Milliseconds(1), absl::Hours(1));
}

Options::Pool ParsePool(config::Checks& checks, const config::WorkPool& pool,
                        const std::string& field, Options::Pool absent) {
  return {.threads = checks.Number(pool.threads(), field + ".threads", absent.threads, 1, 4096),
          .queue = checks.Number(pool.queue(), field + ".queue", absent.queue, 1, 100000)};
}

// The names' policy; nothing if the files that it is made of are not right.
std::optional<NamePolicy> ParseNames(config::Checks& checks, const config::Ra& config,
                                     policy::Pack pack) {
  std::string suffixes;
  if (pack == policy::Pack::kWebPki) {
    suffixes = checks.File(config.public_suffix_file(), "public_suffix_file");
    if (suffixes.empty()) return std::nullopt;
  }
  std::string blocked;
  if (!config.blocked_names_file().empty()) {
    blocked = checks.File(config.blocked_names_file(), "blocked_names_file");
  }
  absl::StatusOr<NamePolicy> names = NamePolicy::Create(pack, suffixes, blocked);
  checks.Take(names.status(), "blocked_names_file, public_suffix_file");
  if (!names.ok()) return std::nullopt;
  return *std::move(names);
}

// The issuers' certificates, in DER.
std::vector<std::string> ParseIssuers(config::Checks& checks, const config::Ra& config) {
  std::vector<std::string> issuers;
  checks.Require(config.watched_issuers().empty() || config.has_publisher(), "watched_issuers",
                 "needs a publisher, which reads the logs");
  for (const std::string& path : config.watched_issuers()) {
    const std::string pem = checks.File(path, "watched_issuers");
    if (pem.empty()) continue;
    const absl::StatusOr<std::vector<x509::Certificate>> listed =
        x509::Certificate::ListFromPem(pem);
    checks.Take(listed.status(), "watched_issuers");
    if (!listed.ok()) continue;
    for (const x509::Certificate& issuer : *listed) issuers.push_back(issuer.der());
  }
  return issuers;
}

policy::ChallengeOffer ParseChallenges(config::Checks& checks, const config::Ra& config,
                                       const std::vector<std::string>& profiles) {
  std::vector<policy::ChallengeOffer::OfProfile> offers;
  for (const config::Challenges& entry : config.challenges()) {
    checks.Require(entry.profile().empty() || std::find(profiles.begin(), profiles.end(),
                                                        entry.profile()) != profiles.end(),
                   "challenges.profile", "must be one of profiles");
    offers.push_back({entry.profile(), {entry.methods().begin(), entry.methods().end()}});
  }
  std::optional<policy::ChallengeOffer> offer = policy::ChallengeOffer::Create(std::move(offers));
  checks.Require(offer.has_value(), "challenges",
                 "each profile comes once, and each of its methods is a known one and comes once");
  return offer.has_value() ? *std::move(offer) : policy::ChallengeOffer::Default();
}

}  // namespace

absl::StatusOr<Options> Options::Parse(const config::Ra& config, absl::Time now) {
  config::Checks checks;
  CheckPeer(checks, config.sa(), "sa");
  CheckPeer(checks, config.ca(), "ca");
  const absl::Duration va_timeout = CheckPeer(checks, config.va(), "va");

  checks.Require(acme::IsBaseUrl(config.base_url()), "base_url", acme::kBaseUrlForm);
  std::vector<std::string> finalize_base_urls(config.finalize_base_urls().begin(),
                                              config.finalize_base_urls().end());
  if (finalize_base_urls.empty()) finalize_base_urls.push_back(config.base_url());

  const std::optional<policy::Pack> pack = policy::PackFromName(
      config.policy_pack().empty() ? "private" : std::string_view(config.policy_pack()));
  checks.Require(pack.has_value(), "policy_pack", "must be private or webpki");
  for (const std::string& url : finalize_base_urls) {
    checks.Require(acme::IsBaseUrl(url, pack == policy::Pack::kPrivate), "finalize_base_urls",
                   acme::kBaseUrlForm);
  }
  std::optional<NamePolicy> names =
      ParseNames(checks, config, pack.value_or(policy::Pack::kPrivate));

  policy::KeyBlocklist blocked_keys;
  if (!config.blocked_keys_file().empty()) {
    blocked_keys = checks.Take(policy::KeyBlocklist::FromFile(config.blocked_keys_file()),
                               "blocked_keys_file");
  }

  const absl::Duration order_lifetime = checks.Duration(config.order_lifetime(), "order_lifetime",
                                                        absl::Hours(168), absl::Minutes(1), kYear);
  const absl::Duration pending_lifetime =
      checks.Duration(config.pending_authorization_lifetime(), "pending_authorization_lifetime",
                      absl::Hours(168), absl::Minutes(1), kMaxPendingLifetime);
  const absl::Duration authorization_lifetime =
      checks.Duration(config.authorization_lifetime(), "authorization_lifetime", absl::Hours(720),
                      absl::Minutes(1), kYear);
  // VAL-09: BR 4.2.1 bounds the age of validation data, by date.
  const absl::Duration legal =
      policy::LimitsAt(pack.value_or(policy::Pack::kWebPki), now).max_control_age;
  checks.Require(
      authorization_lifetime <= legal, "authorization_lifetime",
      base::Cat("BR 4.2.1 permits at most ", absl::FormatDuration(legal), " at this date"));
  const absl::Duration reuse_window =
      checks.Duration(config.reuse_window(), "reuse_window", authorization_lifetime,
                      absl::ZeroDuration(), authorization_lifetime);

  const std::string default_profile =
      config.default_profile().empty() ? "default" : config.default_profile();
  std::vector<std::string> profiles(config.profiles().begin(), config.profiles().end());
  if (profiles.empty()) profiles.push_back(default_profile);
  checks.Require(std::find(profiles.begin(), profiles.end(), default_profile) != profiles.end(),
                 "default_profile", "must be one of profiles");

  policy::ChallengeOffer challenges = ParseChallenges(checks, config, profiles);
  const auto validation_attempts = static_cast<int>(
      checks.Number(config.validation_attempts(), "validation_attempts", 3, 1, 10));

  const absl::Duration lease = checks.Duration(config.lease(), "lease", absl::Seconds(20),
                                               absl::Seconds(2), absl::Minutes(10));
  checks.Require(lease == absl::Trunc(lease, absl::Seconds(1)), "lease", "must be whole seconds");
  checks.Require(va_timeout < lease, "va.timeout", "must be shorter than lease");
  const absl::Duration reconcile_interval =
      checks.Duration(config.reconcile_interval(), "reconcile_interval", absl::Seconds(2),
                      absl::Milliseconds(10), absl::Hours(1));
  const absl::Duration reconcile_grace =
      checks.Duration(config.reconcile_grace(), "reconcile_grace", absl::Seconds(30),
                      absl::ZeroDuration(), absl::Hours(1));
  const absl::Duration work_timeout = checks.Duration(
      config.work_timeout(), "work_timeout", absl::Minutes(10), absl::Seconds(1), absl::Hours(24));
  if (config.has_publisher()) {
    checks.Require(CheckPeer(checks, config.publisher(), "publisher") < lease, "publisher.timeout",
                   "must be shorter than lease");
  }
  const absl::Duration inclusion_delay =
      checks.Duration(config.inclusion_delay(), "inclusion_delay", absl::Hours(25),
                      absl::ZeroDuration(), absl::Hours(24 * 30));
  const uint64_t inclusion_share =
      checks.Number(config.inclusion_share(), "inclusion_share", 10, 1, 1000000);
  std::vector<std::string> watched_issuers = ParseIssuers(checks, config);
  const absl::Duration log_watch_interval =
      checks.Duration(config.log_watch_interval(), "log_watch_interval", absl::Minutes(1),
                      absl::Milliseconds(10), absl::Hours(24));
  const Pool log_work = ParsePool(checks, config.log_work(), "log_work", {16, 256});
  const Pool issuance = ParsePool(checks, config.issuance(), "issuance", {8, 256});
  const Pool validation = ParsePool(checks, config.validation(), "validation", {2048, 512});
  const uint64_t max_names = checks.Number(config.max_names(), "max_names", 100, 1, 100);
  RETURN_IF_ERROR(checks.ToStatus());

  return Options{
      .signer_name = config.signer_name().empty() ? "ca-1" : config.signer_name(),
      .base_url = config.base_url(),
      .finalize_base_urls = std::move(finalize_base_urls),
      .terms_url = config.terms_url(),
      .pack = *pack,
      .names = *std::move(names),
      .challenges = std::move(challenges),
      .validation_attempts = validation_attempts,
      .validation_timeout = va_timeout,
      .blocked_keys = std::move(blocked_keys),
      .max_names = max_names,
      .order_lifetime = order_lifetime,
      .pending_authorization_lifetime = pending_lifetime,
      .authorization_lifetime = authorization_lifetime,
      .reuse_window = reuse_window,
      .default_profile = default_profile,
      .profiles = std::move(profiles),
      .lease = lease,
      .reconcile_interval = reconcile_interval,
      .reconcile_grace = reconcile_grace,
      .work_timeout = work_timeout,
      .ct = config.has_publisher(),
      .inclusion_delay = inclusion_delay,
      .inclusion_share = inclusion_share,
      .watched_issuers = std::move(watched_issuers),
      .log_watch_interval = log_watch_interval,
      .issuance = issuance,
      .validation = validation,
      .log_work = log_work,
  };
}

std::string Options::AccountUri(std::string_view account_id) const {
  const std::optional<acme::AccountId> id = acme::AccountId::FromBytes(account_id);
  // Sizes are checked where ids come in, by the SA; one of another size names nobody.
  return id.has_value() ? acme::AccountUrl(base_url, *id) : std::string();
}

absl::Duration Options::AuthorizationLifetimeAt(absl::Time at) const {
  return std::min(authorization_lifetime, policy::LimitsAt(pack, at).max_control_age);
}

std::vector<policy::Change> Options::UnlawfulSoon(absl::Time now) const {
  std::vector<policy::Change> changes;
  for (const policy::Change& change : policy::ChangesWithin(now, absl::Hours(24 * 60))) {
    if (AuthorizationLifetimeAt(change.at) < authorization_lifetime) changes.push_back(change);
  }
  return changes;
}

std::optional<uint64_t> Options::OrderOfFinalizeUrl(std::string_view url) const {
  for (const std::string& base : finalize_base_urls) {
    if (const auto order_id = acme::ParseFinalizeUrl(base, url)) return order_id;
  }
  return std::nullopt;
}

}  // namespace cairn::ra
