#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/lint/lint.h"

// Any octets: as an object whose kind is guessed, as an issuer, as a precertificate,
// and as each kind in turn. The first octet chooses.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace lint = cairn::lint;
  if (size < 1) return 0;
  const std::string_view der(reinterpret_cast<const char*>(data + 1), size - 1);
  static const auto* const kSuffixes =
      new auto(cairn::policy::PublicSuffixes::Parse("com\n*.ck\n!www.ck\n").value());
  static const auto* const kLogs = new lint::Logs{{std::string(32, 'a'), {"Operator"}}};
  static const auto* const kNames = new cairn::x509::Names{.dns = {"example.com"}};
  static const auto* const kProfile = new lint::Profile(lint::CairnProfile(absl::Hours(24), false));
  static const auto* const kBlocklist = new cairn::policy::KeyBlocklist();
  lint::Subject subject{.der = der,
                        .now = absl::FromUnixSeconds(1795694400),
                        .names = kNames,
                        .profile = kProfile,
                        .crl_url = "http://crl.example.test/1.crl",
                        .previous_crl_number = std::string_view("\x01\x00", 2),
                        .public_suffixes = kSuffixes,
                        .key_blocklist = kBlocklist,
                        .logs = kLogs};
  const size_t choice = data[0] % (lint::AllKinds().size() + 2);
  if (choice < lint::AllKinds().size()) subject.kind = lint::AllKinds()[choice];
  if (choice == lint::AllKinds().size()) {
    subject.issuer_der = der;
    subject.precertificate_der = der;
  }
  const lint::Report report = lint::Run(subject);
  INVARIANT(report.findings.size() + report.skipped.size() + static_cast<size_t>(report.passed) > 0,
            "some lint looks at every object");
  INVARIANT(report.Digest().size() == 64, "every report has a digest");
  (void)lint::MaySign(report, lint::AllowList());
  (void)lint::AddPlaceholderSignature(der);
  return 0;
}
