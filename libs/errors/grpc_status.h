#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

namespace cairn::errors {

// The payload travels as the status's error_details. A message that may hold
// inner detail (its payload is not public, or it has none) travels too: the
// peers are our own, and the WFE withholds it from clients.
grpc::Status ToGrpc(const absl::Status& status);

// A status without our payload was made by gRPC itself: UNAVAILABLE becomes
// kUnavailable and DEADLINE_EXCEEDED kDeadlineExceeded (the two that say
// nothing about the request), all others kInternal.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace cairn::errors
