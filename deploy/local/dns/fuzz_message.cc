// Any bytes as a message: first as an update, then as a query over UDP and TCP.

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "deploy/local/dns/query.h"
#include "deploy/local/dns/tsig_key.h"
#include "deploy/local/dns/update.h"
#include "deploy/local/dns/wire.h"
#include "deploy/local/dns/zone.h"

// libldns loses some hundred octets where it refuses a packet.
extern "C" const char* __lsan_default_suppressions() { return "leak:libldns"; }  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn::local_dns;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  Zone zone;
  const TsigKey key{.name = "k.", .secret = "c2VjcmV0"};
  if (size >= kHeaderSize) AnswerUpdate(zone, key, absl::FromUnixSeconds(1'700'000'000), message);
  AnswerQuery(zone, message, false);
  AnswerQuery(zone, message, true);
  return 0;
}
