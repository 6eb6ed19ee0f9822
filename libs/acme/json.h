#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::acme {

// One JSON value, parsed strictly (RFC 8259, RFC 8555 section 5): UTF-8 without a
// byte order mark, no member name twice, nothing after the value, and no more
// than the limits. Immutable.
class Json {
 public:
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };

  struct Limits {
    size_t size = 64 * 1024;
    size_t depth = 16;
    size_t values = 4096;  // of all kinds, members' names included
  };

  // kMalformed, with where and why, for anything else.
  static absl::StatusOr<Json> Parse(std::string_view text, const Limits& limits);
  static absl::StatusOr<Json> Parse(std::string_view text) { return Parse(text, Limits()); }

  Type type() const { return type_; }
  bool is_object() const { return type_ == Type::kObject; }
  bool is_array() const { return type_ == Type::kArray; }
  bool is_string() const { return type_ == Type::kString; }

  // The string; empty for every other type.
  const std::string& string() const { return string_; }
  // True for `true` only.
  bool boolean() const { return boolean_; }
  // The number if it is written as an integer and fits; nothing otherwise.
  std::optional<int64_t> integer() const { return integer_; }
  // The elements of an array, or the values of an object's members.
  const std::vector<Json>& items() const { return items_; }
  // The names of an object's members, in their order.
  const std::vector<std::string>& names() const { return names_; }

  // The member of an object; null if there is none, or this is no object.
  const Json* Find(std::string_view name) const;
  // The member if it is a string.
  std::optional<std::string_view> GetString(std::string_view name) const;
  // The member if it is such a number.
  std::optional<int64_t> GetInteger(std::string_view name) const;

 private:
  friend class JsonBuilder;

  Type type_ = Type::kNull;
  bool boolean_ = false;
  std::optional<int64_t> integer_;
  std::string string_;
  std::vector<Json> items_;
  std::vector<std::string> names_;
};

// `text` as a JSON string, quotes included. `text` must be UTF-8.
std::string JsonString(std::string_view text);

}  // namespace cairn::acme
