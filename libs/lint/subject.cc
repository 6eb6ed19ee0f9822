#include "libs/lint/subject.h"

#include <array>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"
#include "libs/x509/oids.h"

namespace cairn::lint {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 9> kNames = {{
    {Kind::kSubscriber, "subscriber"},
    {Kind::kPrecertificate, "precertificate"},
    {Kind::kOcspSigner, "ocsp_signer"},
    {Kind::kSubordinateCa, "subordinate_ca"},
    {Kind::kCrossCertificate, "cross_certificate"},
    {Kind::kRoot, "root"},
    {Kind::kCrl, "crl"},
    {Kind::kCaCrl, "ca_crl"},
    {Kind::kOcspResponse, "ocsp_response"},
}};

// Some four thousand keys of 300 octets: a megabyte or two.
constexpr size_t kMaxKeys = 4096;

}  // namespace

std::string_view NameOf(Kind kind) { return kNames[static_cast<size_t>(kind)].second; }

std::optional<Kind> KindFromName(std::string_view name) {
  for (const auto& [kind, its_name] : kNames) {
    if (its_name == name) return kind;
  }
  return std::nullopt;
}

const std::vector<Kind>& AllKinds() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<Kind>;
    for (const auto& [kind, name] : kNames) all->push_back(kind);
    return all;
  }();
  return *kAll;
}

Profile CairnProfile(absl::Duration validity, bool has_common_name,
                     const std::optional<ProfileExtension>& last) {
  namespace oid = x509::oid;
  const auto row = [](std::string_view oid, bool critical, bool required) {
    return ProfileExtension{std::string(oid), critical, required, std::nullopt};
  };
  Profile profile{.validity = validity};
  profile.extensions = {
      row(oid::kKeyUsage, true, true),
      row(oid::kExtKeyUsage, false, true),
      row(oid::kBasicConstraints, true, true),
      row(oid::kAuthorityKeyIdentifier, false, true),
      row(oid::kAuthorityInfoAccess, false, false),
      row(oid::kCrlDistributionPoints, false, false),
      row(oid::kCertificatePolicies, false, true),
      row(oid::kSubjectAltName, !has_common_name, true),
  };
  if (last.has_value()) profile.extensions.push_back(*last);
  return profile;
}

std::optional<KeyFacts> KeyCache::Find(std::string_view spki_der) const {
  const std::lock_guard lock(mutex_);
  const auto found = facts_.find(std::string(spki_der));
  if (found == facts_.end()) return std::nullopt;
  return found->second;
}

void KeyCache::Insert(std::string_view spki_der, const KeyFacts& facts) {
  const std::lock_guard lock(mutex_);
  if (facts_.size() >= kMaxKeys) facts_.clear();
  facts_.emplace(spki_der, facts);
}

absl::StatusOr<std::string> AddPlaceholderSignature(std::string_view tbs_der) {
  der::Reader whole(tbs_der);
  ASSIGN_OR_RETURN(der::Reader tbs, whole.EnterSequence());
  RETURN_IF_ERROR(whole.Finish());
  // [0] and the serial number of a certificate, or the version of a CRL.
  RETURN_IF_ERROR(tbs.ReadOptional(der::ContextConstructed(0)).status());
  RETURN_IF_ERROR(tbs.ReadOptional(der::kInteger).status());
  ASSIGN_OR_RETURN(const der::Element algorithm, tbs.Read(der::kSequence));
  std::string content(tbs_der);
  content += algorithm.der;
  content += der::BitString("this is not a signature, it stands where one will be").bytes();
  return der::Wrap(der::kSequence, content).bytes();
}

}  // namespace cairn::lint
