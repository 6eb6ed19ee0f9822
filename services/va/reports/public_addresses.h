#pragma once

#include "libs/dns/resolver.h"
#include "libs/http/client/api_client.h"
#include "libs/policy/addresses.h"

namespace cairn::va {

// The addresses of a host that a stranger named, less those that are never
// contacted (RFC 8555 section 10.4); kDns or kConnection where none is left. The
// client dials what it is given and nothing else, so that the address that was
// checked is the one that is dialled. Both must outlive the result.
http::ApiClient::Resolve PublicAddresses(dns::Resolver& resolver,
                                         const policy::AddressRules& rules);

}  // namespace cairn::va
