#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/sql/rows.h"

namespace cairn::sa {

// Reads a row's columns one after the other, in the order of the SELECT list.
class RowReader {
 public:
  explicit RowReader(sql::Rows::Row row) : row_(row) {}

  bool NextIsNull() const { return row_.IsNull(next_); }
  // Moves on without reading.
  void Skip(size_t columns = 1) { next_ += columns; }
  uint64_t Unsigned() { return row_.Unsigned(next_++); }
  int Int() { return static_cast<int>(row_.Signed(next_++)); }
  int64_t Signed() { return row_.Signed(next_++); }
  int64_t SignedOrZero() { return row_.SignedOrZero(next_++); }
  std::string Bytes() { return std::string(row_.Bytes(next_++)); }
  std::string BytesOrEmpty() { return std::string(row_.BytesOrEmpty(next_++)); }

 private:
  const sql::Rows::Row row_;
  size_t next_ = 0;
};

}  // namespace cairn::sa
