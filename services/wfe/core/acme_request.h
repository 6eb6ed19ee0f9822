#pragma once

#include <optional>
#include <string_view>

#include "libs/acme/account_id.h"
#include "libs/acme/jws.h"
#include "libs/http/server/server.h"
#include "protos/core/v1/core.pb.h"

namespace cairn::wfe {

// A request, as far as it has been checked when a resource gets it: with POST the
// JWS is verified, its nonce used up and its URL right. Valid while the resource runs.
struct AcmeRequest {
  const http::Request& http;
  size_t listener;
  std::string_view base_url;
  std::string_view rest;           // of the path, after the route's prefix
  const acme::Jws* jws = nullptr;  // null with GET
  std::optional<acme::AccountId> account_id;
  core::v1::AccountRef account;  // with kid

  bool post_as_get() const { return jws != nullptr && jws->payload().empty(); }
};

}  // namespace cairn::wfe
