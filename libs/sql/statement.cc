#include "libs/sql/statement.h"

namespace cairn::sql {

std::string Placeholders(size_t n, std::string_view group) {
  std::string out;
  out.reserve(n * (group.size() + 1));
  for (size_t i = 0; i < n; ++i) {
    if (i > 0) out += ',';
    out += group;
  }
  return out;
}

}  // namespace cairn::sql
