#include "tools/cairn_admin/explain.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "libs/acme/account_id.h"
#include "libs/acme/urls.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/log/json.h"
#include "tools/cairn_admin/details.h"

namespace cairn::admin {
namespace {

using core::v1::Authorization;
using evidence::v1::Receipt;
using sa::v1::StoredValidation;

std::string_view StatusText(Authorization::Status status) {
  switch (status) {
    case Authorization::STATUS_PENDING:
      return "pending";
    case Authorization::STATUS_PROCESSING:
      return "processing";
    case Authorization::STATUS_VALID:
      return "valid";
    case Authorization::STATUS_INVALID:
      return "INVALID";
    case Authorization::STATUS_DEACTIVATED:
      return "deactivated";
    case Authorization::STATUS_EXPIRED:
      return "expired";
    default:
      return "?";
  }
}

std::string NameText(const Authorization& authorization) {
  return base::Cat(authorization.wildcard() ? "*." : "", Shown(authorization.identifier().value()));
}

std::string AccountText(const std::string& bytes) {
  const auto id = acme::AccountId::FromBytes(bytes);
  return id.has_value() ? id->ToText() : base::ToHex(bytes);
}

std::string PlaceText(uint64_t order_id, uint32_t position) {
  return base::Cat("order ", acme::OrderIdText(order_id), ", position ", position);
}

std::string Header(const StoredValidation& validation) {
  const Authorization& authorization = validation.authorization();
  const auto& place = validation.place();
  std::string offered;
  for (const std::string& method : authorization.offered()) {
    offered += base::Cat(offered.empty() ? "" : ", ", Shown(method));
  }
  std::string out = base::Cat(
      ";; ", NameText(authorization), ": ", StatusText(authorization.status()), "\n;; method: ",
      authorization.method().empty() ? "none answered yet" : Shown(authorization.method()),
      " (offered: ", offered, ")\n;; validated: ", TimeText(authorization.validated_at()),
      ", expires: ", TimeText(authorization.expires_at()),
      "\n;; account: ", AccountText(authorization.account_id()), "\n;; ",
      PlaceText(place.order_id(), place.position()), "\n");
  if (place.order_id() != authorization.order_id() ||
      place.position() != authorization.position()) {
    out += base::Cat(";; reused: this is the evidence of ",
                     PlaceText(authorization.order_id(), authorization.position()), "\n");
  }
  if (!validation.serial().empty()) {
    out += base::Cat(";; certificate: ", base::ToHex(validation.serial()), "\n");
  }
  if (!validation.corroboration().empty()) {
    out += base::Cat(";; corroboration: ", Shown(validation.corroboration()), "\n");
  }
  if (authorization.has_problem()) {
    out += base::Cat(";; problem: ", ProblemText(authorization.problem()), "\n");
  }
  return out;
}

// What a perspective concluded, without where it stands or when: what may differ.
std::vector<std::string> Conclusion(const Seen& seen) {
  const Receipt& receipt = seen.receipt;
  if (!seen.readable) return {"unreadable", "", "", "", std::string(NameOf(seen.signature))};
  std::string control = "-";
  std::string dialled;
  std::string dnssec;
  if (receipt.has_control()) {
    const evidence::v1::Control& seen_control = receipt.control();
    control = seen_control.corroborated() ? "yes" : "NO";
    if (seen_control.has_problem()) {
      const std::string problem = ProblemText(seen_control.problem());
      control += base::Cat(" ", std::string_view(problem).substr(0, problem.find(':')));
    }
    if (!seen_control.hops().empty()) {
      dialled = seen_control.hops().rbegin()->dialled();
      dnssec = seen_control.hops().rbegin()->dnssec();
    } else if (seen_control.has_tls()) {
      dialled = seen_control.tls().dialled();
      dnssec = seen_control.tls().dnssec();
    } else if (seen_control.has_lookup()) {
      dnssec = seen_control.lookup().dnssec();
    }
  }
  const std::string caa = !receipt.has_caa()        ? "-"
                          : receipt.caa().permits() ? "permits"
                                                    : "FORBIDS";
  if (dnssec.empty() && receipt.has_caa()) dnssec = receipt.caa().dnssec();
  return {control, caa, dialled.empty() ? "-" : Shown(dialled),
          dnssec.empty() ? "-" : Shown(dnssec), std::string(NameOf(seen.signature))};
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      std::string cell = row[i];
      if (i + 1 < row.size()) cell.resize(widths[i] + 1, ' ');
      line += base::Cat(" ", cell);
    }
    out += base::Cat(line, "\n");
  }
  return out;
}

std::string AttemptText(const std::vector<Seen>& seen, bool all) {
  std::vector<std::vector<std::string>> table = {
      {"perspective", "RIR", "control", "CAA", "dialled", "DNSSEC", "signature"}};
  std::map<std::vector<std::string>, size_t> counts;
  for (const Seen& one : seen) {
    const std::vector<std::string> conclusion = Conclusion(one);
    ++counts[conclusion];
    std::vector<std::string>& row = table.emplace_back();
    row = {one.readable ? Shown(one.receipt.perspective_id()) : "?",
           std::string(RirText(one.receipt.rir()))};
    row.insert(row.end(), conclusion.begin(), conclusion.end());
  }
  std::string out = Table(table);
  const auto usual =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  // Who differs comes first: that is what a reader looks for.
  std::string agreeing;
  size_t left_out = 0;
  for (const Seen& one : seen) {
    if (Conclusion(one) != usual->first) {
      out += base::Cat("\n", Details(one));
    } else if (all || agreeing.empty()) {
      agreeing += base::Cat("\n", Details(one));
    } else {
      ++left_out;
    }
  }
  out += agreeing;
  if (left_out > 0) {
    out += base::Cat("\n  ", left_out, " more came to the same; --all shows them\n");
  }
  return out;
}

std::string Json(const google::protobuf::Message& message) {
  std::string out;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok()) return "null";
  return out;
}

std::string JsonAttempt(const evidence::v1::Attempt& attempt, const PerspectiveKeys& keys) {
  std::string out = "[";
  for (const Seen& seen : Open(attempt, keys)) {
    out += base::Cat(out.size() == 1 ? "" : ",", "{\"signature\":\"", NameOf(seen.signature),
                     "\",\"receipt\":", seen.readable ? Json(seen.receipt) : "null", "}");
  }
  return out + "]";
}

}  // namespace

std::string ExplainText(const StoredValidation& validation, const PerspectiveKeys& keys, bool all) {
  std::string out = Header(validation);
  const std::vector<Seen> seen = Open(validation.attempt(), keys);
  if (seen.empty()) {
    out += "\n  no perspective's receipt is stored: no validation was carried out to its end\n";
  } else {
    out += base::Cat("\n", AttemptText(seen, all));
  }
  for (const evidence::v1::Attempt& recheck : validation.caa_rechecks()) {
    const std::vector<Seen> rechecked = Open(recheck, keys);
    if (rechecked.empty()) continue;
    out += base::Cat("\n;; CAA recheck before issuance\n\n", AttemptText(rechecked, all));
  }
  return out;
}

std::string ExplainJson(const StoredValidation& validation, const PerspectiveKeys& keys) {
  std::string corroboration;
  log::AppendJsonString(validation.corroboration(), corroboration);
  std::string rechecks;
  for (const evidence::v1::Attempt& recheck : validation.caa_rechecks()) {
    rechecks += base::Cat(rechecks.empty() ? "" : ",", JsonAttempt(recheck, keys));
  }
  return base::Cat("{\"place\":", Json(validation.place()),
                   ",\"authorization\":", Json(validation.authorization()), ",\"order\":\"",
                   acme::OrderIdText(validation.place().order_id()), "\",\"account\":\"",
                   AccountText(validation.authorization().account_id()), "\",\"serial\":\"",
                   base::ToHex(validation.serial()), "\",\"corroboration\":", corroboration,
                   ",\"receipts\":", JsonAttempt(validation.attempt(), keys), ",\"caa_rechecks\":[",
                   rechecks, "]}");
}

}  // namespace cairn::admin
