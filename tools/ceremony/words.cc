#include "tools/ceremony/words.h"

#include <algorithm>
#include <cstdint>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"

namespace cairn::ceremony {
namespace {

constexpr size_t kMaxLabel = 64;
constexpr size_t kMaxUrl = 500;

}  // namespace

bool IsOneLine(std::string_view text, size_t most) {
  return !text.empty() && text.size() <= most && base::IsUtf8(text) && text.front() != ' ' &&
         text.back() != ' ' && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
         });
}

bool IsLabel(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

bool IsOid(std::string_view text) {
  size_t arcs = 0;
  std::string_view rest = text;
  std::string first;
  while (true) {
    const std::string_view arc = rest.substr(0, rest.find('.'));
    if (arc.empty() || arc.size() > 9 || (arc.size() > 1 && arc[0] == '0') ||
        !std::all_of(arc.begin(), arc.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return false;
    }
    if (arcs == 0 && (arc.size() != 1 || arc[0] > '2')) return false;
    if (arcs == 0) first = arc;
    if (arcs == 1 && first != "2" && (arc.size() > 2 || (arc.size() == 2 && arc[0] > '3'))) {
      return false;
    }
    ++arcs;
    if (arc.size() == rest.size()) return arcs >= 2;
    rest.remove_prefix(arc.size() + 1);
  }
}

bool IsHttpUrl(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  return text.starts_with(kScheme) && text.size() > kScheme.size() && text.size() <= kMaxUrl &&
         text[kScheme.size()] != '/' && std::all_of(text.begin(), text.end(), [](char c) {
           return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\';
         });
}

}  // namespace cairn::ceremony
