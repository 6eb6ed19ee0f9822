#include "services/ra/core/finalize_order.h"

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libs/audit/event.h"
#include "libs/base/status_macros.h"
#include "libs/x509/names.h"
#include "services/ra/core/finalize_request.h"
#include "services/ra/core/lease.h"

namespace cairn::ra {
namespace {

constexpr size_t kIssuanceIdSize = 16;

void AddName(core::v1::Identifier::Type type, std::string_view value, bool wildcard,
             sa::v1::BeginIssuanceRequest& request) {
  sa::v1::Name& name = *request.add_names();
  name.mutable_identifier()->set_type(type);
  name.mutable_identifier()->set_value(std::string(value));
  name.set_wildcard(wildcard);
}

void AddNames(const x509::Names& names, sa::v1::BeginIssuanceRequest& request) {
  constexpr std::string_view kWildcard = "*.";
  for (std::string_view dns : names.dns) {
    const bool wildcard = dns.starts_with(kWildcard);
    if (wildcard) dns.remove_prefix(kWildcard.size());
    AddName(core::v1::Identifier::TYPE_DNS, dns, wildcard, request);
  }
  for (const std::string& ip : names.ips) {
    AddName(core::v1::Identifier::TYPE_IP, x509::IpToText(ip), false, request);
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
    const base::Call& call, const v1::FinalizeOrderRequest& request, Ended ended) {
  ASSIGN_OR_RETURN(WorkQueue::Slot slot, queue_.Reserve());

  ASSIGN_OR_RETURN(const x509::Names names, CheckFinalizeRequest(options_, request));

  // The wish is on record before anything follows from it; if it can't be
  // recorded, nothing does (BR 5.4.1).
  const std::string issuance_id = sources_.random.Bytes(kIssuanceIdSize);
  audit::v1::Event event = audit::EventOf(call);
  event.mutable_issuance_requested()->set_order_id(request.order_id());
  event.mutable_issuance_requested()->set_issuance_id(issuance_id);
  event.mutable_issuance_requested()->set_account_uri(
      options_.AccountUri(request.account().account_id()));
  RETURN_IF_ERROR(audit_.Write(event));

  const base::Call leased = UnderLease(call, options_, sources_.clock);
  sa::v1::BeginIssuanceRequest begin;
  *begin.mutable_account() = request.account();
  begin.set_order_id(request.order_id());
  begin.set_issuance_id(issuance_id);
  begin.set_finalize_jws(request.finalize_jws());
  begin.set_lease_seconds(absl::ToInt64Seconds(options_.lease));
  AddNames(names, begin);
  ASSIGN_OR_RETURN(sa::v1::BeginIssuanceResponse begun, orders_.BeginIssuance(call, begin));

  v1::FinalizeOrderResponse response;
  *response.mutable_order() = begun.issuance().order();
  std::move(slot).Run([this, leased, issuance = std::move(*begun.mutable_issuance()),
                       ended = std::move(ended)]() mutable {
    std::optional<v1::FinalizeOrderResponse> end = issue_.Run(leased, std::move(issuance));
    if (end.has_value() && ended != nullptr) ended(*std::move(end));
  });
  return response;
}

}  // namespace cairn::ra
