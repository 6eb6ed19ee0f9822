#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::testing {

struct Mutation {
  std::string_view kind;  // "bit", "element deleted", ...
  std::string der;        // may be equal to the original, or no DER at all
};

// Small changes of a DER value, one at a time, for tests of what must notice them:
// of octets without regard to the structure (bits flipped, octets added, lost and
// doubled, ends cut off), and of elements with the lengths around them put right
// (left out, doubled, swapped, emptied, wrapped, retagged, in other encodings,
// exchanged), inside of OCTET STRING and BIT STRING too. Deterministic. Thread-safe.
class DerMutations {
 public:
  // `der` is one element. The elements of `donors`, values like it, take the places
  // of its own; those of `extras` are put beside its own.
  DerMutations(std::string der, const std::vector<std::string>& donors,
               std::vector<std::string> extras);

  // How many there are that do not depend on chance, and each of them.
  size_t size() const { return octet_changes_ + node_changes_; }
  Mutation At(size_t index) const;
  // One that does.
  Mutation Draw(std::mt19937_64& random) const;

 private:
  struct Node {
    uint8_t tag = 0;
    size_t begin = 0;
    size_t content = 0;
    size_t end = 0;
    int parent = -1;
    int next = -1;  // sibling
  };

  static std::vector<Node> Parse(std::string_view der);
  static void ParseInto(std::string_view der, size_t begin, size_t end, int parent,
                        std::vector<Node>& nodes);

  std::string_view Bytes(const Node& node) const;
  std::string_view Content(const Node& node) const;
  bool IsLeaf(size_t node) const;
  size_t ChangesOf(size_t node) const;
  // The whole with `bytes` in place of what is from `begin` to `end` inside of
  // `parent`, and the lengths around it put right.
  std::string Replace(int parent, size_t begin, size_t end, std::string bytes) const;
  std::string Replace(const Node& node, std::string bytes) const;

  Mutation OctetChange(size_t index) const;
  Mutation NodeChange(size_t node, size_t change) const;
  Mutation ContentChange(const Node& node, size_t change) const;

  std::string der_;
  std::vector<std::string> extras_;
  std::vector<Node> nodes_;
  std::vector<std::vector<std::string>> donated_;  // by node
  size_t octet_changes_ = 0;
  size_t node_changes_ = 0;
  std::vector<size_t> first_change_;  // by node
};

}  // namespace cairn::testing
