#include "services/va/reports/report.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"

namespace cairn::va {
namespace {

const Reporter kReporter = {.issuer = "ca.example", .mailbox = "caa@ca.example"};
// 2026-11-26T12:34:56Z, a Thursday
const absl::Time kNow = absl::FromUnixSeconds(1'795'696'496);

CaaRefusal Refusal() {
  CaaRefusal refusal{.name = "*.example.com", .observed = kNow - absl::Minutes(1)};
  refusal.caa.set_found_at("example.com");
  refusal.caa.set_decided_by("0 issue \"other.example\"");
  refusal.caa.set_clause("RFC 8659 section 4.2");
  refusal.caa.add_records("0 issue \"other.example\"");
  refusal.caa.add_records("0 iodef \"mailto:<a&b>@example.com\"");
  return refusal;
}

TEST_CASE("the document is the least IODEF, with what happened", "[CAA-31][CAA-32]") {
  CHECK(IodefDocument(kReporter, Refusal(), "0a1b", kNow) ==
        R"(<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
  <Incident purpose="reporting" restriction="private">
    <IncidentID name="ca.example">0a1b</IncidentID>
    <DetectTime>2026-11-26T12:33:56Z</DetectTime>
    <GenerationTime>2026-11-26T12:34:56Z</GenerationTime>
    <Description>A certificate for *.example.com was requested from ca.example and not issued, as CAA records at example.com forbid it.</Description>
    <Description>The record that decided: 0 issue &quot;other.example&quot;</Description>
    <Description>The rule: RFC 8659 section 4.2</Description>
    <Description>Record: 0 issue &quot;other.example&quot;</Description>
    <Description>Record: 0 iodef &quot;mailto:&lt;a&amp;b&gt;@example.com&quot;</Description>
    <Contact type="organization" role="creator">
      <ContactName>ca.example</ContactName>
      <Email>
        <EmailTo>caa@ca.example</EmailTo>
      </Email>
    </Contact>
  </Incident>
</IODEF-Document>
)");
}

TEST_CASE("nothing of a stranger ends an element, a line or the text", "[CAA-32]") {
  CaaRefusal refusal = Refusal();
  refusal.caa.set_found_at("a\r\nBcc: x@y.test\xff]]></Description>");
  refusal.caa.add_aliases("b\n.\r\nQUIT\r\n");
  const std::string xml = IodefDocument(kReporter, refusal, "0a", kNow);
  CHECK(xml.find('\r') == std::string::npos);
  CHECK(xml.find("a??Bcc: x@y.test?]]&gt;") != std::string::npos);
  CHECK(xml.find("]]&gt;&lt;/Description&gt; forbid it") != std::string::npos);
  CHECK(xml.find('\xff') == std::string::npos);
  const std::string mail = ComposeMail(kReporter, refusal, "0a", "b@c.test", xml, kNow);
  CHECK(mail.find("\r\nBcc") == std::string::npos);
  CHECK(mail.find("\r\nQUIT") == std::string::npos);
}

TEST_CASE("a mail has a short text, and the document attached", "[CAA-32]") {
  const std::string xml = IodefDocument(kReporter, Refusal(), "0a1b", kNow);
  const std::string mail =
      ComposeMail(kReporter, Refusal(), "0a1b", "security@example.com", xml, kNow);
  CHECK(
      mail.starts_with("Date: Thu, 26 Nov 2026 12:34:56 +0000\r\n"
                       "From: caa@ca.example\r\n"
                       "To: security@example.com\r\n"
                       "Message-ID: <0a1b@ca.example>\r\n"
                       "Subject: CAA prevented a certificate from ca.example\r\n"
                       "Auto-Submitted: auto-generated\r\n"
                       "MIME-Version: 1.0\r\n"
                       "Content-Type: multipart/mixed;\r\n"
                       " boundary=\"=_0a1b\"\r\n\r\n"
                       "--=_0a1b\r\n"));
  CHECK(mail.ends_with("\r\n--=_0a1b--\r\n"));
  for (size_t at = 0; at < mail.size();) {
    const size_t end = mail.find("\r\n", at);
    REQUIRE(end != std::string::npos);
    CHECK(end - at <= 998);
    at = end + 2;
  }
  const size_t part = mail.rfind("\r\n\r\n") + 4;
  std::string encoded;
  for (size_t at = part; mail.compare(at, 2, "--") != 0;) {
    const size_t end = mail.find("\r\n", at);
    CHECK(end - at <= 76);
    encoded += mail.substr(at, end - at);
    at = end + 2;
  }
  CHECK(base::FromBase64(encoded) == xml);
}

TEST_CASE("who asked for the certificate is not told", "[CAA-32]") {
  for (const std::string& sentence : Sentences(kReporter, Refusal())) {
    CHECK(sentence.find("account") == std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::va
