#include "libs/errors/grpc_status.h"

#include "libs/errors/errors.h"
#include "protos/errors/v1/errors.pb.h"

namespace cairn::errors {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      PayloadOf(status).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  v1::Error error;
  if (!status.error_details().empty() && error.ParseFromString(status.error_details())) {
    const absl::Status made = FromPayload(error);
    // The peer's message may say more than the detail: keep it for the log.
    if (status.error_message() == error.detail() || status.error_message().empty()) return made;
    absl::Status detailed(made.code(), status.error_message());
    made.ForEachPayload([&](auto url, const absl::Cord& cord) { detailed.SetPayload(url, cord); });
    return detailed;
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return Annotate(Make(Reason::kUnavailable, "a service cannot be reached", absl::Seconds(5)),
                      status.error_message());
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Annotate(
          Make(Reason::kDeadlineExceeded, "a service did not answer in time", absl::Seconds(5)),
          status.error_message());
    default:
      return Annotate(Make(Reason::kInternal, "internal error"), status.error_message());
  }
}

}  // namespace cairn::errors
