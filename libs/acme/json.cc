#include "libs/acme/json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::acme {

// The handler that Boost.JSON's parser calls. Returning false with `error` set
// ends the parse.
class JsonBuilder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit JsonBuilder(size_t values) : left_(values) {}

  Json Take() { return std::move(root_); }
  const char* problem() const { return problem_; }

  bool on_document_begin(boost::json::error_code&) { return true; }
  bool on_document_end(boost::json::error_code&) { return true; }
  bool on_object_begin(boost::json::error_code& error) { return Open(Json::Type::kObject, error); }
  bool on_object_end(std::size_t, boost::json::error_code&) { return Close(); }
  bool on_array_begin(boost::json::error_code& error) { return Open(Json::Type::kArray, error); }
  bool on_array_end(std::size_t, boost::json::error_code&) { return Close(); }
  bool on_key_part(boost::json::string_view part, std::size_t, boost::json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, boost::json::error_code& error) {
    text_.append(part.data(), part.size());
    if (left_-- == 0) return Fail("it has too many values", error);
    auto& names = open_.back().names_;
    if (std::find(names.begin(), names.end(), text_) != names.end()) {
      return Fail("a member's name comes twice", error);
    }
    names.push_back(std::exchange(text_, {}));
    return true;
  }
  bool on_string_part(boost::json::string_view part, std::size_t, boost::json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(boost::json::string_view part, std::size_t, boost::json::error_code& error) {
    text_.append(part.data(), part.size());
    Json value;
    value.type_ = Json::Type::kString;
    value.string_ = std::exchange(text_, {});
    return Add(std::move(value), error);
  }
  bool on_number_part(boost::json::string_view, boost::json::error_code&) { return true; }
  bool on_int64(int64_t integer, boost::json::string_view, boost::json::error_code& error) {
    Json value = Of(Json::Type::kNumber);
    value.integer_ = integer;
    return Add(std::move(value), error);
  }
  bool on_uint64(uint64_t, boost::json::string_view, boost::json::error_code& error) {
    return Add(Of(Json::Type::kNumber), error);
  }
  bool on_double(double, boost::json::string_view, boost::json::error_code& error) {
    return Add(Of(Json::Type::kNumber), error);
  }
  bool on_bool(bool boolean, boost::json::error_code& error) {
    Json value = Of(Json::Type::kBool);
    value.boolean_ = boolean;
    return Add(std::move(value), error);
  }
  bool on_null(boost::json::error_code& error) { return Add(Of(Json::Type::kNull), error); }
  bool on_comment_part(boost::json::string_view, boost::json::error_code&) { return true; }
  bool on_comment(boost::json::string_view, boost::json::error_code&) { return true; }

 private:
  static Json Of(Json::Type type) {
    Json value;
    value.type_ = type;
    return value;
  }

  bool Fail(const char* problem, boost::json::error_code& error) {
    problem_ = problem;
    error = boost::json::error::exception;  // any: problem() has the words
    return false;
  }

  bool Open(Json::Type type, boost::json::error_code& error) {
    if (left_-- == 0) return Fail("it has too many values", error);
    open_.push_back(Of(type));
    return true;
  }

  bool Close() {
    Json value = std::move(open_.back());
    open_.pop_back();
    Place(std::move(value));
    return true;
  }

  bool Add(Json value, boost::json::error_code& error) {
    if (left_-- == 0) return Fail("it has too many values", error);
    Place(std::move(value));
    return true;
  }

  void Place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().items_.push_back(std::move(value));
    }
  }

  size_t left_;
  const char* problem_ = nullptr;
  std::string text_;
  std::vector<Json> open_;
  Json root_;
};

absl::StatusOr<Json> Json::Parse(std::string_view text, const Limits& limits) {
  const auto malformed = [](std::string_view why) {
    return errors::Make(errors::Reason::kMalformed, base::Cat("this is not valid JSON: ", why));
  };
  if (text.size() > limits.size) {
    return malformed(base::Cat("it is longer than ", limits.size, " octets"));
  }
  if (text.starts_with("\xef\xbb\xbf")) return malformed("it begins with a byte order mark");
  // Boost.JSON checks UTF-8 in strings; this also covers what it would skip.
  if (!base::IsUtf8(text)) return malformed("it is not UTF-8");

  boost::json::parse_options options;
  options.max_depth = limits.depth;
  boost::json::basic_parser<JsonBuilder> parser(options, limits.values);
  boost::json::error_code error;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) return malformed("something follows the value");
  if (error) {
    const char* problem = parser.handler().problem();
    return malformed(problem != nullptr ? std::string(problem) : error.message());
  }
  return parser.handler().Take();
}

const Json* Json::Find(std::string_view name) const {
  if (type_ != Type::kObject) return nullptr;
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return &items_[i];
  }
  return nullptr;
}

std::optional<std::string_view> Json::GetString(std::string_view name) const {
  const Json* member = Find(name);
  if (member == nullptr || member->type_ != Type::kString) return std::nullopt;
  return member->string_;
}

std::optional<int64_t> Json::GetInteger(std::string_view name) const {
  const Json* member = Find(name);
  return member == nullptr ? std::nullopt : member->integer_;
}

std::string JsonString(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (octet < 0x20 || octet == 0x7f) {
      out.append("\\u00").append(1, kHex[octet >> 4]).append(1, kHex[octet & 15]);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace cairn::acme
