#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/random.h"
#include "libs/crypto/public_key.h"
#include "libs/x509/certificate.h"
#include "services/ca/core/crl_parts.h"

namespace cairn::ca {

// An issuer's life, from left to right.
enum class IssuerState {
  kPlanned,   // known, as its key is (KEY-18); signs nothing
  kStandby,   // begins certificates where no active issuer of its kind can
  kActive,    // begins certificates
  kDraining,  // begins none, but finishes what it began
  kCrlOnly,   // signs no certificates any more, only their status
};

// "planned", "standby", "active", "draining", "crl_only".
std::string_view NameOf(IssuerState state);
std::optional<IssuerState> IssuerStateFromName(std::string_view name);

// Whether an issuance may begin with it.
constexpr bool MayBeginCertificates(IssuerState state) {
  return state == IssuerState::kActive || state == IssuerState::kStandby;
}
// Whether it may sign certificates and precertificates at all: an issuance that
// was begun with it ends with it.
constexpr bool MaySignCertificates(IssuerState state) {
  return MayBeginCertificates(state) || state == IssuerState::kDraining;
}
// Whether it may sign CRLs and OCSP responses: as long as certificates of it may
// be in use.
constexpr bool MaySignStatus(IssuerState state) { return state != IssuerState::kPlanned; }

// One CA certificate whose key signs here.
struct Issuer {
  std::string name;
  x509::Certificate certificate;
  std::vector<std::string> chain;  // DER, this one first, without the root
  IssuerState state = IssuerState::kActive;
  uint32_t weight = 1;  // its share of what is begun, beside others of its kind
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

  // The issuer for a new certificate for a subscriber key of this type: RSA for
  // RSA and ECDSA for EC; where none of the kind can, one of the other kind. The
  // active ones come before those on standby. Among equals it is drawn, each as
  // often as its weight says; who is not drawn can't be told beforehand.
  //
  // It must not be stopped, and outlive `not_after` (PROF-11). Null if none is left.
  const Issuer* Pick(crypto::KeyType type, absl::Time not_after, base::Random& random) const;
  // Whether Pick would find one.
  bool CanPick(crypto::KeyType type, absl::Time not_after) const;
  // To finish what was begun with it. Null if there is none of that name, it is
  // stopped, or its state forbids it.
  const Issuer* Usable(std::string_view name) const;
  // Null if there is none of that name.
  const Issuer* Find(std::string_view name) const;

  void Stop(std::string_view name);
  bool IsStopped(std::string_view name) const;

  // KEY-18: whether the key is one of an issuer's.
  bool HasKey(const crypto::PublicKey& key) const;

  const std::vector<Issuer>& all() const { return issuers_; }

 private:
  // Those that are to be drawn from.
  std::vector<const Issuer*> Candidates(crypto::KeyType type, absl::Time not_after) const;

  const std::vector<Issuer> issuers_;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> stopped_;
};

}  // namespace cairn::ca
