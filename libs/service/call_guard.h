#pragma once

#include <absl/time/time.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include <mutex>
#include <string_view>

#include "libs/audit/audit.h"
#include "libs/base/clock.h"
#include "libs/metrics/metrics.h"
#include "libs/service/allow_list.h"

namespace cairn::service {

// Stands in front of every service of a server, health included, and lets a call
// through only if the allow-list has its caller. A refusal is counted and, up to
// ten a second, audited: more would let a caller fill the audit log.
class CallGuard final : public grpc::AuthMetadataProcessor {
 public:
  // All must outlive the server.
  CallGuard(const AllowList& allow, const base::Clock& clock, audit::Log& audit,
            metrics::Registry& registry);

  // Runs in gRPC's own thread, without a hop: Process only looks things up.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context,
                       OutputMetadata* consumed, OutputMetadata* response) override;

 private:
  grpc::Status Refuse(std::string_view path, const grpc::AuthContext& context);
  bool TakeAuditToken();

  const AllowList& allow_;
  const base::Clock& clock_;
  audit::Log& audit_;
  const metrics::Counter refused_;
  const metrics::Counter unaudited_;

  std::mutex mutex_;
  absl::Time second_ = absl::InfinitePast();
  int audited_in_second_ = 0;
};

}  // namespace cairn::service
