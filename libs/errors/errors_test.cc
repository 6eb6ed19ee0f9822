#include "libs/errors/errors.h"

#include <catch2/catch.hpp>
#include <set>

#include "libs/errors/grpc_status.h"

namespace cairn::errors {
namespace {

// RFC 8555 section 6.7, and RFC 9773 and the profiles draft for the last two.
const std::set<std::string_view> kRegistered = {
    "accountDoesNotExist", "alreadyRevoked",        "badCSR",
    "badNonce",            "badPublicKey",          "badRevocationReason",
    "badSignatureAlgorithm", "caa",                 "compound",
    "connection",          "dns",                   "externalAccountRequired",
    "incorrectResponse",   "invalidContact",        "malformed",
    "orderNotReady",       "rateLimited",           "rejectedIdentifier",
    "serverInternal",      "tls",                   "unauthorized",
    "unsupportedContact",  "unsupportedIdentifier", "userActionRequired",
    "alreadyReplaced",     "invalidProfile"};

TEST_CASE("only registered ACME types leave us", "[ACME-065]") {
  std::set<std::string_view> names;
  for (const Reason reason : AllReasons()) {
    const Mapping mapping = MappingOf(reason);
    INFO(mapping.name);
    CHECK(kRegistered.contains(mapping.acme_type));
    CHECK(mapping.http_status >= 400);
    CHECK(mapping.code != absl::StatusCode::kOk);
    CHECK(names.insert(mapping.name).second);
  }
}

TEST_CASE("a reason survives gRPC, with detail, subproblems and retry time") {
  for (const Reason reason : AllReasons()) {
    v1::Error error;
    error.set_reason(static_cast<int>(reason));
    error.set_detail("why");
    error.set_retry_after_seconds(7);
    error.add_subproblems()->set_identifier_value("a.test");
    const absl::Status back = FromGrpc(ToGrpc(FromPayload(error)));
    INFO(MappingOf(reason).name);
    CHECK(ReasonOf(back) == reason);
    CHECK(PayloadOf(back).SerializeAsString() == error.SerializeAsString());
  }
}

TEST_CASE("context does not lose the reason") {
  const absl::Status status = Annotate(Make(Reason::kCaa, "CAA forbids"), "at step 3");
  CHECK(status.message() == "at step 3: CAA forbids");
  CHECK(ReasonOf(status) == Reason::kCaa);
  CHECK(PayloadOf(status).detail() == "CAA forbids");
  CHECK(ReasonOf(FromGrpc(ToGrpc(status))) == Reason::kCaa);
  CHECK(FromGrpc(ToGrpc(status)).message() == "at step 3: CAA forbids");
}

TEST_CASE("a status that is not ours is internal, but for unreachable and late peers") {
  CHECK(ReasonOf(absl::PermissionDeniedError("x")) == Reason::kInternal);
  CHECK(ReasonOf(FromGrpc({grpc::StatusCode::PERMISSION_DENIED, "x"})) == Reason::kInternal);
  CHECK(ReasonOf(FromGrpc({grpc::StatusCode::UNAVAILABLE, "x"})) == Reason::kUnavailable);
  CHECK(ReasonOf(FromGrpc({grpc::StatusCode::DEADLINE_EXCEEDED, "x"})) ==
        Reason::kDeadlineExceeded);
}

TEST_CASE("a reason of a newer version is internal") {
  v1::Error error;
  error.set_reason(9999);
  CHECK(ReasonOf(FromPayload(error)) == Reason::kInternal);
}

TEST_CASE("retry times are rounded up to whole seconds") {
  CHECK(RetryAfterOf(Make(Reason::kOverloaded, "x", absl::Milliseconds(1200))) ==
        absl::Seconds(2));
  CHECK(RetryAfterOf(Make(Reason::kOverloaded, "x")) == absl::ZeroDuration());
}

}  // namespace
}  // namespace cairn::errors
