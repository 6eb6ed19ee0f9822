#include "services/ca/core/issuer.h"

namespace cairn::ca {
namespace {

bool IsRsa(crypto::KeyType type) { return type == crypto::KeyType::kRsa; }

}  // namespace

const Issuer* Issuers::Pick(crypto::KeyType type, absl::Time not_after) const {
  const Issuer* other = nullptr;
  for (const Issuer& issuer : issuers_) {
    if (!issuer.active || IsStopped(issuer.name) ||
        issuer.certificate.tbs().not_after < not_after) {
      continue;
    }
    if (IsRsa(issuer.certificate.public_key().type()) == IsRsa(type)) return &issuer;
    if (other == nullptr) other = &issuer;
  }
  return other;
}

const Issuer* Issuers::Usable(std::string_view name) const {
  return IsStopped(name) ? nullptr : Find(name);
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
