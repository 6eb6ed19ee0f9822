#pragma once

#include <absl/time/time.h>

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/crypto/public_key.h"
#include "libs/x509/certificate.h"
#include "services/ca/core/crl_parts.h"

namespace cairn::ca {

// One CA certificate whose key signs here.
struct Issuer {
  std::string name;
  x509::Certificate certificate;
  std::vector<std::string> chain;  // DER, this one first, without the root
  bool active = true;              // else it only finishes what it began
  std::optional<std::string> ca_issuers_url;
  // The delegated signer of its OCSP responses; nothing: its own key, where allowed.
  std::optional<x509::Certificate> ocsp_signer;
  CrlParts crl;
};

// All issuers. Thread-safe. An issuer that is stopped stays so until the process
// starts again: a person must look first.
class Issuers {
 public:
  explicit Issuers(std::vector<Issuer> issuers) : issuers_(std::move(issuers)) {}

  // The issuer for a subscriber key of this type: RSA for RSA and ECDSA for EC
  // where there is one, else any; the first in the configuration. It must be
  // active, not stopped, and outlive `not_after` (PROF-11). Null if none is left.
  const Issuer* Pick(crypto::KeyType type, absl::Time not_after) const;
  // Null if there is none of that name, or it is stopped.
  const Issuer* Usable(std::string_view name) const;
  // Null if there is none of that name.
  const Issuer* Find(std::string_view name) const;

  void Stop(std::string_view name);
  bool IsStopped(std::string_view name) const;

  // KEY-18: whether the key is one of an issuer's.
  bool HasKey(const crypto::PublicKey& key) const;

  const std::vector<Issuer>& all() const { return issuers_; }

 private:
  const std::vector<Issuer> issuers_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> stopped_;
};

}  // namespace cairn::ca
