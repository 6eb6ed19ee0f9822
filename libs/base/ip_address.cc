#include "libs/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "libs/base/strings.h"

namespace cairn::base {

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  // inet_pton needs a terminated string, and would stop at a NUL inside.
  if (text.size() > 45 || text.find('\0') != text.npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.octets_.data()) == 1) return address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.octets_.data()) != 1) return std::nullopt;
  address.size_ = 16;
  return address;
}

std::optional<IpAddress> IpAddress::ParseIdentifier(std::string_view text) {
  const std::optional<IpAddress> address = Parse(text);
  if (!address || address->ToText() != text || address->embeds_ipv4()) return std::nullopt;
  return address;
}

bool IpAddress::embeds_ipv4() const {
  if (!is_v6()) return false;
  const std::string_view prefix = bytes().substr(0, 12);
  if (prefix == std::string_view("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12)) return true;
  // :: and ::1 are of that form as well, but embed nothing.
  return prefix == std::string(12, '\0') && bytes().substr(12, 3) != std::string_view("\0\0\0", 3);
}

std::optional<IpAddress> IpAddress::FromBytes(std::string_view bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.octets_.begin());
  address.size_ = bytes.size();
  return address;
}

std::string IpAddress::ToText() const {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(is_v6() ? AF_INET6 : AF_INET, octets_.data(), text, sizeof text);
  return text;
}

std::string IpAddress::WithPort(uint16_t port) const {
  return is_v6() ? Cat("[", ToText(), "]:", port) : Cat(ToText(), ":", port);
}

std::string IpAddress::ReverseName() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string name;
  for (size_t i = size_; i-- > 0;) {
    if (is_v6()) {
      name.append({kHex[octets_[i] & 15], '.', kHex[octets_[i] >> 4], '.'});
    } else {
      name += Cat(octets_[i], ".");
    }
  }
  return name + (is_v6() ? "ip6.arpa" : "in-addr.arpa");
}

std::optional<IpRange> IpRange::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const auto address = IpAddress::Parse(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (!address || error != std::errc() || end != digits.data() + digits.size() || prefix < 0 ||
      prefix > static_cast<int>(address->bytes().size()) * 8) {
    return std::nullopt;
  }
  const std::string_view bytes = address->bytes();
  for (int bit = prefix; bit < static_cast<int>(bytes.size()) * 8; ++bit) {
    if (static_cast<uint8_t>(bytes[bit / 8]) >> (7 - bit % 8) & 1) return std::nullopt;
  }
  return IpRange(*address, prefix);
}

bool IpRange::Contains(const IpAddress& address) const {
  const std::string_view a = first_.bytes(), b = address.bytes();
  if (a.size() != b.size()) return false;
  const int whole = prefix_ / 8, rest = prefix_ % 8;
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  return rest == 0 || ((a[whole] ^ b[whole]) & 0xff) >> (8 - rest) == 0;
}

}  // namespace cairn::base
