#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/der/tags.h"
#include "libs/lint/view.h"

// What several lints have in common.
namespace cairn::lint {

// Bits of KeyUsage::bits (RFC 5280 section 4.2.1.3).
inline constexpr int kDigitalSignature = 1 << 0;
inline constexpr int kKeyEncipherment = 1 << 2;
inline constexpr int kDataEncipherment = 1 << 3;
inline constexpr int kKeyAgreement = 1 << 4;
inline constexpr int kKeyCertSign = 1 << 5;
inline constexpr int kCrlSign = 1 << 6;

// An AlgorithmIdentifier taken apart; empty where it is none.
struct Algorithm {
  std::string_view oid;
  std::string_view parameters;  // whole element; empty if absent
};
Algorithm AlgorithmOf(std::string_view identifier_der);

// The OID of an EC key's named curve; empty for other parameters.
std::string_view CurveOf(const PublicKeyInfo& key);

// Of a certificate its two, of a CRL its own and those of its entries.
std::vector<TimeField> TimesOf(const View& view);

bool IsCritical(const View& view, std::string_view extension_oid);

// Whether an extKeyUsage that can be read has the purpose.
bool HasPurpose(const View& view, std::string_view purpose);

// "http", not "https": what is fetched is signed, and a fetch by https could
// need itself (BR 7.1.2.7.7, 7.1.2.11.2).
bool IsHttpUrl(std::string_view url);

// Of revocation: 1, 3, 4, 5 and 9 (BR 7.2.2).
bool IsAllowedReason(int64_t reason);

bool IsLdh(char c);

// The first name that is bad, for a person to read; empty if none is.
template <typename Bad>
std::string FirstBad(const std::vector<std::string_view>& names, Bad is_bad) {
  for (const std::string_view name : names) {
    if (is_bad(name)) return name.empty() ? "an empty name" : Text(name);
  }
  return "";
}

// The same for labels of DNS names. Empty labels, and the wildcard at the left,
// are not asked about.
template <typename Bad>
std::string FirstBadLabel(const View& view, Bad is_bad) {
  return FirstBad(view.dns_names, [&](std::string_view name) {
    if (name.starts_with("*.")) name.remove_prefix(2);
    while (true) {
      const std::string_view label = name.substr(0, name.find('.'));
      if (!label.empty() && is_bad(label)) return true;
      if (label.size() == name.size()) return false;
      name.remove_prefix(label.size() + 1);
    }
  });
}

struct Sct {
  std::string_view log_id;  // 32 octets
};
// Nothing where there is no list, and for one that is not as RFC 6962 sections
// 3.2 and 3.3 write it.
std::optional<std::vector<Sct>> SctsOf(const View& view);

// Unicode Standard Annex #15.
bool IsNormalizationFormC(std::u32string_view text);

}  // namespace cairn::lint
