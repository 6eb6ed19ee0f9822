#include "tools/lint/objects.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::lint_tool {
namespace {

constexpr std::string_view kLabels[] = {"CERTIFICATE", "X509 CRL", "OCSP RESPONSE"};
constexpr size_t kMaxFile = size_t{64} << 20;

absl::Status Bad(std::string_view detail) {
  return errors::Make(errors::Reason::kMalformed, detail);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ObjectsOf(std::string_view bytes) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kDashes = "-----";
  if (bytes.starts_with('\x30')) return std::vector<std::string>{std::string(bytes)};
  std::vector<std::string> objects;
  for (size_t at = bytes.find(kBegin); at != std::string_view::npos; at = bytes.find(kBegin)) {
    bytes.remove_prefix(at + kBegin.size());
    const size_t label_end = bytes.find(kDashes);
    if (label_end == std::string_view::npos) return Bad("a PEM block has no end");
    const std::string_view label = bytes.substr(0, label_end);
    if (std::find(std::begin(kLabels), std::end(kLabels), label) == std::end(kLabels)) continue;
    bytes.remove_prefix(label_end + kDashes.size());
    const size_t end = bytes.find("-----END ");
    if (end == std::string_view::npos) return Bad("a PEM block has no end");
    std::string text(bytes.substr(0, end));
    text.erase(
        std::remove_if(text.begin(), text.end(),
                       [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }),
        text.end());
    std::optional<std::string> der = base::FromBase64(text);
    if (!der.has_value()) return Bad("a PEM block is not base64");
    objects.push_back(*std::move(der));
    bytes.remove_prefix(end);
  }
  if (objects.empty()) return Bad("neither DER, nor PEM of a certificate, CRL or OCSP response");
  return objects;
}

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  std::string bytes;
  bool failed = file == nullptr;
  while (!failed && bytes.size() <= kMaxFile) {
    char buffer[65536];
    const size_t size = std::fread(buffer, 1, sizeof buffer, file);
    if (size == 0) break;
    bytes.append(buffer, size);
  }
  if (file != nullptr) {
    failed = std::ferror(file) != 0 || bytes.size() > kMaxFile;
    if (file != stdin) std::fclose(file);
  }
  if (!failed) return bytes;
  return errors::Make(errors::Reason::kNotFound, base::Cat(path, ": can't be read"));
}

absl::StatusOr<std::vector<std::string>> ReadObjects(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadWhole(path));
  absl::StatusOr<std::vector<std::string>> objects = ObjectsOf(bytes);
  if (objects.ok()) return objects;
  return Bad(base::Cat(path, ": ", errors::PayloadOf(objects.status()).detail()));
}

}  // namespace cairn::lint_tool
