#include "libs/policy/key_blocklist.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"

namespace cairn::policy {

absl::StatusOr<KeyBlocklist> KeyBlocklist::FromText(std::string_view text) {
  KeyBlocklist list;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const size_t space = std::min(line.find(' '), line.size());
    const std::optional<std::string> digest = base::FromHex(line.substr(0, space));
    line.remove_prefix(std::min(space + 1, line.size()));
    const std::string source(line.substr(0, line.find(' ')));
    if (!digest.has_value() || digest->size() != 32 || source.empty()) {
      return errors::Make(
          errors::Reason::kMalformed,
          base::Cat("line ", number, ": not 64 lower-case hex digits, a space and a source"));
    }
    auto at = std::find(list.sources_.begin(), list.sources_.end(), source);
    if (at == list.sources_.end()) {
      if (list.sources_.size() == std::numeric_limits<uint16_t>::max()) {
        return errors::Make(errors::Reason::kMalformed,
                            base::Cat("line ", number, ": too many different sources"));
      }
      at = list.sources_.insert(at, source);
    }
    Entry entry{};
    std::copy(digest->begin(), digest->end(), entry.digest.begin());
    entry.source = static_cast<uint16_t>(at - list.sources_.begin());
    list.entries_.push_back(entry);
  }
  std::sort(list.entries_.begin(), list.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.digest < b.digest; });
  return list;
}

absl::StatusOr<KeyBlocklist> KeyBlocklist::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return errors::Make(errors::Reason::kInternal, base::Cat(path, ": can't be read"));
  }
  absl::StatusOr<KeyBlocklist> list = FromText(text);
  if (!list.ok()) {
    return errors::Make(errors::Reason::kMalformed,
                        base::Cat(path, ": ", errors::PayloadOf(list.status()).detail()));
  }
  return list;
}

std::optional<std::string_view> KeyBlocklist::SourceOf(const crypto::PublicKey& key) const {
  return SourceOfSpki(key.spki_der());
}

std::optional<std::string_view> KeyBlocklist::SourceOfSpki(std::string_view spki_der) const {
  if (entries_.empty()) return std::nullopt;
  const std::string digest = crypto::Sha256(spki_der);
  Entry wanted{};
  std::copy(digest.begin(), digest.end(), wanted.digest.begin());
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), wanted,
                       [](const Entry& a, const Entry& b) { return a.digest < b.digest; });
  if (at == entries_.end() || at->digest != wanted.digest) return std::nullopt;
  return sources_[at->source];
}

}  // namespace cairn::policy
