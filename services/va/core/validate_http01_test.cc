#include "services/va/core/validate_http01.h"

#include <catch2/catch.hpp>

#include "libs/base/encoding.h"
#include "libs/dns/fake_resolver.h"
#include "libs/errors/errors.h"
#include "services/va/core/fake_web.h"

namespace cairn::va {
namespace {

using errors::Reason;
using evidence::v1::Control;

const std::string kToken(16, 't');
const std::string kThumbprint(32, 'k');
const std::string kTokenText = base::ToBase64Url(kToken);
const std::string kKeyAuthorization = kTokenText + "." + base::ToBase64Url(kThumbprint);
const std::string kUrl = "http://a.test/.well-known/acme-challenge/" + kTokenText;
constexpr char kPublic[] = "93.184.216.34";
constexpr char kPublicHttp[] = "93.184.216.34:80";

v1::Subject Subject(const std::string& name, bool ip = false) {
  v1::Subject subject;
  subject.mutable_identifier()->set_type(ip ? core::v1::Identifier::TYPE_IP
                                            : core::v1::Identifier::TYPE_DNS);
  subject.mutable_identifier()->set_value(name);
  subject.set_account_thumbprint(kThumbprint);
  subject.set_account_uri("https://ca.test/acme/account/a");
  subject.set_method("http-01");
  subject.set_token(kToken);
  return subject;
}

http::GetResponse Body(const std::string& body, int status = 200) {
  return {.status = status, .body = body, .whole = true};
}

class World {
 public:
  explicit World(ValidateHttp01::Options options = {}) : http01(options, addresses, web) {
    dns.SetAddresses("a.test", {kPublic});
  }
  Control Run(const v1::Subject& subject = Subject("a.test")) {
    return http01.Run({}, dns, subject);
  }

  dns::FakeResolver dns;
  FakeWeb web;
  policy::AddressRules addresses{{}};
  ValidateHttp01 http01;
};

// Checks a failure, and that its detail is printable and names `what`.
void CheckProblem(const Control& control, Reason reason, const std::string& what) {
  CHECK_FALSE(control.corroborated());
  INFO(control.problem().detail());
  CHECK(control.problem().reason() == static_cast<int>(reason));
  CHECK(control.problem().detail().find(what) != std::string::npos);
  for (const char c : control.problem().detail()) CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("the key authorization at the well-known path proves control",
          "[VAL-21][VAL-23][VAL-34]") {
  World world;
  for (const char* end : {"", "\n", "\r\n", " \t\r\n\n"}) {
    world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization + end));
    const Control control = world.Run();
    CHECK(control.corroborated());
    CHECK_FALSE(control.has_problem());
    REQUIRE(control.hops_size() == 1);
    CHECK(control.hops(0).url() == kUrl);
    CHECK(control.hops(0).dialled() == kPublicHttp);
    CHECK(control.hops(0).http_status() == 200);
    CHECK(control.hops(0).dnssec() == "insecure");
    CHECK(control.hops(0).addresses(0) == kPublic);
    CHECK(control.method() == "http-01");
    CHECK(control.token() == kToken);
  }
  const http::GetRequest request = world.web.requests().front();
  CHECK(request.host == "a.test");
  CHECK(request.port == 80);
  CHECK_FALSE(request.https);
  CHECK(request.body_limit == kKeyAuthorization.size() + 128);
}

TEST_CASE("any other body proves nothing", "[VAL-23][VAL-36][VAL-31]") {
  World world;
  for (const std::string& body :
       {std::string(), kTokenText, " " + kKeyAuthorization, "\xef\xbb\xbf" + kKeyAuthorization,
        "<html>" + kKeyAuthorization + "</html>", kKeyAuthorization + "x",
        kKeyAuthorization.substr(1), kKeyAuthorization + "=",
        kKeyAuthorization + std::string(1, '\0')}) {
    world.web.Serve(kPublicHttp, kUrl, Body(body));
    CheckProblem(world.Run(), Reason::kIncorrectResponse,
                 "Expected \"" + kKeyAuthorization + "\" from " + kUrl);
  }
  http::GetResponse endless = Body(kKeyAuthorization + std::string(128, ' '));
  endless.whole = false;
  world.web.Serve(kPublicHttp, kUrl, endless);
  CheckProblem(world.Run(), Reason::kIncorrectResponse,
               "Expected \"" + kKeyAuthorization + "\" from " + kUrl);
}

TEST_CASE("a wrong body is shown as a short escaped excerpt", "[VAL-30]") {
  World world;
  world.web.Serve(kPublicHttp, kUrl, Body("<b>\n\x1b[2J" + std::string(500, 'x') + "secret"));
  const Control control = world.Run();
  CheckProblem(control, Reason::kIncorrectResponse, "<b>\\x0a\\x1b[2J");
  CHECK(control.problem().detail().find("secret") == std::string::npos);
  CHECK(control.problem().detail().find(std::string(65, 'x')) == std::string::npos);
}

TEST_CASE("a wrong body is told with what was expected, and what is wrong", "[VAL-30][VAL-36]") {
  World world;
  const std::string expected =
      "Expected \"" + kKeyAuthorization + "\" from " + kUrl + " [93.184.216.34:80]; ";
  const auto detail = [&](const std::string& body) {
    world.web.Serve(kPublicHttp, kUrl, Body(body));
    return world.Run().problem().detail();
  };
  CHECK(detail("") == expected + "found: \"\"");
  CHECK(detail(kTokenText) == expected + "found: \"" + kTokenText + "\"");
  CHECK(detail(kTokenText + ".x") ==
        expected + "found: \"" + kTokenText + ".x\", which ends in another key's thumbprint");
  CHECK(detail(kKeyAuthorization + "\n--") ==
        expected + "found it with more behind it: \"\\x0a--\"");
}

TEST_CASE("a problem behind a redirect names the hop", "[VAL-27][VAL-30]") {
  World world;
  world.dns.SetAddresses("b.test", {"93.184.216.35"});
  world.web.Redirect(kPublicHttp, kUrl, "http://b.test/x");
  world.web.Serve("93.184.216.35:80", "http://b.test/x", Body("no"));
  CheckProblem(world.Run(), Reason::kIncorrectResponse,
               "from http://b.test/x [93.184.216.35:80] (redirect 1); found: \"no\"");
  world.web.Redirect("93.184.216.35:80", "http://b.test/x", "http://none.test/");
  CheckProblem(world.Run(), Reason::kDns,
               "Fetching http://none.test/ (redirect 2): No A or AAAA records for none.test: no "
               "such name");
}

TEST_CASE("the final status must be 2xx", "[VAL-22]") {
  World world;
  for (const int status : {200, 204, 299}) {
    world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization, status));
    CHECK(world.Run().corroborated());
  }
  for (const int status : {100, 199, 300, 303, 304, 305, 306, 400, 404, 500, 599}) {
    INFO(status);
    world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization, status));
    CheckProblem(world.Run(), Reason::kUnauthorized,
                 "\" from " + kUrl +
                     " [93.184.216.34:80] with HTTP status 200; found: HTTP status " +
                     std::to_string(status));
  }
}

TEST_CASE("only 301, 302, 307 and 308 are followed", "[VAL-24]") {
  World world;
  world.web.Serve(kPublicHttp, "http://a.test/x", Body(kKeyAuthorization));
  for (const int status : {301, 302, 307, 308}) {
    world.web.Redirect(kPublicHttp, kUrl, "/x", status);
    const Control control = world.Run();
    CHECK(control.corroborated());
    REQUIRE(control.hops_size() == 2);
    CHECK(control.hops(0).http_status() == status);
    CHECK(control.hops(1).url() == "http://a.test/x");
  }
  for (const int status : {300, 303, 304, 305}) {
    world.web.Redirect(kPublicHttp, kUrl, "/x", status);
    CHECK_FALSE(world.Run().corroborated());
  }
}

TEST_CASE("a redirect leads to another host over https", "[VAL-25][VAL-32][VAL-16]") {
  World world;
  world.dns.SetAddresses("b.test", {"93.184.216.35"});
  world.web.Redirect(kPublicHttp, kUrl, "https://b.test/y?z");
  world.web.Serve("93.184.216.35:443", "https://b.test/y?z", Body(kKeyAuthorization));
  const Control control = world.Run();
  CHECK(control.corroborated());
  CHECK(control.hops(1).dialled() == "93.184.216.35:443");
  CHECK(world.web.requests().back().server_name == "b.test");
}

TEST_CASE("a redirect to a port, scheme or host that is not allowed is not followed",
          "[VAL-25][VAL-26][VAL-28][VAL-29]") {
  World world;
  world.dns.SetAddresses("inner.test", {"10.0.0.1"});
  for (const char* location :
       {"http://a.test:8080/", "https://a.test:8443/", "http://a.test:22/", "http://a.test:25/",
        "ftp://a.test/", "file:///etc/passwd", "http://user@a.test/", "http://10.0.0.1/",
        "http://93.184.216.34/", "http://[::1]/", "http://localhost/", "http://inner.test/", "",
        "http://a.test/\r\nHost: b"}) {
    INFO(location);
    world.web.Redirect(kPublicHttp, kUrl, location);
    const size_t before = world.web.requests().size();
    CheckProblem(world.Run(), Reason::kConnection, "");
    CHECK(world.web.requests().size() == before + 1);
  }
}

TEST_CASE("redirects end", "[VAL-27]") {
  World world;
  SECTION("in a circle") {
    world.web.Redirect(kPublicHttp, kUrl, "/x");
    world.web.Redirect(kPublicHttp, "http://a.test/x", kUrl + "#again");
    CheckProblem(world.Run(), Reason::kConnection, "circle");
  }
  SECTION("after ten") {
    world.web.Redirect(kPublicHttp, kUrl, "/1");
    for (int i = 1; i < 20; ++i) {
      world.web.Redirect(kPublicHttp, "http://a.test/" + std::to_string(i),
                         "/" + std::to_string(i + 1));
    }
    const Control control = world.Run();
    CheckProblem(control, Reason::kConnection, "More than 10 redirects");
    CHECK(control.hops_size() == 11);
    world.web.Serve(kPublicHttp, "http://a.test/10", Body(kKeyAuthorization));
    CHECK(world.Run().corroborated());
  }
}

TEST_CASE("special-purpose addresses are not contacted", "[VAL-29]") {
  World world;
  for (const char* address :
       {"127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:93.184.216.34"}) {
    world.dns.SetAddresses("a.test", {address});
    CheckProblem(world.Run(), Reason::kConnection, "never contacted");
  }
  CHECK(world.web.requests().empty());
  // Among others they are passed over.
  world.dns.SetAddresses("a.test", {"10.0.0.1", kPublic});
  world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization));
  const Control control = world.Run();
  CHECK(control.corroborated());
  CHECK(control.hops(0).addresses_size() == 2);
  CHECK(world.web.requests().size() == 1);
}

// Gives another address each time it is asked for one.
class RebindingResolver final : public dns::Resolver {
 public:
  std::vector<dns::Answer> ResolveAll(const base::Call& call,
                                      std::span<const dns::Question> questions) override {
    dns::FakeResolver now;
    now.SetAddresses("a.test", {times_++ == 0 ? kPublic : "127.0.0.1"});
    return now.ResolveAll(call, questions);
  }
  int times() const { return times_; }

 private:
  int times_ = 0;
};

TEST_CASE("a name that moves to a special-purpose address is not followed there", "[VAL-29]") {
  World world;
  RebindingResolver rebinding;
  // What is dialled is what was checked: one look-up for each hop.
  world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization));
  CHECK(world.http01.Run({}, rebinding, Subject("a.test")).corroborated());
  CHECK(rebinding.times() == 1);

  RebindingResolver again;
  world.web.Redirect(kPublicHttp, kUrl, "/x");
  const size_t before = world.web.requests().size();
  const Control control = world.http01.Run({}, again, Subject("a.test"));
  CheckProblem(control, Reason::kConnection, "127.0.0.1 (loopback), which is never contacted");
  CHECK(control.hops(1).dialled().empty());
  CHECK(world.web.requests().size() == before + 1);
}

TEST_CASE("a redirect from an address may lead to an address, and to names", "[VAL-28][VAL-29]") {
  World world;
  const std::string path = "/.well-known/acme-challenge/" + kTokenText;
  const std::string from = std::string("http://") + kPublic + path;
  SECTION("to another address") {
    world.web.Redirect(kPublicHttp, from, "https://[2606:2800::1]/x");
    world.web.Serve("[2606:2800::1]:443", "https://[2606:2800::1]/x", Body(kKeyAuthorization));
    CHECK(world.Run(Subject(kPublic, true)).corroborated());
    // SNI has no addresses (RFC 6066 section 3).
    CHECK(world.web.requests().back().server_name.empty());
  }
  SECTION("to a special-purpose one") {
    for (const char* location : {"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/"}) {
      world.web.Redirect(kPublicHttp, from, location);
      CheckProblem(world.Run(Subject(kPublic, true)), Reason::kConnection, "never contacted");
    }
    CHECK(world.web.requests().size() == 3);
  }
  SECTION("not from a name that it led to") {
    world.web.Redirect(kPublicHttp, from, "http://a.test/x");
    world.web.Redirect(kPublicHttp, "http://a.test/x", "http://[2606:2800::1]/x");
    CheckProblem(world.Run(Subject(kPublic, true)), Reason::kConnection, "IP address");
  }
}

TEST_CASE("a wildcard is not validated by http-01", "[VAL-35]") {
  World world;
  world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization));
  v1::Subject subject = Subject("a.test");
  subject.set_wildcard(true);
  CheckProblem(world.Run(subject), Reason::kMalformed, "wildcard");
  CHECK(world.web.requests().empty());
  // Nor does a proof of a name say anything of the one below.
  CheckProblem(world.Run(Subject("www.a.test")), Reason::kDns, "www.a.test");
}

TEST_CASE("IPv6 comes first, and IPv4 is tried once if nothing answers there", "[VAL-33]") {
  World world;
  world.dns.SetAddresses("a.test", {kPublic, "2606:2800::1", "2606:2800::2"});
  world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization));
  SECTION("IPv6 is dead") {
    const Control control = world.Run();
    CHECK(control.corroborated());
    CHECK(control.hops(0).first_dialled() == "[2606:2800::1]:80");
    CHECK(control.hops(0).dialled() == kPublicHttp);
    CHECK(world.web.requests().size() == 2);
  }
  SECTION("IPv6 answers wrongly") {
    world.web.Serve("[2606:2800::1]:80", kUrl, Body("no"));
    CheckProblem(world.Run(), Reason::kIncorrectResponse, "[2606:2800::1]:80");
    CHECK(world.web.requests().size() == 1);
  }
  SECTION("IPv6 takes the connection and is silent") {
    world.web.Set("[2606:2800::1]:80", kUrl,
                  {.connected = true, .status = errors::Make(Reason::kConnection, "timed out")});
    CheckProblem(world.Run(), Reason::kConnection, "timed out");
    CHECK(world.web.requests().size() == 1);
  }
  SECTION("both are dead") {
    world.dns.SetAddresses("a.test", {"93.184.216.99", "2606:2800::1"});
    CheckProblem(world.Run(), Reason::kConnection,
                 " [93.184.216.99:80, as [2606:2800::1]:80 did not answer]: connection refused");
    CHECK(world.web.requests().size() == 2);
  }
}

TEST_CASE("a name that does not resolve is a dns problem", "[VAL-20][DNSSEC-04]") {
  World world;
  CheckProblem(world.Run(Subject("none.test")), Reason::kDns, "no such name");
  world.dns.Set("empty.test", dns::Type::kTxt, {.rcode = 0});
  CheckProblem(world.Run(Subject("empty.test")), Reason::kDns, "No A or AAAA");
  world.dns.Fail("broken.test", dns::Type::kA);
  CheckProblem(world.Run(Subject("broken.test")), Reason::kDns, "SERVFAIL");
  // One family's failure does not hide the other's addresses, but a forgery does.
  world.web.Serve(kPublicHttp, kUrl, Body(kKeyAuthorization));
  world.dns.Fail("a.test", dns::Type::kAaaa);
  CHECK(world.Run().corroborated());
  world.dns.MakeBogus("a.test", dns::Type::kAaaa);
  CheckProblem(world.Run(), Reason::kDns, "DNSSEC");
}

TEST_CASE("aliases are in the record", "[VAL-16]") {
  World world;
  world.dns.Set("www.a.test", dns::Type::kA,
                {.rcode = 0,
                 .records = {std::string("\x5d\xb8\xd8\x22", 4)},
                 .aliases = {"cdn.b.test"},
                 .dnssec = dns::Dnssec::kInsecure});
  world.dns.Set("www.a.test", dns::Type::kAaaa,
                {.rcode = 0, .aliases = {"cdn.b.test"}, .dnssec = dns::Dnssec::kSecure});
  const Control control = world.Run(Subject("www.a.test"));
  CHECK(control.hops(0).aliases(0) == "cdn.b.test");
  CHECK(control.hops(0).dnssec() == "insecure");
}

TEST_CASE("an IP address is contacted without DNS", "[VAL-37]") {
  World world;
  const std::string path = "/.well-known/acme-challenge/" + kTokenText;
  world.web.Serve("[2606:2800::1]:80", "http://[2606:2800::1]" + path, Body(kKeyAuthorization));
  CHECK(world.Run(Subject("2606:2800::1", true)).corroborated());
  CHECK(world.web.requests().front().host == "[2606:2800::1]");
  world.web.Serve(kPublicHttp, std::string("http://") + kPublic + path, Body(kKeyAuthorization));
  CHECK(world.Run(Subject(kPublic, true)).corroborated());
  CHECK(world.dns.questions().empty());
  CheckProblem(world.Run(Subject("127.0.0.1", true)), Reason::kConnection, "loopback");
}

TEST_CASE("a time-out or a TLS failure says where", "[VAL-20]") {
  World world;
  world.web.Set(kPublicHttp, kUrl,
                {.connected = true, .status = errors::Make(Reason::kConnection, "timed out")});
  CheckProblem(world.Run(), Reason::kConnection, std::string("[") + kPublicHttp + "]");
  world.web.Redirect(kPublicHttp, kUrl, "https://a.test/");
  world.web.Set("93.184.216.34:443", "",
                {.connected = true, .status = errors::Make(Reason::kTls, "wrong version number")});
  CheckProblem(world.Run(), Reason::kTls, "https://a.test/");
}

TEST_CASE("in a test network other ports stand for 80 and 443") {
  World world({.http_port = 5002, .https_port = 5001});
  world.web.Redirect("93.184.216.34:5002", kUrl, "https://a.test:443/x");
  world.web.Serve("93.184.216.34:5001", "https://a.test/x", Body(kKeyAuthorization));
  CHECK(world.Run().corroborated());
}

}  // namespace
}  // namespace cairn::va
