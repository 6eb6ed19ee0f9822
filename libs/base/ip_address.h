#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::base {

// One IPv4 or IPv6 address. A plain value.
class IpAddress {
 public:
  // "192.0.2.1" or "2001:db8::1": no brackets, no zone, no leading zeros in the
  // parts of an IPv4 address.
  static std::optional<IpAddress> Parse(std::string_view text);
  // The same for identifiers of certificates, which have one spelling: that of
  // ToText (RFC 8738 section 3). Nothing also for IPv4 addresses dressed as IPv6
  // (::ffff:192.0.2.1, ::192.0.2.1): a host would have two identifiers.
  static std::optional<IpAddress> ParseIdentifier(std::string_view text);
  // 4 or 16 octets, as in DNS and in certificates; nothing for other lengths.
  static std::optional<IpAddress> FromBytes(std::string_view bytes);

  // IPv4-mapped, or of the deprecated IPv4-compatible form (RFC 4291 section 2.5.5).
  bool embeds_ipv4() const;
  bool is_v6() const { return size_ == 16; }
  // 4 or 16 octets in network order.
  std::string_view bytes() const { return {reinterpret_cast<const char*>(octets_.data()), size_}; }
  // The canonical text (RFC 5952 for IPv6).
  std::string ToText() const;
  // "192.0.2.1:80", "[2001:db8::1]:80".
  std::string WithPort(uint16_t port) const;
  // Its name in the reverse zones (RFC 1035 section 3.5, RFC 3596 section 2.5), in
  // lower case without trailing dot: "1.2.0.192.in-addr.arpa", "1.0. ... .ip6.arpa".
  std::string ReverseName() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<uint8_t, 16> octets_{};
  size_t size_ = 4;
};

// "192.0.2.0/24", "2001:db8::/32".
class IpRange {
 public:
  // Nothing also where bits after the prefix are set: such a range is a typing error.
  static std::optional<IpRange> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  IpRange(const IpAddress& first, int prefix) : first_(first), prefix_(prefix) {}

  IpAddress first_;
  int prefix_;
};

}  // namespace cairn::base
