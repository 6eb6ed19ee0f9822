// OCSP-18, OCSP-17, OCSP-19, OCSP-11, OCSP-10: An OCSP response is basic and of version 1, names
// its responder by key, answers for one certificate, and carries neither extensions nor the reason
// of a CRL entry.
#include <string>

#include "libs/base/strings.h"
#include "libs/lint/lints.h"
#include "libs/lint/oids.h"
#include "libs/lint/registry.h"
#include "libs/lint/rules.h"

namespace cairn::lint {
namespace {

bool IsError(const View& view) { return view.ocsp.status != 0; }

std::string CheckType(const View& view) {
  if (IsError(view)) return "";
  if (view.ocsp.type != oid::kOcspBasic) return "it is not id-pkix-ocsp-basic";
  return view.ocsp.version == 1 ? "" : base::Cat("the version is ", view.ocsp.version);
}

std::string CheckResponder(const View& view) {
  return IsError(view) || view.ocsp.responder_by_key ? "" : "the responder is named, not its key";
}

std::string CheckSingle(const View& view) {
  if (IsError(view)) return "";
  if (view.ocsp.responses.size() != 1) {
    return base::Cat(view.ocsp.responses.size(), " certificates are answered for");
  }
  return view.ocsp.response_extensions > 0 ? "there are responseExtensions" : "";
}

std::string CheckReasonExtension(const View& view) {
  for (const SingleResponse& response : view.ocsp.responses) {
    for (const Extension& extension : response.extensions) {
      if (extension.oid == oid::kReasonCode) return "a singleExtension has a reasonCode";
    }
  }
  return "";
}

// The reasons that a CRL may give, and no other (BR 7.3).
std::string CheckReason(const View& view) {
  for (const SingleResponse& response : view.ocsp.responses) {
    if (response.reason.has_value() && !IsAllowedReason(*response.reason)) {
      return base::Cat("reason ", *response.reason);
    }
  }
  return "";
}

}  // namespace

const Lint kOcspResponseType = {
    .name = "e_ocsp_response_type",
    .requirement = "OCSP-18",
    .clause = "RFC 6960 4.2.1, 4.2.2.3",
    .kinds = kResponse,
    .check = CheckType,
};

const Lint kOcspResponderNotByKey = {
    .name = "w_ocsp_responder_not_by_key",
    .requirement = "OCSP-17",
    .clause = "RFC 5019 2.2.2; RFC 6960 4.2.2.3",
    .severity = Severity::kWarning,
    .kinds = kResponse,
    .check = CheckResponder,
};

const Lint kOcspNotOnePlainAnswer = {
    .name = "w_ocsp_not_one_plain_answer",
    .requirement = "OCSP-19",
    .clause = "RFC 5019 2.2.1",
    .severity = Severity::kWarning,
    .kinds = kResponse,
    .check = CheckSingle,
};

const Lint kOcspReasonCodeExtension = {
    .name = "e_ocsp_reason_code_extension",
    .requirement = "OCSP-11",
    .clause = "BR 7.3.2",
    .kinds = kResponse,
    .check = CheckReasonExtension,
};

const Lint kOcspReasonNotAllowed = {
    .name = "e_ocsp_reason_not_allowed",
    .requirement = "OCSP-10",
    .clause = "BR 7.3, 7.2.2",
    .kinds = kResponse,
    .check = CheckReason,
};

}  // namespace cairn::lint
