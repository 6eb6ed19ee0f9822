#include "tools/ceremony/examine.h"

#include <vector>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/lint/lint.h"
#include "libs/lint/subject.h"

namespace cairn::ceremony {
namespace {

lint::Kind KindOf(Act act) {
  switch (act) {
    case Act::kRoot:
      return lint::Kind::kRoot;
    case Act::kIntermediate:
      return lint::Kind::kSubordinateCa;
    case Act::kCross:
      return lint::Kind::kCrossCertificate;
    case Act::kOcspSigner:
      return lint::Kind::kOcspSigner;
    case Act::kCrl:
      return lint::Kind::kCaCrl;
    case Act::kKey:
    case Act::kDestroy:
      break;
  }
  INVARIANT(false, "these acts sign nothing");
  return lint::Kind::kRoot;
}

// Lints that may not find what they need.
absl::StatusOr<lint::AllowList> Allowed(const Plan& plan) {
  std::vector<std::string> skipped = {
      // Keys of a CA are made in its tokens; lists are of keys made badly elsewhere, and
      // no such list is on a computer without a network.
      "e_key_blocklisted",
      // A complete CRL has no scope to compare.
      "e_crl_idp_url_not_of_certificates",
  };
  // The first CRL follows none.
  if (plan.crl.has_value() && !plan.crl->previous.has_value()) {
    skipped.push_back("e_crl_number_not_increasing");
  }
  return lint::AllowList::Create({}, skipped);
}

}  // namespace

absl::StatusOr<std::string> Examine(const Plan& plan, std::string_view der) {
  lint::Subject subject{
      .der = der, .now = plan.window_begin, .pack = plan.pack, .kind = KindOf(plan.act)};
  // A root is its own issuer.
  subject.issuer_der =
      plan.signer.has_value() ? std::string_view(plan.signer->certificate.der()) : der;
  if (plan.crl.has_value() && plan.crl->previous.has_value()) {
    subject.previous_crl_number = plan.crl->previous->content().number;
  }
  const lint::Report report = lint::Run(subject);
  ASSIGN_OR_RETURN(const lint::AllowList allowed, Allowed(plan));
  RETURN_IF_ERROR(lint::MaySign(report, allowed));
  return base::Cat(lint::Version(), " ", report.Digest());
}

}  // namespace cairn::ceremony
