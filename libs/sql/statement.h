#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cairn::sql {

// A statement with ? for its parameters. `name` is its label in metrics and in
// messages: a few words that never change, "order_insert". Both live for ever,
// or for the call where the text is one of a rare dynamic list.
struct Statement {
  std::string_view name;
  std::string_view text;
  // Running it twice in a row leaves what running it once does, and its answer
  // is right both times: it may run again where the first answer was lost.
  bool repeatable = false;
};

// A parameter: an integer, bytes or NULL. Borrows the bytes.
class Value {
 public:
  enum class Kind { kNull, kUnsigned, kSigned, kBytes };

  Value(std::nullptr_t) : kind_(Kind::kNull) {}                            // NOLINT: implicit
  Value(std::string_view bytes) : kind_(Kind::kBytes), bytes_(bytes) {}    // NOLINT
  Value(const std::string& bytes) : kind_(Kind::kBytes), bytes_(bytes) {}  // NOLINT
  Value(const char* text) : kind_(Kind::kBytes), bytes_(text) {}           // NOLINT
  template <std::integral Integer>
  Value(Integer value)  // NOLINT
      : kind_(std::is_signed_v<Integer> ? Kind::kSigned : Kind::kUnsigned),
        number_(static_cast<uint64_t>(value)) {}

  Kind kind() const { return kind_; }
  uint64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }

 private:
  Kind kind_;
  uint64_t number_ = 0;
  std::string_view bytes_;
};

// The parameters of one call, in the order of the question marks. A view: for
// the length of the call.
class Values {
 public:
  Values(std::initializer_list<Value> values) : values_(values.begin(), values.size()) {}  // NOLINT
  Values(const std::vector<Value>& values) : values_(values) {}                            // NOLINT

  size_t size() const { return values_.size(); }
  const Value& operator[](size_t i) const { return values_[i]; }

 private:
  std::span<const Value> values_;
};

// "?,?,?" for a list of `n`; `group` is what stands for one: "(?,?)". The only
// way in which a statement's text may depend on its input.
std::string Placeholders(size_t n, std::string_view group = "?");

}  // namespace cairn::sql
