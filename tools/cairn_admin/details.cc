#include "tools/cairn_admin/details.h"

#include <absl/time/time.h>

#include <algorithm>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::admin {
namespace {

using evidence::v1::Caa;
using evidence::v1::Control;
using evidence::v1::Receipt;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr size_t kShown = 500;

std::string Line(std::string_view label, std::string_view text) {
  std::string padded(label);
  padded.resize(std::max<size_t>(padded.size(), 16), ' ');
  return base::Cat("    ", padded, " ", text, "\n");
}

// Nothing where there is nothing to say.
std::string LineOf(std::string_view label, std::string_view outside) {
  return outside.empty() ? "" : Line(label, Shown(outside));
}

std::string LineOf(std::string_view label, const Texts& texts, std::string_view between = " ") {
  std::string joined;
  for (const std::string& text : texts) {
    joined += base::Cat(joined.empty() ? "" : between, Shown(text));
  }
  return joined.empty() ? "" : Line(label, joined);
}

// As dig writes them (IANA's DNS RCODEs).
std::string RcodeText(int rcode) {
  constexpr const char* kNames[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                    "NXDOMAIN", "NOTIMP",  "REFUSED"};
  if (rcode >= 0 && rcode < 6) return kNames[rcode];
  return base::Cat("RCODE", rcode);
}

std::string HopText(const evidence::v1::Hop& hop) {
  return base::Cat(
      Line("GET", Shown(hop.url())), LineOf("  addresses", hop.addresses()),
      LineOf("  aliases", hop.aliases()), LineOf("  failed first", hop.first_dialled()),
      LineOf("  dialled", hop.dialled()),
      hop.http_status() == 0 ? "" : Line("  HTTP status", base::Cat(hop.http_status())),
      LineOf("  DNSSEC", hop.dnssec()));
}

std::string HandshakeText(const evidence::v1::TlsHandshake& tls) {
  return base::Cat(
      Line("TLS to", Shown(tls.server_name())), LineOf("  addresses", tls.addresses()),
      LineOf("  aliases", tls.aliases()), LineOf("  failed first", tls.first_dialled()),
      LineOf("  dialled", tls.dialled()),
      Line("  protocol", tls.protocol().empty() ? "no handshake" : Shown(tls.protocol())),
      LineOf("  ALPN", tls.alpn()), LineOf("  certificate", base::ToHex(tls.certificate_digest())),
      LineOf("  DNSSEC", tls.dnssec()));
}

std::string LookupText(const evidence::v1::Lookup& lookup) {
  std::string out =
      base::Cat(Line("TXT of", Shown(lookup.name())), LineOf("  aliases", lookup.aliases()),
                Line("  rcode", RcodeText(lookup.rcode())));
  if (lookup.records().empty()) out += Line("  found", "no record");
  for (const std::string& record : lookup.records()) out += Line("  found", Shown(record));
  return base::Cat(out, Line("  TTL", base::Cat(lookup.ttl_seconds())),
                   LineOf("  DNSSEC", lookup.dnssec()));
}

std::string ControlText(const Control& control) {
  std::string out = Line("control", base::Cat(control.corroborated() ? "yes" : "NO", ", by ",
                                              Shown(control.method())));
  if (control.has_problem()) out += Line("  because", ProblemText(control.problem()));
  if (!control.token().empty()) out += Line("  token", base::ToBase64Url(control.token()));
  for (const auto& hop : control.hops()) out += HopText(hop);
  if (control.has_tls()) out += HandshakeText(control.tls());
  if (control.has_lookup()) out += LookupText(control.lookup());
  return out;
}

std::string CaaText(const Caa& caa) {
  std::string out = Line("CAA", caa.permits() ? "permits" : "FORBIDS");
  if (caa.has_problem()) out += Line("  because", ProblemText(caa.problem()));
  out +=
      Line("  found at", caa.found_at().empty() ? "no name up to the top" : Shown(caa.found_at()));
  for (const std::string& record : caa.records()) out += Line("  record", Shown(record));
  return base::Cat(out, LineOf("  aliases", caa.aliases()),
                   LineOf("  decided by", caa.decided_by()), LineOf("  rule", caa.clause()),
                   LineOf("  looked for", caa.identities(), ", "),
                   LineOf("  for method", caa.method()), LineOf("  DNSSEC", caa.dnssec()));
}

std::string AnswerText(const evidence::v1::DnsAnswer& answer) {
  std::string text =
      base::Cat(Shown(answer.name()), " ", Shown(answer.type()), " ", RcodeText(answer.rcode()),
                ", ", Shown(answer.dnssec()), ", TTL ", answer.ttl_seconds(), ", ",
                answer.records(), answer.records() == 1 ? " record" : " records");
  for (const std::string& alias : answer.aliases()) text += base::Cat(", alias ", Shown(alias));
  if (!answer.why().empty()) text += base::Cat("; ", Shown(answer.why()));
  if (answer.has_extended_error()) text += base::Cat("; EDE ", answer.extended_error());
  return Line("DNS", text);
}

}  // namespace

std::string Shown(std::string_view text) { return base::Escaped(text, kShown); }

std::string TimeText(int64_t seconds) {
  if (seconds == 0) return "never";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds),
                          absl::UTCTimeZone());
}

std::string ProblemText(const core::v1::Problem& problem) {
  const std::vector<errors::Reason>& known = errors::AllReasons();
  const auto reason = static_cast<errors::Reason>(problem.reason());
  // A number of a newer version has no name here.
  const std::string name = std::find(known.begin(), known.end(), reason) == known.end()
                               ? base::Cat("reason ", problem.reason())
                               : std::string(errors::MappingOf(reason).acme_type);
  return base::Cat(name, ": ", Shown(problem.detail()));
}

std::string_view RirText(Receipt::Rir rir) {
  switch (rir) {
    case Receipt::RIR_AFRINIC:
      return "AFRINIC";
    case Receipt::RIR_APNIC:
      return "APNIC";
    case Receipt::RIR_ARIN:
      return "ARIN";
    case Receipt::RIR_LACNIC:
      return "LACNIC";
    case Receipt::RIR_RIPE_NCC:
      return "RIPE NCC";
    default:
      return "?";
  }
}

std::string Details(const Seen& seen) {
  if (!seen.readable) return "  a receipt that can't be read\n";
  const Receipt& receipt = seen.receipt;
  std::string out = base::Cat(
      "  ", Shown(receipt.perspective_id()), " (", RirText(receipt.rir()), "), at ",
      TimeText(receipt.observed_at()), "\n", LineOf("software", receipt.software_version()),
      LineOf("resolver", receipt.resolver()), LineOf("account", receipt.account_uri()),
      Line("attempt", base::ToHex(receipt.attempt_id())),
      Line("signature", NameOf(seen.signature)));
  if (receipt.has_control()) out += ControlText(receipt.control());
  if (receipt.has_caa()) out += CaaText(receipt.caa());
  for (const auto& answer : receipt.dns()) out += AnswerText(answer);
  return out;
}

}  // namespace cairn::admin
