#include "libs/dns/trust_anchors.h"

#include <catch2/catch.hpp>

#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::dns {
namespace {

using Names = std::vector<std::string>;
using errors::Reason;

TEST_CASE("the owners of trust anchors are read, each once", "[DNSSEC-09]") {
  const auto names = TrustAnchorNames(
      "; a comment\n"
      ". IN DNSKEY 257 3 8 AwEAAaz/ ; keytag 20326\n"
      ". IN DNSKEY 257 3 8 AwEAAa96 ; keytag 38696\r\n"
      "\n"
      "Signed.Test. 3600 IN DS 1 13 2 (\n"
      "  00 ; half of it\n"
      "  11 )\n"
      "a.test.\tds 1 13 2 00");
  REQUIRE_OK(names);
  CHECK(*names == Names{"", "a.test", "signed.test"});
}

TEST_CASE("a trust anchor file that can't be understood is refused", "[DNSSEC-03]") {
  for (const char* text : {
           "", "; nothing\n",
           ". IN NS a.test.\n",              // no anchor
           "test IN DS 1 13 2 00\n",         // relative to what?
           " IN DS 1 13 2 00\n",             // whose?
           ". IN DS 1 13 2 ( 00\n",          // no end
           ". IN DS 1 13 2 00 )\n",          // no begin
           ". IN DS ( 1 13 ( 2 00 ) )\n",    // one in another
           "$TTL 300\n. IN DS 1 13 2 00\n",  // a directive
       }) {
    INFO(text);
    CHECK_REASON(TrustAnchorNames(text), Reason::kMalformed);
  }
  const testing::TempDir folder;
  CHECK_REASON(ReadTrustAnchorNames("/none"), Reason::kMalformed);
  CHECK_REASON(ReadTrustAnchorNames(folder.Write("long", std::string(65537, '\n'))),
               Reason::kMalformed);
}

TEST_CASE("Debian's root anchors are of the root", "[DNSSEC-09]") {
  const auto names = ReadTrustAnchorNames("/usr/share/dns/root.key");
  REQUIRE_OK(names);
  CHECK(*names == Names{""});
}

TEST_CASE("an anchor covers its name and those below, label by label") {
  CHECK(IsCovered({""}, "a.test"));
  CHECK(IsCovered({"a.test"}, "a.test"));
  CHECK(IsCovered({"a.test"}, "www.a.test"));
  CHECK_FALSE(IsCovered({"a.test"}, "aa.test"));
  CHECK_FALSE(IsCovered({"a.test"}, "test"));
  CHECK_FALSE(IsCovered({}, "a.test"));
}

}  // namespace
}  // namespace cairn::dns
