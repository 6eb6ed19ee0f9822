#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "libs/base/call.h"
#include "libs/dns/resolver.h"
#include "libs/http/client/client.h"
#include "libs/policy/addresses.h"
#include "protos/evidence/v1/evidence.pb.h"
#include "protos/va/v1/va.pb.h"
#include "services/va/core/url.h"
#include "services/va/core/validator.h"

namespace cairn::va {

// Control by http-01 (RFC 8555 section 8.3, RFC 8738, BR 3.2.2.4.19), as one
// perspective sees it. Thread-safe.
class ValidateHttp01 final : public Validator {
 public:
  struct Options {
    // Where http and https URLs without a port are dialled: 80 and 443 but in
    // tests. No other port is ever dialled.
    uint16_t http_port = 80;
    uint16_t https_port = 443;
  };

  // What is referred to must outlive this.
  ValidateHttp01(const Options& options, const policy::AddressRules& addresses, http::Web& web)
      : options_(options), addresses_(addresses), web_(web) {}

  std::vector<dns::Question> FirstQuestions(const v1::Subject& subject) const override;

 private:
  absl::Status Look(const base::Call& call, dns::Resolver& resolver, const v1::Subject& subject,
                    evidence::v1::Control& control) const override;
  // Nothing where the port may not be dialled.
  std::optional<uint16_t> PortOf(const Url& url) const;

  const Options options_;
  const policy::AddressRules& addresses_;
  http::Web& web_;
};

}  // namespace cairn::va
