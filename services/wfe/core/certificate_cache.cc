#include "services/wfe/core/certificate_cache.h"

namespace cairn::wfe {

void CertificateCache::Put(const std::string& serial, const std::string& owner, std::string pem) {
  std::lock_guard lock(mutex_);
  if (index_.contains(serial)) return;
  used_.push_front({serial, owner, std::move(pem)});
  index_[serial] = used_.begin();
  if (used_.size() > limit_) {
    index_.erase(used_.back().serial);
    used_.pop_back();
  }
}

std::optional<std::string> CertificateCache::Get(const std::string& serial,
                                                 const std::string& owner) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(serial);
  if (found == index_.end() || found->second->owner != owner) return std::nullopt;
  used_.splice(used_.begin(), used_, found->second);
  return found->second->pem;
}

}  // namespace cairn::wfe
