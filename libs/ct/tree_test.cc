#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/merkle_tree.h"
#include "libs/ct/test_log.h"
#include "libs/ct/tiles.h"
#include "libs/ct/tree_head.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ct {
namespace {

using errors::Reason;

// MTH of RFC 6962 section 2.1, as it stands there.
std::string DefinedRoot(const std::vector<std::string>& leaves, size_t begin, size_t end) {
  if (begin == end) return crypto::Sha256("");
  if (end - begin == 1) return LeafHash(leaves[begin]);
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return NodeHash(DefinedRoot(leaves, begin, begin + split),
                  DefinedRoot(leaves, begin + split, end));
}

TEST_CASE("the published roots of the eight test leaves come out") {
  // The leaves and roots of the tests of the first CT server; they are also in
  // RFC 6962's reference implementation.
  const std::vector<std::string> leaves = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MerkleTree tree;
  CHECK(base::ToHex(RootHash(0, tree.nodes()).value()) == roots[0]);
  for (size_t i = 0; i < leaves.size(); ++i) {
    tree.Append(LeafHash(base::FromHex(leaves[i]).value()));
    CHECK(base::ToHex(RootHash(i + 1, tree.nodes()).value()) == roots[i + 1]);
  }
}

TEST_CASE("in trees of up to 70 leaves every leaf is proved, and nothing else", "[CT-22]") {
  std::vector<std::string> leaves;
  MerkleTree tree;
  for (int i = 0; i < 70; ++i) {
    leaves.push_back(base::Cat("leaf ", i));
    tree.Append(LeafHash(leaves.back()));
  }
  for (size_t size = 1; size <= leaves.size(); ++size) {
    const std::string root = RootHash(size, tree.nodes()).value();
    REQUIRE(root == DefinedRoot(leaves, 0, size));
    for (size_t index = 0; index < size; ++index) {
      const std::string leaf = LeafHash(leaves[index]);
      auto path = InclusionProof(index, size, tree.nodes()).value();
      REQUIRE_OK(VerifyInclusion(leaf, index, size, path, root));
      CHECK_FALSE(VerifyInclusion(LeafHash("x"), index, size, path, root).ok());
      CHECK_FALSE(VerifyInclusion(leaf, index, size, path, LeafHash("x")).ok());
      if (size > 1) CHECK_FALSE(VerifyInclusion(leaf, index ^ 1, size, path, root).ok());
      path.push_back(root);
      CHECK_FALSE(VerifyInclusion(leaf, index, size, path, root).ok());
      path.resize(path.size() - 1);
      if (path.empty()) continue;
      path.back()[0] ^= 1;
      CHECK_FALSE(VerifyInclusion(leaf, index, size, path, root).ok());
      path.pop_back();
      CHECK_FALSE(VerifyInclusion(leaf, index, size, path, root).ok());
    }
    CHECK_REASON(InclusionProof(size, size, tree.nodes()), Reason::kMalformed);
    CHECK_FALSE(VerifyInclusion(LeafHash("x"), size, size, {}, root).ok());
  }
}

TEST_CASE("tiles are named as static-ct-api names them", "[CT-22]") {
  CHECK(Tile{.level = 0, .index = 0}.Path() == "tile/0/000");
  CHECK(Tile{.level = 1, .index = 999}.Path() == "tile/1/999");
  CHECK(Tile{.level = 0, .index = 1000}.Path() == "tile/0/x001/000");
  CHECK(Tile{.level = 2, .index = 1234067}.Path() == "tile/2/x001/x234/067");
  CHECK(Tile{.level = 0, .index = 5, .width = 12}.Path() == "tile/0/005.p/12");
}

TEST_CASE("a proof is made of tiles as it is of the whole tree", "[CT-22]") {
  MerkleTree tree;
  for (int i = 0; i < 70'000; ++i) tree.Append(LeafHash(base::Cat("leaf ", i)));
  const auto size = GENERATE(uint64_t{1}, uint64_t{255}, uint64_t{256}, uint64_t{257},
                             uint64_t{65'536}, uint64_t{66'001}, uint64_t{70'000});
  std::map<std::string, int> fetched;
  const NodeSource nodes = NodesOfTiles(size, [&](const Tile& tile) -> absl::StatusOr<std::string> {
    ++fetched[tile.Path()];
    std::string octets;
    for (uint64_t i = 0; i < tile.width; ++i) {
      octets += tree.nodes()(Tile::kHeight * tile.level, tile.index * 256 + i).value();
    }
    return octets;
  });
  const std::string root = RootHash(size, tree.nodes()).value();
  CHECK(RootHash(size, nodes).value() == root);
  for (const uint64_t index : {uint64_t{0}, size / 2, size - 1}) {
    const auto path = InclusionProof(index, size, nodes);
    REQUIRE_OK(path);
    CHECK(*path == InclusionProof(index, size, tree.nodes()).value());
    CHECK_OK(VerifyInclusion(LeafHash(base::Cat("leaf ", index)), index, size, *path, root));
  }
  for (const auto& [path, times] : fetched) {
    INFO(path);
    CHECK(times == 1);
  }
}

TEST_CASE("a tile of another size is refused, and an error of the source is told") {
  const NodeSource cut = NodesOfTiles(
      3, [](const Tile&) -> absl::StatusOr<std::string> { return std::string(64, 'x'); });
  CHECK_REASON(InclusionProof(0, 3, cut), Reason::kIncorrectResponse);
  const NodeSource gone = NodesOfTiles(3, [](const Tile&) -> absl::StatusOr<std::string> {
    return errors::Make(Reason::kNotFound, "no such tile");
  });
  CHECK_REASON(InclusionProof(0, 3, gone), Reason::kNotFound);
}

TreeHead MakeHead(const testing::TestLog& log) {
  TreeHead head{.timestamp = 1795000000123, .size = 42, .root = std::string(32, 'r')};
  head.signature = log.Sign(SignedOctets(head));
  return head;
}

TEST_CASE("a tree head's signature is over what RFC 6962 section 3.5 says", "[CT-22]") {
  const TreeHead head{.timestamp = 7, .size = 9, .root = std::string(32, 'r')};
  CHECK(SignedOctets(head) ==
        std::string("\0\1\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\x09", 18) + std::string(32, 'r'));
  const testing::TestLog log;
  TreeHead right = MakeHead(log);
  CHECK_OK(VerifyTreeHead(right, log.key()));
  CHECK_REASON(VerifyTreeHead(right, testing::TestLog().key()), Reason::kIncorrectResponse);
  ++right.size;
  CHECK_REASON(VerifyTreeHead(right, log.key()), Reason::kIncorrectResponse);
}

TEST_CASE("a checkpoint is read back, with others' signatures beside the log's", "[CT-22]") {
  const testing::TestLog log;
  const TreeHead head = MakeHead(log);
  const std::string note = ComposeCheckpoint(head, "log.a.test/2027", log.key());
  CHECK(note.starts_with("log.a.test/2027\n42\n" + base::ToBase64(head.root) +
                         "\n\n\xe2\x80\x94 log.a.test/2027 "));
  const std::string witness = "\xe2\x80\x94 witness.test AAAAAAAA\n";
  const std::string other_key = "\xe2\x80\x94 log.a.test/2027 AAAAAAAA\n";
  const size_t gap = note.find("\n\n") + 2;
  for (const std::string& text :
       {note, note + witness, note.substr(0, gap) + witness + other_key + note.substr(gap)}) {
    const auto read = ReadCheckpoint(text, "log.a.test/2027", log.key());
    REQUIRE_OK(read);
    CHECK(read->size == 42);
    CHECK(read->root == head.root);
    CHECK(read->timestamp == head.timestamp);
  }
}

TEST_CASE("a checkpoint that isn't the log's is refused", "[CT-22]") {
  const testing::TestLog log;
  const std::string note = ComposeCheckpoint(MakeHead(log), "a.test", log.key());
  const auto read = [&](const std::string& text) {
    return ReadCheckpoint(text, "a.test", log.key());
  };
  REQUIRE_OK(read(note));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string text = note;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK_REASON(ReadCheckpoint(note, "b.test", log.key()), Reason::kIncorrectResponse);
  CHECK_REASON(ReadCheckpoint(note, "a.test", testing::TestLog().key()),
               Reason::kIncorrectResponse);
  CHECK_REASON(read(replaced("\n42\n", "\n43\n")), Reason::kIncorrectResponse);
  CHECK_REASON(read(replaced("\n42\n", "\n042\n")), Reason::kMalformed);
  CHECK_REASON(read(replaced("\n42\n", "\n-42\n")), Reason::kMalformed);
  CHECK_REASON(read(replaced("\n42\n", "\n99999999999999999999\n")), Reason::kMalformed);
  CHECK_REASON(read(replaced("\n\n", "\nmore\n\n")), Reason::kMalformed);
  CHECK_REASON(read(note.substr(0, note.find("\n\n") + 2)), Reason::kIncorrectResponse);
  CHECK_REASON(read(note.substr(0, note.size() - 1)), Reason::kMalformed);
  CHECK_REASON(read("a.test\n42\n\n"), Reason::kMalformed);
  CHECK_REASON(read(""), Reason::kMalformed);
  CHECK_REASON(read(note + "x\n"), Reason::kMalformed);
  CHECK_REASON(read(note + note.substr(note.find("\n\n") + 2)), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::ct
