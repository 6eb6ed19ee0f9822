#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/invariant.h"
#include "services/va/reports/destination.h"
#include "services/va/reports/smtp.h"

// The input is the value of an iodef property, and a line of a mail server.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto reply = va::ParseSmtpReply(text)) {
    INVARIANT(reply->code >= 200 && reply->code <= 599, "a code of RFC 5321");
  }
  const auto destination = va::ParseDestination(text);
  if (!destination) return 0;
  const std::string wire =
      destination->mailbox.empty() ? destination->url.ToText() : destination->mailbox;
  INVARIANT(!wire.empty() &&
                std::all_of(wire.begin(), wire.end(), [](char c) { return c > 0x20 && c < 0x7f; }),
            "nothing ends a line of a dialogue");
  INVARIANT(destination->domain.find('.') != std::string::npos, "a public name");
  if (destination->mailbox.empty()) {
    INVARIANT(wire.starts_with("https://"), "no other scheme");
    INVARIANT(!destination->url.ip, "no address");
    INVARIANT(va::ParseDestination(wire)->url.ToText() == wire, "a form of its own");
  } else {
    INVARIANT(va::IsMailbox(wire), "what the dialogue wants");
  }
  return 0;
}
