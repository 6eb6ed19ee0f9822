#pragma once

#include <string>
#include <string_view>

#include "libs/dns/test_wire.h"

namespace cairn::harness {

// What BadServer says to a question in the given manner; over TCP or not. Empty:
// nothing. `query`: the whole message that asked.
std::string BadAnswer(const std::string& manner, std::string_view query,
                      const dns::WireQuestion& question, bool tcp);

}  // namespace cairn::harness
