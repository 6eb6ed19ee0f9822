#include "tools/ceremony/arguments.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::ceremony {
namespace {

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

bool IsIn(const std::vector<std::string_view>& list, std::string_view name) {
  return std::count(list.begin(), list.end(), name) != 0;
}

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(const Spec& spec,
                                           const std::vector<std::string>& words) {
  Arguments out;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-')) {
      if (!spec.word) return Bad(base::Cat("\"", word, "\" is not expected"));
      if (!out.word_.empty()) return Bad(base::Cat("\"", word, "\" is one argument too many"));
      out.word_ = word;
      continue;
    }
    const std::string name = word.starts_with("--") ? word.substr(2) : word;
    if (IsIn(spec.switches, name)) {
      out.values_[name];
      continue;
    }
    const bool is_list = IsIn(spec.lists, name);
    if (!is_list && !IsIn(spec.values, name)) return Bad(base::Cat("no option is called ", word));
    if (!is_list && out.Has(name)) return Bad(base::Cat(word, " is there twice"));
    if (i + 1 == words.size()) return Bad(base::Cat(word, " takes a value"));
    out.values_[name].push_back(words[++i]);
  }
  if (spec.word && out.word_.empty()) return Bad("an argument is missing");
  return out;
}

std::optional<std::string> Arguments::Value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

absl::StatusOr<std::string> Arguments::Required(std::string_view name) const {
  std::optional<std::string> value = Value(name);
  if (!value.has_value()) return Bad(base::Cat("--", name, " is required"));
  return *std::move(value);
}

std::vector<std::string> Arguments::List(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace cairn::ceremony
