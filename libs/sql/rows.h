#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::sql {

// What a query brought: all of it, in one buffer. Columns are asked for by their
// place in the SELECT list, with the type that they have in the schema; another
// place or type is a bug and breaks an INVARIANT.
class Rows {
 public:
  class Row {
   public:
    bool IsNull(size_t column) const;
    uint64_t Unsigned(size_t column) const;
    int64_t Signed(size_t column) const;
    // Valid as long as the Rows.
    std::string_view Bytes(size_t column) const;
    // The same, with zero or nothing for NULL.
    int64_t SignedOrZero(size_t column) const { return IsNull(column) ? 0 : Signed(column); }
    std::string_view BytesOrEmpty(size_t column) const {
      return IsNull(column) ? std::string_view() : Bytes(column);
    }

   private:
    friend class Rows;
    Row(const Rows& rows, size_t first) : rows_(rows), first_(first) {}
    const Rows& rows_;
    const size_t first_;
  };

  size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  bool empty() const { return cells_.empty(); }
  Row operator[](size_t i) const;

 private:
  friend class Connection;

  struct Cell {
    enum class Kind : uint8_t { kNull, kNumber, kBytes };
    Kind kind = Kind::kNull;
    uint64_t number = 0;  // or where the bytes begin
    size_t size = 0;
  };
  const Cell& At(size_t first, size_t column) const;

  size_t columns_ = 0;
  std::vector<Cell> cells_;
  std::string bytes_;
};

}  // namespace cairn::sql
