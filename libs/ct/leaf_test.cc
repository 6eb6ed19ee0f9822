#include "libs/ct/leaf.h"

#include <catch2/catch.hpp>
#include <string>

#include "libs/ct/tls.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ct {
namespace {

using errors::Reason;

Entry Precertificate() {
  return {
      .type = Entry::Type::kPrecertificate, .issuer_key_hash = std::string(32, 'H'), .body = "tbs"};
}

TEST_CASE("an entry of an RFC 6962 log is read with what was submitted", "[CT-21]") {
  const std::string chain = TlsVector(TlsVector("issuer", 3), 3);
  const std::string input = MerkleTreeLeaf(7, Precertificate(), "e");
  const std::string extra = TlsVector("precertificate", 3) + chain;
  const auto leaf = Leaf::FromRfc6962(input, extra);
  REQUIRE_OK(leaf);
  CHECK(leaf->timestamp == 7);
  CHECK(leaf->entry.body == "tbs");
  CHECK(leaf->certificate == "precertificate");
  CHECK(leaf->leaf_input() == input);
  const auto other = Leaf::FromRfc6962(MerkleTreeLeaf(7, Entry::Certificate("der"), ""), chain);
  REQUIRE_OK(other);
  CHECK(other->certificate == "der");

  CHECK_REASON(Leaf::FromRfc6962(input + "x", extra), Reason::kMalformed);
  CHECK_REASON(Leaf::FromRfc6962(input, extra + "x"), Reason::kMalformed);
  CHECK_REASON(Leaf::FromRfc6962(input, chain), Reason::kMalformed);
  for (size_t size = 0; size < input.size(); ++size) {
    CHECK_REASON(Leaf::FromRfc6962(input.substr(0, size), extra), Reason::kMalformed);
  }
  std::string version = input;
  version[0] = 1;
  CHECK_REASON(Leaf::FromRfc6962(version, extra), Reason::kMalformed);
  std::string type = input;
  type[11] = 2;
  CHECK_REASON(Leaf::FromRfc6962(type, extra), Reason::kMalformed);
}

TEST_CASE("all entries of a data tile are read", "[CT-21]") {
  const std::string first = MerkleTreeLeaf(7, Precertificate(), LeafIndexExtensions(0)).substr(2) +
                            TlsVector("precertificate", 3) + TlsVector(std::string(64, 'F'), 2);
  const std::string second =
      MerkleTreeLeaf(8, Entry::Certificate("der"), LeafIndexExtensions(1)).substr(2) +
      TlsVector("", 2);
  const auto leaves = Leaf::FromDataTile(first + second);
  REQUIRE_OK(leaves);
  REQUIRE(leaves->size() == 2);
  CHECK((*leaves)[0].certificate == "precertificate");
  CHECK((*leaves)[1].certificate == "der");
  CHECK((*leaves)[1].extensions == LeafIndexExtensions(1));
  CHECK(Leaf::FromDataTile("")->empty());
  CHECK_REASON(Leaf::FromDataTile(first + second + "x"), Reason::kMalformed);
  CHECK_REASON(
      Leaf::FromDataTile(first.substr(0, first.size() - 66) + TlsVector(std::string(63, 'F'), 2)),
      Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::ct
