#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cairn::service {

// Which roles may call which method: "cairn.sa.v1.OrderReader/GetOrder" names one
// method, "cairn.sa.v1.OrderReader/*" all that have no entry of their own. An
// empty list of roles: nobody.
using Allow = std::map<std::string, std::vector<std::string>>;

// The callers of each method of one server; what isn't in it is denied (NSR-04,
// NSR-05). Filled at start, then read by many threads.
class AllowList {
 public:
  // `internal_domain` without a leading dot: "cairn.internal".
  explicit AllowList(std::string_view internal_domain);

  // kMalformed if an entry names no service or method of the linked schemas, or if
  // a method of a named service is left without an entry: forgetting one would
  // otherwise only show in production.
  absl::Status Add(const Allow& allow);

  // The role that the DNS names of a caller's certificate give: the one name under
  // the internal domain without that domain, "ra" or "eu-1.perspective". Empty when
  // there is none or more than one, as it would be open which one is meant.
  template <typename Names>
  std::string RoleOf(const Names& names) const {
    std::string role;
    for (const auto& name : names) {
      const std::string_view text(name.data(), name.size());
      if (text.size() <= suffix_.size() || !text.ends_with(suffix_)) continue;
      if (!role.empty()) return "";
      role = text.substr(0, text.size() - suffix_.size());
    }
    return role;
  }

  // `path` as in HTTP/2: "/cairn.sa.v1.OrderReader/GetOrder". The methods of
  // grpc.health.v1.Health are open to every caller, role or not.
  bool Allows(std::string_view path, std::string_view role) const;

  // Whether `path` is one of ours, so that it may be a metric's label.
  bool Knows(std::string_view path) const { return methods_.contains(path); }

  // Full names of the services that have entries.
  const std::vector<std::string>& services() const { return services_; }
  // "Service/Method" for each method, for metrics.
  std::vector<std::string> MethodLabels() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const std::string suffix_;  // ".cairn.internal"
  std::vector<std::string> services_;
  std::unordered_map<std::string, std::vector<std::string>, Hash, std::equal_to<>> methods_;
};

}  // namespace cairn::service
