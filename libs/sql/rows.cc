#include "libs/sql/rows.h"

#include "libs/base/invariant.h"

namespace cairn::sql {

Rows::Row Rows::operator[](size_t i) const {
  INVARIANT(i < size(), "callers look at size() first");
  return Row(*this, i * columns_);
}

const Rows::Cell& Rows::At(size_t first, size_t column) const {
  INVARIANT(column < columns_, "the statement and its reader are side by side");
  return cells_[first + column];
}

bool Rows::Row::IsNull(size_t column) const {
  return rows_.At(first_, column).kind == Cell::Kind::kNull;
}

uint64_t Rows::Row::Unsigned(size_t column) const {
  const Cell& cell = rows_.At(first_, column);
  INVARIANT(cell.kind == Cell::Kind::kNumber, "the schema says a number that is not NULL");
  return cell.number;
}

int64_t Rows::Row::Signed(size_t column) const { return static_cast<int64_t>(Unsigned(column)); }

std::string_view Rows::Row::Bytes(size_t column) const {
  const Cell& cell = rows_.At(first_, column);
  INVARIANT(cell.kind == Cell::Kind::kBytes, "the schema says bytes that are not NULL");
  return std::string_view(rows_.bytes_).substr(cell.number, cell.size);
}

}  // namespace cairn::sql
