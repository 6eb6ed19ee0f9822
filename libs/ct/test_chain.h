#pragma once

#include <absl/time/time.h>

#include <span>
#include <string>
#include <vector>

#include "libs/ct/sct.h"
#include "libs/x509/test_certificates.h"

namespace cairn::testing {

// A root, an issuer below it, and what the issuer signs for the logs: with throw-away
// keys.
class TestChain {
 public:
  explicit TestChain(absl::Time now);

  // A precertificate for a.test; each has another serial number.
  std::string Precertificate(absl::Time not_before, absl::Time not_after);
  // The final certificate of it.
  std::string Final(const std::string& precertificate,
                    std::span<const ct::SignedCertificateTimestamp> scts) const;
  // What a log signs for the precertificate.
  ct::Entry EntryOf(const std::string& precertificate) const;

  // The certificate with those above it, up to the root.
  std::vector<std::string> Above(const std::string& certificate) const;
  const TestIssuer& root() const { return root_; }
  const TestIssuer& issuer() const { return issuer_; }

 private:
  std::string Sign(const std::string& tbs_der) const;

  TestIssuer root_;
  TestIssuer issuer_;
};

}  // namespace cairn::testing
