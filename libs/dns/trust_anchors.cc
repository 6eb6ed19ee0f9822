#include "libs/dns/trust_anchors.h"

#include <algorithm>
#include <fstream>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::dns {
namespace {

constexpr size_t kMaxFile = 64 * 1024;

// A record, however many lines it has.
struct Record {
  size_t line = 1;     // where it begins
  bool owned = false;  // an owner name stands at its begin
  std::vector<std::string> words;
};

absl::Status Malformed(size_t line, std::string_view what) {
  return errors::Make(errors::Reason::kMalformed,
                      base::Cat("trust anchors, line ", line, ": ", what));
}

// Splits a line into words and parentheses; comments are left out. No record of
// an anchor has a quoted string.
std::vector<std::string> Words(std::string_view line) {
  line = line.substr(0, line.find(';'));
  std::vector<std::string> words;
  bool open = false;
  for (const char c : line) {
    const bool bracket = c == '(' || c == ')';
    if (bracket) words.emplace_back(1, c);
    open = open && !bracket && c != ' ' && c != '\t' && c != '\r';
    if (bracket || c == ' ' || c == '\t' || c == '\r') continue;
    if (!open) words.emplace_back();
    words.back() += c;
    open = true;
  }
  return words;
}

// Adds the owner of `record` to `names`.
absl::Status AddOwner(const Record& record, std::vector<std::string>& names) {
  const bool anchor = std::any_of(record.words.begin(), record.words.end(), [](const auto& word) {
    return base::ToLower(word) == "ds" || base::ToLower(word) == "dnskey";
  });
  if (!anchor) return Malformed(record.line, "neither DS nor DNSKEY");
  if (!record.owned || record.words[0].back() != '.') {
    return Malformed(record.line, "its owner name must stand there, with a dot at its end");
  }
  std::string name = base::ToLower(record.words[0]);
  name.pop_back();
  names.push_back(std::move(name));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> TrustAnchorNames(std::string_view text) {
  std::vector<std::string> names;
  Record record;
  bool inside = false;  // of parentheses
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!inside) record = {.line = number, .owned = !line.empty() && line[0] > ' '};
    for (std::string& word : Words(line)) {
      if (word == "(" || word == ")") {
        if (inside == (word == "(")) return Malformed(number, "parentheses");
        inside = !inside;
        continue;
      }
      record.words.push_back(std::move(word));
    }
    if (inside || record.words.empty()) continue;
    if (const absl::Status status = AddOwner(record, names); !status.ok()) return status;
  }
  if (inside) return Malformed(record.line, "parentheses");
  if (names.empty()) return Malformed(1, "no DS or DNSKEY record");
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

absl::StatusOr<std::vector<std::string>> ReadTrustAnchorNames(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty() || text.size() > kMaxFile) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat("no such trust anchor file, or it is empty or too long: ", path));
  }
  return TrustAnchorNames(text);
}

bool IsCovered(const std::vector<std::string>& anchors, std::string_view name) {
  return std::any_of(anchors.begin(), anchors.end(), [&](const std::string& anchor) {
    if (anchor.empty() || name == anchor) return true;
    return name.size() > anchor.size() && name.ends_with(anchor) &&
           name[name.size() - anchor.size() - 1] == '.';
  });
}

}  // namespace cairn::dns
