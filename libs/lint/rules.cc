#include "libs/lint/rules.h"

#include <algorithm>

#include "libs/lint/oids.h"

namespace cairn::lint {
namespace {

// Fields of TLS: big-endian, with a length of two octets before each vector.
std::optional<size_t> TakeLength(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const size_t length =
      static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
  bytes.remove_prefix(2);
  return length;
}

std::optional<std::string_view> TakeVector(std::string_view& bytes) {
  const std::optional<size_t> length = TakeLength(bytes);
  if (!length.has_value() || *length > bytes.size()) return std::nullopt;
  const std::string_view vector = bytes.substr(0, *length);
  bytes.remove_prefix(*length);
  return vector;
}

// RFC 6962 section 3.2: version, log id, timestamp, extensions, signature.
std::optional<Sct> TakeSct(std::string_view bytes) {
  constexpr size_t kFixed = 1 + 32 + 8;
  if (bytes.size() < kFixed || bytes[0] != '\0') return std::nullopt;
  const Sct sct{bytes.substr(1, 32)};
  bytes.remove_prefix(kFixed);
  if (!TakeVector(bytes).has_value() || bytes.size() < 2) return std::nullopt;
  bytes.remove_prefix(2);  // hash and signature algorithm
  const std::optional<std::string_view> signature = TakeVector(bytes);
  if (!signature.has_value() || signature->empty() || !bytes.empty()) return std::nullopt;
  return sct;
}

}  // namespace

Algorithm AlgorithmOf(std::string_view identifier_der) {
  der::Reader whole(identifier_der);
  absl::StatusOr<der::Reader> content = whole.EnterSequence();
  if (!content.ok()) return {};
  const absl::StatusOr<der::Element> type = content->Read(der::kOid);
  if (!type.ok()) return {};
  return {type->content, content->rest()};
}

std::string_view CurveOf(const PublicKeyInfo& key) {
  der::Reader parameters(key.parameters);
  const absl::StatusOr<der::Element> curve = parameters.Read(der::kOid);
  return curve.ok() ? curve->content : std::string_view();
}

std::vector<TimeField> TimesOf(const View& view) {
  if (!view.serial.empty()) return {view.not_before, view.not_after};
  std::vector<TimeField> times{view.this_update};
  if (view.next_update.has_value()) times.push_back(*view.next_update);
  for (const RevokedEntry& entry : view.revoked) times.push_back(entry.date);
  return times;
}

bool HasPurpose(const View& view, std::string_view purpose) {
  if (!view.extended_key_usage.has_value()) return false;
  const auto& list = *view.extended_key_usage;
  return std::find(list.begin(), list.end(), purpose) != list.end();
}

bool IsCritical(const View& view, std::string_view extension_oid) {
  const Extension* extension = view.Find(extension_oid);
  return extension != nullptr && extension->critical;
}

bool IsHttpUrl(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) return false;
  for (const char c : url) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return true;
}

bool IsAllowedReason(int64_t reason) {
  return reason == 1 || reason == 3 || reason == 4 || reason == 5 || reason == 9;
}

bool IsLdh(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

std::optional<std::vector<Sct>> SctsOf(const View& view) {
  const Extension* extension = view.Find(oid::kSctList);
  if (extension == nullptr) return std::nullopt;
  der::Reader value(extension->value);
  const absl::StatusOr<std::string_view> octets = value.ReadOctetString();
  if (!octets.ok() || !value.AtEnd()) return std::nullopt;
  std::string_view rest = *octets;
  std::optional<std::string_view> list = TakeVector(rest);
  if (!list.has_value() || !rest.empty()) return std::nullopt;
  std::vector<Sct> scts;
  while (!list->empty()) {
    const std::optional<std::string_view> item = TakeVector(*list);
    if (!item.has_value()) return std::nullopt;
    const std::optional<Sct> sct = TakeSct(*item);
    if (!sct.has_value()) return std::nullopt;
    scts.push_back(*sct);
  }
  return scts;
}

}  // namespace cairn::lint
