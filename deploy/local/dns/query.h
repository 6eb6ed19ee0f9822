#pragma once

#include <string>
#include <string_view>

#include "deploy/local/dns/zone.h"

namespace cairn::local_dns {

// The answer to a query, in wire form; empty where a message deserves none (it
// has no whole header, or is itself an answer). Over UDP an answer that is too
// big for the asker is cut to nothing and marked, so that it asks over TCP.
std::string AnswerQuery(const Zone& zone, std::string_view message, bool over_tcp);

}  // namespace cairn::local_dns
