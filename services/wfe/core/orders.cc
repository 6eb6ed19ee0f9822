#include "services/wfe/core/orders.h"

#include <string>
#include <string_view>

#include "libs/acme/json.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/lost_answer.h"
#include "services/wfe/core/payload.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {
namespace {

using acme::Json;
using core::v1::Order;

bool IsFinalized(const Order& order) {
  return order.status() == Order::STATUS_PROCESSING || order.status() == Order::STATUS_VALID;
}

}  // namespace

absl::StatusOr<http::Response> Orders::New(const base::Call& call, const AcmeRequest& request) {
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  if (payload.Find("notBefore") != nullptr || payload.Find("notAfter") != nullptr) {
    return Malformed("\"notBefore\" and \"notAfter\" are not supported: leave them out");
  }
  const Json* identifiers = payload.Find("identifiers");
  if (identifiers == nullptr || !identifiers->is_array()) {
    return Malformed("an order needs \"identifiers\", an array");
  }
  ra::v1::NewOrderRequest order;
  *order.mutable_account() = request.account;
  for (const Json& identifier : identifiers->items()) {
    const auto type = identifier.GetString("type");
    const auto value = identifier.GetString("value");
    if (!type || !value) return Malformed("an identifier has \"type\" and \"value\", both strings");
    auto* requested = order.add_identifiers();
    requested->set_type(std::string(*type));
    requested->set_value(std::string(*value));
  }
  if (const Json* profile = payload.Find("profile")) {
    if (!profile->is_string()) return Malformed("\"profile\" is not a string");
    order.set_profile(profile->string());
  }
  ASSIGN_OR_RETURN(const auto created, registration_.NewOrder(call, order));
  fresh_.Put(created.order());
  http::Response response = JsonResponse(201, OrderJson(request.base_url, created.order()));
  response.headers.emplace_back("Location",
                                acme::OrderUrl(request.base_url, created.order().order_id()));
  return response;
}

absl::StatusOr<http::Response> Orders::ReadOrFinalize(const base::Call& call,
                                                      const AcmeRequest& request) {
  std::string_view rest = request.rest;
  const bool finalize = rest.ends_with(acme::kFinalizeSuffix);
  if (finalize) rest.remove_suffix(acme::kFinalizeSuffix.size());
  const auto order_id = acme::ParseOrderId(rest);
  if (!order_id) return errors::Make(errors::Reason::kNotFound, "there is no such order");
  return finalize ? Finalize(call, request, *order_id) : Read(call, request, *order_id);
}

absl::StatusOr<http::Response> Orders::Read(const base::Call& call, const AcmeRequest& request,
                                            uint64_t order_id) {
  if (!request.post_as_get()) {
    return Malformed("an order is only read: the payload must be empty");
  }
  ASSIGN_OR_RETURN(const auto got, Get(call, request, order_id));
  return Render(request, got);
}

absl::StatusOr<sa::v1::GetOrderResponse> Orders::Get(const base::Call& call,
                                                     const AcmeRequest& request,
                                                     uint64_t order_id) {
  sa::v1::GetOrderRequest get;
  *get.mutable_account() = request.account;
  get.set_order_id(order_id);
  return reader_.GetOrder(call, get);
}

template <typename Got>
http::Response Orders::Render(const AcmeRequest& request, const Got& got) {
  const Order& order = got.order();
  if (order.status() == Order::STATUS_VALID && !got.certificate().empty()) {
    certificates_.Put(order.serial(), request.account.account_id(),
                      PemChain(got.certificate(), {got.chain().begin(), got.chain().end()}));
  }
  http::Response response = JsonResponse(200, OrderJson(request.base_url, order));
  if (order.status() == Order::STATUS_PROCESSING) {
    response.headers.emplace_back("Retry-After", kRetryAfter);
  }
  return response;
}

absl::StatusOr<http::Response> Orders::Finalize(const base::Call& call, const AcmeRequest& request,
                                                uint64_t order_id) {
  if (request.post_as_get()) return Malformed("a finalize request carries a CSR");
  ASSIGN_OR_RETURN(const Json payload, ParseObject(request.jws->payload()));
  const auto text = payload.GetString("csr");
  if (!text) return Malformed("a finalize request needs \"csr\", a string");
  const auto csr = base::FromBase64Url(*text);
  if (!csr) {
    return Malformed("the \"csr\" is not base64url of DER without padding (PEM is not accepted)");
  }
  ra::v1::FinalizeOrderRequest finalize;
  *finalize.mutable_account() = request.account;
  finalize.set_order_id(order_id);
  finalize.set_finalize_jws(request.http.body);
  finalize.set_csr(*csr);
  const Patience::Turn turn = patience_.ForIssuance();
  finalize.set_wait_milliseconds(turn.milliseconds());
  const auto finalized = registration_.FinalizeOrder(call, finalize);
  http::Response response;
  if (finalized.ok()) {
    response = Render(request, *finalized);
  } else {
    if (!MayBeDone(finalized.status())) return finalized.status();
    const auto got = Get(call, request, order_id);
    if (!got.ok() || !IsFinalized(got->order())) return finalized.status();
    response = Render(request, *got);
  }
  response.headers.emplace_back("Location", acme::OrderUrl(request.base_url, order_id));
  return response;
}

}  // namespace cairn::wfe
