#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "deploy/local/dns/tsig_key.h"
#include "deploy/local/dns/zone.h"

namespace cairn::local_dns {

// Carries out a dynamic update (RFC 2136) of the zone "test." that `key` signed,
// and answers it, signed too. All of it or nothing is done. A message without a
// good signature of the last five minutes changes nothing: NOTAUTH.
std::string AnswerUpdate(Zone& zone, const TsigKey& key, absl::Time now, std::string_view message);

}  // namespace cairn::local_dns
