#include "libs/policy/public_suffixes.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "libs/base/punycode.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::policy {
namespace {

constexpr std::string_view kBegin = "===BEGIN ICANN DOMAINS===";
constexpr std::string_view kEnd = "===END ICANN DOMAINS===";

std::string_view LastLabel(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::string_view Parent(std::string_view name) {
  const size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

// The caller has checked that it is UTF-8.
std::u32string Decode(std::string_view utf8) {
  std::u32string out;
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<uint8_t>(utf8[i]);
    const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    char32_t point = more == 0 ? lead : lead & (0x3f >> more);
    for (int k = 1; k <= more; ++k)
      point = (point << 6) | (utf8[i + static_cast<size_t>(k)] & 0x3f);
    out.push_back(point);
    i += static_cast<size_t>(more) + 1;
  }
  return out;
}

std::optional<std::string> ToALabels(std::string_view name) {
  if (!base::IsUtf8(name)) return std::nullopt;
  std::string out;
  while (true) {
    const size_t dot = name.find('.');
    out += base::ToALabel(Decode(name.substr(0, dot)));
    if (dot == std::string_view::npos) return out;
    out += '.';
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

absl::StatusOr<PublicSuffixes> PublicSuffixes::Parse(std::string_view text) {
  PublicSuffixes suffixes;
  // A list of one's own may have no sections: then all of it counts.
  bool counts = text.find(kBegin) == std::string_view::npos;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
    if (line.find(kBegin) != std::string_view::npos) counts = true;
    if (line.find(kEnd) != std::string_view::npos) counts = false;
    // A rule ends at the first white space.
    line = line.substr(0, line.find_first_of(" \t\r"));
    if (!counts || line.empty() || line.starts_with("//")) continue;
    Rule rule = Rule::kPlain;
    if (line.starts_with("!")) {
      rule = Rule::kException;
      line.remove_prefix(1);
    } else if (line.starts_with("*.")) {
      rule = Rule::kWildcard;
      line.remove_prefix(2);
    }
    const std::optional<std::string> name = ToALabels(line);
    if (!name.has_value() || name->empty()) {
      return errors::Make(errors::Reason::kMalformed, "the public suffix list is not UTF-8");
    }
    suffixes.Add(*name, rule);
  }
  if (suffixes.rules_.empty()) {
    return errors::Make(errors::Reason::kMalformed, "the public suffix list has no rule");
  }
  return suffixes;
}

void PublicSuffixes::Add(std::string name, Rule rule) {
  rules_.try_emplace(std::string(LastLabel(name)), Rule::kTopLevelOnly);
  Rule& stored = rules_.try_emplace(std::move(name), rule).first->second;
  if (stored == rule) return;
  if (stored == Rule::kTopLevelOnly) {
    stored = rule;
  } else {
    stored = Rule::kPlainAndWildcard;
  }
}

bool PublicSuffixes::KnowsTopLevelOf(std::string_view name) const {
  return rules_.find(LastLabel(name)) != rules_.end();
}

bool PublicSuffixes::IsSuffix(std::string_view name) const {
  if (const auto own = rules_.find(name); own != rules_.end()) {
    if (own->second == Rule::kException) return false;
    if (own->second == Rule::kPlain || own->second == Rule::kPlainAndWildcard) return true;
  }
  const auto parent = rules_.find(Parent(name));
  return parent != rules_.end() &&
         (parent->second == Rule::kWildcard || parent->second == Rule::kPlainAndWildcard);
}

}  // namespace cairn::policy
