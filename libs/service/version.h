#pragma once

#include <string_view>

namespace cairn::service {

// What --version prints and cairn_build_info says.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace cairn::service
