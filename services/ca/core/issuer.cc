#include "services/ca/core/issuer.h"

#include <array>

#include "libs/base/invariant.h"

namespace cairn::ca {
namespace {

constexpr std::array<std::pair<IssuerState, std::string_view>, 5> kNames = {{
    {IssuerState::kPlanned, "planned"},
    {IssuerState::kStandby, "standby"},
    {IssuerState::kActive, "active"},
    {IssuerState::kDraining, "draining"},
    {IssuerState::kCrlOnly, "crl_only"},
}};

bool IsRsa(crypto::KeyType type) { return type == crypto::KeyType::kRsa; }

// A number below `bound`, each as likely as the others: what lies above the last
// whole multiple of `bound` is drawn again.
uint64_t DrawBelow(uint64_t bound, base::Random& random) {
  const uint64_t rest = (UINT64_MAX % bound + 1) % bound;  // 2^64 mod bound
  for (;;) {
    const uint64_t drawn = random.Uint64();
    if (drawn <= UINT64_MAX - rest) return drawn % bound;
  }
}

}  // namespace

std::string_view NameOf(IssuerState state) { return kNames[static_cast<size_t>(state)].second; }

std::optional<IssuerState> IssuerStateFromName(std::string_view name) {
  for (const auto& [state, its_name] : kNames) {
    if (its_name == name) return state;
  }
  return std::nullopt;
}

std::vector<const Issuer*> Issuers::Candidates(crypto::KeyType type, absl::Time not_after) const {
  for (const bool same_kind : {true, false}) {
    for (const IssuerState state : {IssuerState::kActive, IssuerState::kStandby}) {
      std::vector<const Issuer*> found;
      for (const Issuer& issuer : issuers_) {
        const bool is_same = IsRsa(issuer.certificate.public_key().type()) == IsRsa(type);
        if (issuer.state == state && is_same == same_kind && !IsStopped(issuer.name) &&
            issuer.certificate.tbs().not_after >= not_after) {
          found.push_back(&issuer);
        }
      }
      if (!found.empty()) return found;
    }
  }
  return {};
}

const Issuer* Issuers::Pick(crypto::KeyType type, absl::Time not_after,
                            base::Random& random) const {
  const std::vector<const Issuer*> candidates = Candidates(type, not_after);
  if (candidates.size() <= 1) return candidates.empty() ? nullptr : candidates.front();
  uint64_t total = 0;
  for (const Issuer* issuer : candidates) total += issuer->weight;
  INVARIANT(total > 0, "the options were checked for it");
  uint64_t drawn = DrawBelow(total, random);
  for (const Issuer* issuer : candidates) {
    if (drawn < issuer->weight) return issuer;
    drawn -= issuer->weight;
  }
  INVARIANT(false, "what is drawn is below the sum of the weights");
  return nullptr;
}

bool Issuers::CanPick(crypto::KeyType type, absl::Time not_after) const {
  return !Candidates(type, not_after).empty();
}

const Issuer* Issuers::Usable(std::string_view name) const {
  const Issuer* issuer = Find(name);
  if (issuer == nullptr || IsStopped(name) || !MaySignCertificates(issuer->state)) return nullptr;
  return issuer;
}

const Issuer* Issuers::Find(std::string_view name) const {
  for (const Issuer& issuer : issuers_) {
    if (issuer.name == name) return &issuer;
  }
  return nullptr;
}

void Issuers::Stop(std::string_view name) {
  std::lock_guard lock(mutex_);
  stopped_.emplace(name);
}

bool Issuers::IsStopped(std::string_view name) const {
  std::lock_guard lock(mutex_);
  return stopped_.contains(name);
}

bool Issuers::HasKey(const crypto::PublicKey& key) const {
  for (const Issuer& issuer : issuers_) {
    if (issuer.certificate.public_key() == key) return true;
  }
  return false;
}

}  // namespace cairn::ca
