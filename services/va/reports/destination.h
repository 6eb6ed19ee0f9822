#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/va/core/url.h"

namespace cairn::va {

// Where the owner of a name wants reports: what an iodef property says, which is
// the word of a stranger (RFC 8659 section 4.4).
struct Destination {
  std::string domain;   // of the server or the mailbox, lower case
  std::string mailbox;  // "security@example.com", of a mailto URL; else ""
  Url url;              // of an https URL
};

// Nothing for what no report goes to: any other scheme, http among them; a host
// that is an address or has no dot; a port but 443; a user name; a mailto URL with
// header fields, several or quoted addresses, or percent-encoding. Pure.
std::optional<Destination> ParseDestination(std::string_view iodef);

// Whether this is a mailbox that needs no quoting (RFC 5321 section 4.1.2):
// dot-string "@" domain, in ASCII. For what goes into a mail dialogue as it is.
bool IsMailbox(std::string_view text);

}  // namespace cairn::va
