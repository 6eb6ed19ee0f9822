#include "services/va/core/validate_tls_alpn01.h"

#include <optional>
#include <string>

#include "libs/base/ip_address.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/errors/errors.h"
#include "services/va/core/alpn_certificate.h"
#include "services/va/core/destination.h"
#include "services/va/core/key_authorization.h"

namespace cairn::va {
namespace {

using errors::Reason;

constexpr char kProtocol[] = "acme-tls/1";  // RFC 8737 section 6.2
constexpr size_t kMaxAlpnShown = 64;

}  // namespace

std::vector<dns::Question> ValidateTlsAlpn01::FirstQuestions(const v1::Subject& subject) const {
  return AddressQuestions(subject);
}

absl::Status ValidateTlsAlpn01::Look(const base::Call& call, dns::Resolver& resolver,
                                     const v1::Subject& subject,
                                     evidence::v1::Control& control) const {
  evidence::v1::TlsHandshake& seen = *control.mutable_tls();
  // BR 3.2.2.4.20: nothing about the names below.
  if (subject.wildcard()) {
    return errors::Make(Reason::kMalformed, "tls-alpn-01 can't validate a wildcard");
  }
  const std::string& name = subject.identifier().value();
  std::optional<base::IpAddress> ip;
  if (subject.identifier().type() == core::v1::Identifier::TYPE_IP) {
    ip = base::IpAddress::Parse(name);
    if (!ip) return errors::Make(Reason::kMalformed, "the identifier is no IP address");
  }
  // RFC 8738 section 6: SNI has no addresses, so their reverse names stand for them.
  seen.set_server_name(ip ? ip->ReverseName() : name);

  Destination destination;
  const absl::Status found = FindDestination(call, resolver, addresses_, name, ip, destination);
  Describe(destination, seen);
  if (!found.ok()) {
    return errors::Make(errors::ReasonOf(found),
                        base::Cat("tls-alpn-01: ", errors::PayloadOf(found).detail()));
  }
  const http::ProbeOutcome outcome =
      DialInTurn(destination, options_.port, seen, [&](const base::IpAddress& address) {
        return probe_.Handshake(call, {.address = address,
                                       .port = options_.port,
                                       .server_name = seen.server_name(),
                                       .alpn = kProtocol});
      });
  const std::string where =
      base::Cat(base::Escaped(name, 253), DialledNote(seen),
                ip ? base::Cat(" under the server name ", seen.server_name()) : "");
  if (!outcome.status.ok()) {
    const std::string_view why(outcome.status.message().data(), outcome.status.message().size());
    return errors::Make(errors::ReasonOf(outcome.status),
                        base::Cat("tls-alpn-01 with ", where, ": ", base::Escaped(why, 200)));
  }
  seen.set_protocol(outcome.protocol);
  seen.set_alpn(base::Escaped(outcome.alpn, kMaxAlpnShown));
  seen.set_certificate_digest(crypto::Sha256(outcome.certificate_der));
  if (outcome.alpn != kProtocol) {
    const std::string selected =
        outcome.alpn.empty() ? "no protocol" : base::Cat("\"", seen.alpn(), "\"");
    return errors::Make(
        Reason::kUnauthorized,
        base::Cat(where, " selected ", selected, " by ALPN, not \"", kProtocol,
                  "\": does an ordinary web server listen there, not the ACME client?"));
  }
  const absl::Status status = CheckAlpnCertificate(outcome.certificate_der, subject.identifier(),
                                                   crypto::Sha256(KeyAuthorization(subject)));
  if (status.ok()) return status;
  return errors::Make(errors::ReasonOf(status),
                      base::Cat("The certificate of ", where,
                                " is not the response: ", errors::PayloadOf(status).detail()));
}

}  // namespace cairn::va
