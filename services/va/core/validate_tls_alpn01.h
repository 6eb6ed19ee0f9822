#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <vector>

#include "libs/base/call.h"
#include "libs/dns/resolver.h"
#include "libs/http/tls_probe/tls_probe.h"
#include "libs/policy/addresses.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/va/v1/va.pb.h"
#include "services/va/core/validator.h"

namespace cairn::va {

// Control by tls-alpn-01 (RFC 8737, RFC 8738 section 6, BR 3.2.2.4.20), as one
// perspective sees it. Thread-safe.
class ValidateTlsAlpn01 final : public Validator {
 public:
  struct Options {
    uint16_t port = 443;  // no other port but in tests
  };

  // What is referred to must outlive this.
  ValidateTlsAlpn01(const Options& options, const policy::AddressRules& addresses,
                    http::TlsProbe& probe)
      : options_(options), addresses_(addresses), probe_(probe) {}

  std::vector<dns::Question> FirstQuestions(const v1::Subject& subject) const override;

 private:
  absl::Status Look(const base::Call& call, dns::Resolver& resolver, const v1::Subject& subject,
                    evidence::v1::Control& control) const override;

  const Options options_;
  const policy::AddressRules& addresses_;
  http::TlsProbe& probe_;
};

}  // namespace cairn::va
