#pragma once

#include <string>
#include <string_view>

#include "libs/base/strings.h"

namespace cairn::ca {

// How the configuration's entry `index` of a list is called to the operator.
inline std::string Indexed(std::string_view list, int index) {
  return base::Cat(list, "[", index, "]");
}

}  // namespace cairn::ca
