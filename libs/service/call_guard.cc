#include "libs/service/call_guard.h"

#include <grpc/grpc_security_constants.h>

#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "protos/audit/v1/audit.pb.h"

namespace cairn::service {
namespace {

constexpr int kAuditsPerSecond = 10;

}  // namespace

CallGuard::CallGuard(const AllowList& allow, const base::Clock& clock, audit::Log& audit,
                     metrics::Registry& registry)
    : allow_(allow),
      clock_(clock),
      audit_(audit),
      refused_(registry.Counter("cairn_rpc_refused_total", "Calls that the allow-list refused")),
      unaudited_(registry.Counter("cairn_rpc_refused_unaudited_total",
                                  "Refused calls beyond the audit log's limit")) {}

grpc::Status CallGuard::Process(const InputMetadata& metadata, grpc::AuthContext* context,
                                OutputMetadata*, OutputMetadata*) {
  const auto path_entry = metadata.find(":path");
  const std::string_view path =
      path_entry == metadata.end()
          ? std::string_view()
          : std::string_view(path_entry->second.data(), path_entry->second.size());
  if (context->IsPeerAuthenticated()) {
    const std::string role =
        allow_.RoleOf(context->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME));
    if (allow_.Allows(path, role)) return grpc::Status::OK;
  }
  return Refuse(path, *context);
}

grpc::Status CallGuard::Refuse(std::string_view path, const grpc::AuthContext& context) {
  refused_.Add();
  if (TakeAuditToken()) {
    std::string caller;
    for (const grpc::string_ref& name : context.FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)) {
      if (!caller.empty()) caller += ' ';
      caller.append(name.data(), name.size());
    }
    audit::v1::Event event;
    event.set_peer(base::Escaped(caller, 256));
    event.mutable_call_refused()->set_method(base::Escaped(path, 128));
    event.mutable_call_refused()->set_caller(event.peer());
    // The call is refused whether this can be written or not.
    if (!audit_.Write(event).ok()) unaudited_.Add();
  } else {
    unaudited_.Add();
  }
  // Without a payload, which gRPC would drop here: to the caller's own caller it is
  // an internal error, as no subscriber is to blame for our configuration.
  return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "this caller may not call this method");
}

bool CallGuard::TakeAuditToken() {
  const absl::Time now = clock_.Now();
  std::lock_guard lock(mutex_);
  if (now - second_ >= absl::Seconds(1)) {
    second_ = now;
    audited_in_second_ = 0;
  }
  return ++audited_in_second_ <= kAuditsPerSecond;
}

}  // namespace cairn::service
