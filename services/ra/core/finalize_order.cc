#include "services/ra/core/finalize_order.h"

#include <absl/time/time.h>

#include <string_view>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/ra/core/audit_event.h"
#include "services/ra/core/finalize_request.h"
#include "services/ra/core/lease.h"

namespace cairn::ra {
namespace {

using core::v1::Order;

constexpr size_t kIssuanceIdSize = 16;

std::string_view WhyNotReady(Order::Status status) {
  switch (status) {
    case Order::STATUS_PENDING:
      return "not all authorizations of the order are valid";
    case Order::STATUS_PROCESSING:
      return "the order is being issued already";
    case Order::STATUS_VALID:
      return "the order has its certificate already";
    default:
      return "the order is invalid; please make a new one";
  }
}

}  // namespace

FinalizeOrder::FinalizeOrder(const Options& options, sa::OrderWriter& orders,
                             IssueCertificate& issue, WorkQueue& queue, audit::Log& audit,
                             Sources sources)
    : options_(options),
      orders_(orders),
      issue_(issue),
      queue_(queue),
      audit_(audit),
      sources_(sources) {}

absl::StatusOr<v1::FinalizeOrderResponse> FinalizeOrder::Run(
    const base::Call& call, const v1::FinalizeOrderRequest& request) {
  ASSIGN_OR_RETURN(WorkQueue::Slot slot, queue_.Reserve());

  sa::v1::GetIssuanceRequest get;
  *get.mutable_account() = request.account();
  get.set_order_id(request.order_id());
  ASSIGN_OR_RETURN(sa::v1::GetIssuanceResponse issuance, orders_.GetIssuance(call, get));
  if (issuance.order().status() != Order::STATUS_READY) {
    return errors::Make(errors::Reason::kOrderNotReady, WhyNotReady(issuance.order().status()));
  }
  RETURN_IF_ERROR(CheckFinalizeRequest(options_, issuance, request));

  // The wish is on record before anything follows from it; if it can't be
  // recorded, nothing does (BR 5.4.1).
  Order& order = *issuance.mutable_order();
  order.set_issuance_id(sources_.random.Bytes(kIssuanceIdSize));
  audit::v1::Event event = AuditEvent(call);
  event.mutable_issuance_requested()->set_order_id(order.order_id());
  event.mutable_issuance_requested()->set_issuance_id(order.issuance_id());
  event.mutable_issuance_requested()->set_account_uri(options_.AccountUri(order.account_id()));
  RETURN_IF_ERROR(audit_.Write(event));

  const base::Call leased = UnderLease(call, options_, sources_.clock);
  sa::v1::BeginIssuanceRequest begin;
  *begin.mutable_account() = request.account();
  begin.set_order_id(order.order_id());
  begin.set_issuance_id(order.issuance_id());
  begin.set_finalize_jws(request.finalize_jws());
  begin.set_lease_seconds(absl::ToInt64Seconds(options_.lease));
  RETURN_IF_ERROR(orders_.BeginIssuance(call, begin).status());

  order.set_status(Order::STATUS_PROCESSING);
  v1::FinalizeOrderResponse response;
  *response.mutable_order() = order;
  // What the worker would read again is what we have read and just written.
  issuance.set_finalize_jws(request.finalize_jws());
  issuance.set_issuance_began_at(absl::ToUnixSeconds(sources_.clock.Now()));
  std::move(slot).Run([this, leased, issuance = std::move(issuance)]() mutable {
    issue_.Run(leased, std::move(issuance));
  });
  return response;
}

}  // namespace cairn::ra
