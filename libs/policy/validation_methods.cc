#include "libs/policy/validation_methods.h"

#include <algorithm>
#include <set>

namespace cairn::policy {
namespace {

// BR 3.2.2.4.22
constexpr absl::Duration kPersistentMaxAge = absl::Hours(24 * 10);
// For the order under way, between the challenge and the signature.
constexpr absl::Duration kOrderUnderWay = absl::Minutes(15);

constexpr ValidationMethod kMethods[] = {
    {.name = "http-01",
     .domain_section = "3.2.2.4.19",
     .address_section = "3.2.2.5.6",
     .wildcard = false,
     .has_token = true},
    {.name = "dns-01",
     .domain_section = "3.2.2.4.7",
     .address_section = "",  // RFC 8738 section 7
     .wildcard = true,
     .has_token = true},
    {.name = "tls-alpn-01",
     .domain_section = "3.2.2.4.20",
     .address_section = "3.2.2.5.7",
     .wildcard = false,
     .has_token = true},
    {.name = "dns-account-01",
     .domain_section = "3.2.2.4.21",
     .address_section = "",
     .wildcard = true,
     .has_token = true},
    {.name = "dns-persist-01",
     .domain_section = "3.2.2.4.22",
     .address_section = "",
     .wildcard = true,  // where the record says so
     .has_token = false},
};

}  // namespace

std::span<const ValidationMethod> ValidationMethods() { return kMethods; }

const ValidationMethod* FindValidationMethod(std::string_view name) {
  for (const ValidationMethod& method : kMethods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

absl::Duration MaxAgeOfProof(const ValidationMethod& method, absl::Duration ttl) {
  if (method.has_token) return absl::InfiniteDuration();
  return std::clamp(ttl, kOrderUnderWay, kPersistentMaxAge);
}

std::optional<ChallengeOffer> ChallengeOffer::Create(std::vector<OfProfile> offers) {
  std::set<std::string> profiles;
  for (const OfProfile& offer : offers) {
    if (!profiles.insert(offer.profile).second) return std::nullopt;
    std::set<std::string> methods;
    for (const std::string& method : offer.methods) {
      if (FindValidationMethod(method) == nullptr || !methods.insert(method).second) {
        return std::nullopt;
      }
    }
  }
  if (!profiles.contains("")) {
    offers.push_back({.profile = "", .methods = {"http-01", "dns-01", "tls-alpn-01"}});
  }
  return ChallengeOffer(std::move(offers));
}

ChallengeOffer ChallengeOffer::Default() { return *Create({}); }

std::vector<std::string_view> ChallengeOffer::MethodsFor(std::string_view profile, bool is_address,
                                                         bool is_wildcard) const {
  const OfProfile* chosen = nullptr;
  for (const OfProfile& offer : offers_) {
    if (offer.profile == profile || (offer.profile.empty() && chosen == nullptr)) chosen = &offer;
  }
  std::vector<std::string_view> methods;
  for (const std::string& method : chosen->methods) {
    if (FindValidationMethod(method)->CanProve(is_address, is_wildcard)) methods.push_back(method);
  }
  return methods;
}

bool ChallengeOffer::Offers(std::string_view method, std::string_view profile, bool is_address,
                            bool is_wildcard) const {
  const std::vector<std::string_view> methods = MethodsFor(profile, is_address, is_wildcard);
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace cairn::policy
