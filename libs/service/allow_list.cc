#include "libs/service/allow_list.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::service {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::ServiceDescriptor;

absl::Status Malformed(std::string_view what) {
  return errors::Make(errors::Reason::kMalformed, what);
}

}  // namespace

AllowList::AllowList(std::string_view internal_domain) : suffix_(base::Cat(".", internal_domain)) {}

absl::Status AllowList::Add(const Allow& allow) {
  if (allow.empty()) return Malformed("a service is served without an allow-list");
  std::set<std::string> names;
  for (const auto& [entry, roles] : allow) {
    const size_t slash = entry.find('/');
    const ServiceDescriptor* service =
        slash == std::string::npos
            ? nullptr
            : DescriptorPool::generated_pool()->FindServiceByName(entry.substr(0, slash));
    if (service == nullptr) {
      return Malformed(base::Cat("allow-list: ", entry, " names no service that is linked in"));
    }
    const std::string method = entry.substr(slash + 1);
    if (method != "*" && service->FindMethodByName(method) == nullptr) {
      return Malformed(base::Cat("allow-list: ", entry, " names no method"));
    }
    names.insert(service->full_name());
  }
  for (const std::string& name : names) {
    if (std::find(services_.begin(), services_.end(), name) != services_.end()) {
      return Malformed(base::Cat("allow-list: ", name, " is served twice"));
    }
    const ServiceDescriptor& service = *DescriptorPool::generated_pool()->FindServiceByName(name);
    const auto rest = allow.find(name + "/*");
    for (int i = 0; i < service.method_count(); ++i) {
      const std::string method = base::Cat(name, "/", service.method(i)->name());
      const auto own = allow.find(method);
      const auto chosen = own != allow.end() ? own : rest;
      if (chosen == allow.end()) {
        return Malformed(base::Cat("allow-list: ", method, " has no entry"));
      }
      methods_.emplace("/" + method, chosen->second);
    }
    services_.push_back(name);
  }
  return absl::OkStatus();
}

bool AllowList::Allows(std::string_view path, std::string_view role) const {
  if (path.starts_with("/grpc.health.v1.Health/")) return true;
  if (role.empty()) return false;
  const auto found = methods_.find(path);
  return found != methods_.end() &&
         std::find(found->second.begin(), found->second.end(), role) != found->second.end();
}

std::vector<std::string> AllowList::MethodLabels() const {
  std::vector<std::string> labels;
  for (const auto& [path, roles] : methods_) {
    const size_t slash = path.rfind('/');
    labels.push_back(path.substr(path.rfind('.', slash) + 1));
  }
  return labels;
}

}  // namespace cairn::service
