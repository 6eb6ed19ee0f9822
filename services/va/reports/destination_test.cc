#include "services/va/reports/destination.h"

#include <catch2/catch.hpp>
#include <string>

namespace cairn::va {
namespace {

TEST_CASE("reports go to mailboxes and to https servers", "[CAA-32]") {
  const auto mail = ParseDestination("mailto:Security.Team+caa@Example.com");
  REQUIRE(mail);
  CHECK(mail->mailbox == "Security.Team+caa@Example.com");
  CHECK(mail->domain == "example.com");
  CHECK(ParseDestination("MAILTO:a@b.test"));

  const auto web = ParseDestination("https://IODEF.example.com/report?zone=a");
  REQUIRE(web);
  CHECK(web->mailbox.empty());
  CHECK(web->domain == "iodef.example.com");
  CHECK(web->url.ToText() == "https://iodef.example.com/report?zone=a");
  CHECK(ParseDestination("HTTPS://example.com:443")->url.ToText() == "https://example.com/");
}

TEST_CASE("no report goes anywhere else", "[CAA-32]") {
  const std::string url =
      GENERATE(values<std::string>({"",
                                    "example.com",
                                    "//example.com/",
                                    "http://example.com/",
                                    "HTTP://example.com/",
                                    "ftp://example.com/",
                                    "file:///etc/passwd",
                                    "gopher://example.com/",
                                    "javascript:alert(1)",
                                    "https:example.com",
                                    "https:/example.com",
                                    "https://",
                                    "https:///x",
                                    "https://localhost/",
                                    "https://127.0.0.1/",
                                    "https://192.0.2.1/",
                                    "https://[2001:db8::1]/",
                                    "https://0x7f.0.0.1/",
                                    "https://127.1/",
                                    "https://a.1/",
                                    "https://example.com:22/",
                                    "https://example.com:8443/",
                                    "https://example.com:80/",
                                    "https://user@example.com/",
                                    "https://user:secret@example.com/",
                                    "https://example.com/a b",
                                    "https://example.com/\r\nX: y",
                                    std::string("https://example.com/\0", 21),
                                    "https://ex\xc3\xa4mple.com/",
                                    "https://-a.example.com/",
                                    "https://a..example.com/",
                                    "https://example.com/" + std::string(1024, 'a'),
                                    "mailto:",
                                    "mailto:a",
                                    "mailto:@b.test",
                                    "mailto:a@",
                                    "mailto:a@b",
                                    "mailto:a@127.0.0.1",
                                    "mailto:a@[127.0.0.1]",
                                    "mailto://a@b.test",
                                    "mailto:a@b.test,c@d.test",
                                    "mailto:a@b.test?subject=x",
                                    "mailto:a?x@b.test",
                                    "mailto:a@b.test?cc=c@d.test",
                                    "mailto:a@b.test\r\nBcc: c@d.test",
                                    "mailto:a%40c.test@b.test",
                                    "mailto:a@c.test@b.test",
                                    "mailto:\"a b\"@b.test",
                                    "mailto:<a@b.test>",
                                    "mailto:a b@b.test",
                                    "mailto:.a@b.test",
                                    "mailto:a.@b.test",
                                    "mailto:a..c@b.test",
                                    "mailto:a@b.test.",
                                    "mailto:a@-b.test",
                                    "mailto:a@b_c.test",
                                    "mailto:\xc3\xa4@b.test",
                                    "mailto:" + std::string(65, 'a') + "@b.test",
                                    "mailto:a@" + std::string(64, 'b') + ".test"}));
  INFO(url);
  CHECK_FALSE(ParseDestination(url));
}

TEST_CASE("a mailbox has bounds", "[CAA-32]") {
  CHECK(IsMailbox(std::string(64, 'a') + "@" + std::string(63, 'b') + ".test"));
  CHECK(IsMailbox("what?@b.test"));
  std::string longest = "a@";
  while (longest.size() < 254 - 4) longest += "b.";
  CHECK(IsMailbox(longest + "test"));
  CHECK_FALSE(IsMailbox(longest + "b.test"));
}

}  // namespace
}  // namespace cairn::va
