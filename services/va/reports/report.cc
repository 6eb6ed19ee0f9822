#include "services/va/reports/report.h"

#include <algorithm>
#include <string_view>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"

namespace cairn::va {
namespace {

constexpr size_t kMaxName = 260;
constexpr size_t kMaxRecord = 300;
// What a line of base64 has (RFC 2045 section 6.8).
constexpr size_t kBase64Line = 76;

// What a receipt keeps of records is printable already; all the rest should be.
std::string Printable(std::string_view text, size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

// The text of an element (XML 1.0 section 2.4).
std::string Xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string DateTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// RFC 5322 section 3.3.
std::string MailDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", time, absl::UTCTimeZone());
}

}  // namespace

std::vector<std::string> Sentences(const Reporter& reporter, const CaaRefusal& refusal) {
  const evidence::v1::Caa& caa = refusal.caa;
  std::vector<std::string> sentences = {
      base::Cat("A certificate for ", Printable(refusal.name, kMaxName), " was requested from ",
                reporter.issuer, " and not issued, as CAA records at ",
                Printable(caa.found_at(), kMaxName), " forbid it."),
      base::Cat("The record that decided: ", Printable(caa.decided_by(), kMaxRecord)),
      base::Cat("The rule: ", Printable(caa.clause(), kMaxName))};
  for (const std::string& alias : caa.aliases()) {
    sentences.push_back(base::Cat("The name is an alias of: ", Printable(alias, kMaxName)));
  }
  for (const std::string& record : caa.records()) {
    sentences.push_back(base::Cat("Record: ", Printable(record, kMaxRecord)));
  }
  return sentences;
}

std::string IodefDocument(const Reporter& reporter, const CaaRefusal& refusal,
                          const std::string& id, absl::Time now) {
  std::string xml = base::Cat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<IODEF-Document version=\"2.00\" xml:lang=\"en\""
      " xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\n"
      "  <Incident purpose=\"reporting\" restriction=\"private\">\n"
      "    <IncidentID name=\"",
      Xml(reporter.issuer), "\">", Xml(id), "</IncidentID>\n    <DetectTime>",
      DateTime(refusal.observed), "</DetectTime>\n    <GenerationTime>", DateTime(now),
      "</GenerationTime>\n");
  for (const std::string& sentence : Sentences(reporter, refusal)) {
    xml += base::Cat("    <Description>", Xml(sentence), "</Description>\n");
  }
  xml +=
      base::Cat("    <Contact type=\"organization\" role=\"creator\">\n      <ContactName>",
                Xml(reporter.issuer), "</ContactName>\n      <Email>\n        <EmailTo>",
                Xml(reporter.mailbox),
                "</EmailTo>\n      </Email>\n    </Contact>\n  </Incident>\n</IODEF-Document>\n");
  return xml;
}

std::string ComposeMail(const Reporter& reporter, const CaaRefusal& refusal, const std::string& id,
                        const std::string& to, const std::string& document, absl::Time now) {
  // base64 has no "=_", so this stands nowhere in a part.
  const std::string boundary = base::Cat("=_", id);
  std::string mail = base::Cat(
      "Date: ", MailDate(now), "\r\nFrom: ", reporter.mailbox, "\r\nTo: ", to, "\r\nMessage-ID: <",
      id, "@", reporter.mailbox.substr(reporter.mailbox.rfind('@') + 1),
      ">\r\nSubject: CAA prevented a certificate from ", reporter.issuer,
      // No out-of-office notes, please (RFC 3834 section 5).
      "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed;\r\n boundary=\"",
      boundary, "\"\r\n\r\n--", boundary, "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n");
  for (const std::string& sentence : Sentences(reporter, refusal)) mail += sentence + "\r\n";
  mail += base::Cat(
      "\r\nYou get this because an iodef property of these records asks for it. Attached is\r\n"
      "the same as an IODEF document (RFC 7970).\r\n--",
      boundary,
      "\r\nContent-Type: application/xml; charset=utf-8\r\n"
      "Content-Disposition: attachment; filename=\"incident.xml\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n");
  const std::string encoded = base::ToBase64(document);
  for (size_t at = 0; at < encoded.size(); at += kBase64Line) {
    mail += base::Cat(std::string_view(encoded).substr(at, kBase64Line), "\r\n");
  }
  return base::Cat(mail, "--", boundary, "--\r\n");
}

}  // namespace cairn::va
