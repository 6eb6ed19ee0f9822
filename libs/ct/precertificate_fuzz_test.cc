#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/ct/precertificate.h"

// What is a precertificate or a final certificate can be turned into the other
// forms and back, without one octet changed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace ct = cairn::ct;
  const std::string_view tbs(reinterpret_cast<const char*>(data), size);
  if (const auto precertificate = ct::AddPoison(tbs); precertificate.ok()) {
    INVARIANT(ct::RemovePoison(*precertificate).value() == tbs, "the poison is all that was added");
  }
  if (const auto entry = ct::RemovePoison(tbs); entry.ok()) {
    ct::SignedCertificateTimestamp sct;
    sct.log_id.assign(32, 'L');
    sct.signature.signature = std::string("s");
    const std::vector<ct::SignedCertificateTimestamp> scts = {sct};
    const auto final_tbs = ct::ReplacePoison(tbs, scts);
    INVARIANT(final_tbs.ok() && ct::ProveSame(tbs, *final_tbs).ok(), "they are one certificate");
    INVARIANT(ct::RemoveSctList(*final_tbs).value() == *entry, "logs see the same entry");
  }
  return 0;
}
