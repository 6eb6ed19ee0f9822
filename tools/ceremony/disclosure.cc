#include "tools/ceremony/disclosure.h"

#include <utility>
#include <vector>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/x509/ca_name.h"
#include "tools/ceremony/text.h"

namespace cairn::ceremony {

std::string DisclosureOf(const Plan& plan, const crypto::PublicKey& key,
                         std::string_view certificate, std::optional<absl::Time> key_date,
                         absl::Time now) {
  std::vector<std::pair<std::string, std::string>> facts = {
      {"act", std::string(NameOf(plan.act))},
      {"public_key_sha256", base::ToHex(crypto::Sha256(key.spki_der()))},
      {"key_type", std::string(crypto::NameOf(key.type()))},
      {"key_bits", base::Cat(key.bits())},
      {"key_generated", key_date.has_value() ? InstantText(*key_date) : ""}};
  if (plan.MakesCertificate()) {
    const std::string issuer =
        plan.signer.has_value() ? plan.signer->certificate.tbs().subject_der : plan.subject_der;
    facts.insert(facts.end(), {{"certificate_sha256", base::ToHex(crypto::Sha256(certificate))},
                               {"subject", x509::NameToText(plan.subject_der).value_or("")},
                               {"issuer", x509::NameToText(issuer).value_or("")},
                               {"serial", base::ToHex(plan.serial)},
                               {"not_before", InstantText(plan.not_before)},
                               {"not_after", InstantText(plan.not_after)},
                               {"crl_url", plan.crl_url.value_or("")},
                               {"disclose_by", InstantText(now + absl::Hours(24 * 7))}});
  }
  std::string text = "{";
  for (const auto& [name, value] : facts) {
    text += base::Cat(text.size() == 1 ? "\n" : ",\n", "  ", acme::JsonString(name), ": ",
                      acme::JsonString(value));
  }
  return text + "\n}\n";
}

}  // namespace cairn::ceremony
