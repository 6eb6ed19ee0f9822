#include "services/va/core/url.h"

#include <catch2/catch.hpp>

namespace cairn::va {
namespace {

Url Base() { return {.host = "a.test", .target = "/.well-known/acme-challenge/token"}; }

TEST_CASE("a Location leads where RFC 3986 says", "[VAL-27]") {
  struct Row {
    const char *location, *url;
  };
  for (const Row& row : {
           Row{"https://b.test/x", "https://b.test/x"},
           Row{"HTTP://B.Test", "http://b.test/"},
           Row{"http://b.test?q=1", "http://b.test/?q=1"},
           Row{"http://b.test:80/x", "http://b.test/x"},
           Row{"https://b.test:80/x", "https://b.test:80/x"},
           Row{"https://b.test:/x", "https://b.test/x"},
           Row{"http://b.test./x", "http://b.test/x"},
           Row{"http://b.test/x#fragment", "http://b.test/x"},
           Row{"//b.test/x", "http://b.test/x"},
           Row{"/x?y", "http://a.test/x?y"},
           Row{"x", "http://a.test/.well-known/acme-challenge/x"},
           Row{"../x", "http://a.test/.well-known/x"},
           Row{"../../../../x", "http://a.test/x"},
           Row{"/a/./b/..", "http://a.test/a/"},
           Row{"?q", "http://a.test/.well-known/acme-challenge/token?q"},
           Row{"#f", "http://a.test/.well-known/acme-challenge/token"},
           Row{"http://192.0.2.1/x", "http://192.0.2.1/x"},
           Row{"http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"},
       }) {
    INFO(row.location);
    UrlError error;
    const auto url = FollowLocation(Base(), row.location, error);
    REQUIRE(url);
    CHECK(url->ToText() == row.url);
  }
}

TEST_CASE("a Location to anything else is refused", "[VAL-25][VAL-28]") {
  for (const char* location : {"",
                               "ftp://b.test/",
                               "gopher://b.test/",
                               "file:///etc/passwd",
                               "javascript:x",
                               "http:x",
                               "http:/b.test",
                               "http://",
                               "http:///x",
                               "http://user@b.test/",
                               "http://user:pw@b.test/",
                               "http://localhost/",
                               "http://b_test/",
                               "http://127.1/",
                               "http://0x7f.1/",
                               "http://1/",
                               "http://b.test:0/",
                               "http://b.test:65536/",
                               "http://b.test:8x/",
                               "http://b..test/",
                               "http://-b.test/",
                               "http://[::1/",
                               "http://[192.0.2.1]/",
                               "http://2001:db8::1/",
                               "http://[fe80::1%25eth0]/",
                               "http://b.test/a b",
                               "http://b.test/\x01",
                               "http://b.t\xc3\xa4st/",
                               "//user@b.test/",
                               "http://b%2etest/"}) {
    INFO(location);
    UrlError error;
    CHECK_FALSE(FollowLocation(Base(), location, error));
    CHECK_FALSE(error.why.empty());
  }
  UrlError error;
  CHECK_FALSE(FollowLocation(Base(), "/" + std::string(2000, 'a'), error));
}

}  // namespace
}  // namespace cairn::va
