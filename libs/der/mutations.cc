#include "libs/der/mutations.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/der/reader.h"
#include "libs/der/value.h"

namespace cairn::testing {
namespace {

using namespace std::string_view_literals;

// For each octet: 8 bits, lost, doubled, 00 and ff before it and in its place, and
// the end before it.
constexpr size_t kPerOctet = 8 + 1 + 1 + 2 + 2 + 1;

// For each octet of a primitive content, with the lengths put right: lost, doubled,
// 00 before it.
constexpr size_t kPerContentOctet = 3;

constexpr auto kTags = std::to_array<uint8_t>(
    {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17,
     0x18, 0x1a, 0x1c, 0x1e, 0x24, 0x30, 0x31, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85,
     0x86, 0x87, 0x88, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x42, 0x62, 0xc2, 0xe2});

// NULL, TRUE, FALSE, 0, an empty SEQUENCE, an empty OCTET STRING.
constexpr std::array<std::string_view, 6> kBeside = {
    "\x05\x00"sv, "\x01\x01\xff"sv, "\x01\x01\x00"sv, "\x02\x01\x00"sv, "\x30\x00"sv, "\x04\x00"sv};

enum Change : size_t {
  kDelete,
  kDouble,
  kEmpty,
  kWrap,
  kUnwrap,
  kReverse,
  kLongLength,
  kIndefinite,
  kSwap,
  kGeneralized,
  kFixed,  // how many there are
};

std::string Join(std::string_view a, std::string_view b) { return std::string(a).append(b); }

std::string WithTag(uint8_t tag, std::string_view content) {
  return der::Wrap(tag, content).bytes();
}

// The length in one octet more than needed.
std::string LongLength(uint8_t tag, std::string_view content) {
  const std::string shortest = WithTag(tag, content);
  const std::string_view length(shortest.data() + 1, shortest.size() - 1 - content.size());
  std::string out(1, static_cast<char>(tag));
  if (length.size() == 1) {
    out += "\x81"sv;
    out += length;
  } else {
    out += static_cast<char>(length[0] + 1);
    out += '\0';
    out += length.substr(1);
  }
  return out.append(content);
}

}  // namespace

DerMutations::DerMutations(std::string der, const std::vector<std::string>& donors,
                           std::vector<std::string> extras)
    : der_(std::move(der)), extras_(std::move(extras)), nodes_(Parse(der_)) {
  donated_.resize(nodes_.size());
  for (const std::string& donor : donors) {
    const std::vector<Node> others = Parse(donor);
    for (size_t i = 0; i < nodes_.size() && i < others.size(); ++i) {
      std::string bytes = donor.substr(others[i].begin, others[i].end - others[i].begin);
      if (bytes != Bytes(nodes_[i])) donated_[i].push_back(std::move(bytes));
    }
  }
  octet_changes_ = der_.size() * kPerOctet;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    first_change_.push_back(node_changes_);
    node_changes_ += ChangesOf(i);
  }
}

std::vector<DerMutations::Node> DerMutations::Parse(std::string_view der) {
  std::vector<Node> nodes;
  ParseInto(der, 0, der.size(), -1, nodes);
  INVARIANT(!nodes.empty() && nodes.front().end == der.size(), "the test gives one element");
  return nodes;
}

void DerMutations::ParseInto(std::string_view der, size_t begin, size_t end, int parent,
                             std::vector<Node>& nodes) {
  der::Reader reader(der.substr(begin, end - begin));
  int before = -1;
  while (!reader.AtEnd()) {
    const absl::StatusOr<der::Element> element = reader.ReadAny();
    INVARIANT(element.ok(), "the test gives strict DER");
    const auto at = static_cast<size_t>(element->der.data() - der.data());
    const int index = static_cast<int>(nodes.size());
    if (before >= 0) nodes[static_cast<size_t>(before)].next = index;
    before = index;
    Node node{.tag = element->tag,
              .begin = at,
              .content = at + (element->der.size() - element->content.size()),
              .end = at + element->der.size(),
              .parent = parent};
    nodes.push_back(node);
    // Other values stand in strings: extensions in OCTET STRINGs, keys in BIT STRINGs.
    const size_t inner = node.content + (node.tag == der::kBitString ? 1 : 0);
    const bool may_hold = node.tag == der::kBitString || node.tag == der::kOctetString;
    if ((node.tag & 0x20) != 0 || (may_hold && inner < node.end &&
                                   der::CheckStrict(der.substr(inner, node.end - inner)).ok())) {
      ParseInto(der, inner, node.end, index, nodes);
    }
  }
}

std::string_view DerMutations::Bytes(const Node& node) const {
  return std::string_view(der_).substr(node.begin, node.end - node.begin);
}
std::string_view DerMutations::Content(const Node& node) const {
  return std::string_view(der_).substr(node.content, node.end - node.content);
}
bool DerMutations::IsLeaf(size_t node) const {
  return node + 1 == nodes_.size() || nodes_[node + 1].parent != static_cast<int>(node);
}

std::string DerMutations::Replace(int parent, size_t begin, size_t end, std::string bytes) const {
  while (parent >= 0) {
    const Node& around = nodes_[static_cast<size_t>(parent)];
    std::string content = der_.substr(around.content, begin - around.content);
    content += bytes;
    content += std::string_view(der_).substr(end, around.end - end);
    bytes = WithTag(around.tag, content);
    begin = around.begin;
    end = around.end;
    parent = around.parent;
  }
  return bytes;
}

std::string DerMutations::Replace(const Node& node, std::string bytes) const {
  return Replace(node.parent, node.begin, node.end, std::move(bytes));
}

size_t DerMutations::ChangesOf(size_t node) const {
  const Node& at = nodes_[node];
  const size_t inside = IsLeaf(node) ? (at.end - at.content) * kPerContentOctet : 0;
  return kFixed + kTags.size() + 2 * (kBeside.size() + extras_.size()) + donated_[node].size() +
         inside;
}

Mutation DerMutations::At(size_t index) const {
  if (index < octet_changes_) return OctetChange(index);
  index -= octet_changes_;
  const auto after = std::upper_bound(first_change_.begin(), first_change_.end(), index);
  const auto node = static_cast<size_t>(after - first_change_.begin()) - 1;
  return NodeChange(node, index - first_change_[node]);
}

Mutation DerMutations::OctetChange(size_t index) const {
  const size_t at = index / kPerOctet;
  const size_t change = index % kPerOctet;
  std::string out = der_;
  if (change < 8) {
    out[at] = static_cast<char>(out[at] ^ (1 << change));
    return {"bit", std::move(out)};
  }
  switch (change) {
    case 8:
      out.erase(at, 1);
      return {"octet lost", std::move(out)};
    case 9:
      out.insert(at, 1, der_[at]);
      return {"octet doubled", std::move(out)};
    case 10:
      out.insert(at, 1, '\0');
      return {"octet inserted", std::move(out)};
    case 11:
      out.insert(at, 1, '\xff');
      return {"octet inserted", std::move(out)};
    case 12:
      out[at] = '\0';
      return {"octet replaced", std::move(out)};
    case 13:
      out[at] = '\xff';
      return {"octet replaced", std::move(out)};
    default:
      out.resize(at);
      return {"end cut off", std::move(out)};
  }
}

Mutation DerMutations::NodeChange(size_t index, size_t change) const {
  const Node& node = nodes_[index];
  const std::string_view bytes = Bytes(node);
  const std::string_view content = Content(node);
  switch (change) {
    case kDelete:
      return {"element deleted", Replace(node, "")};
    case kDouble:
      return {"element doubled", Replace(node, Join(bytes, bytes))};
    case kEmpty:
      return {"element emptied", Replace(node, WithTag(node.tag, ""))};
    case kWrap:
      return {"element wrapped", Replace(node, WithTag(der::kSequence, bytes))};
    case kUnwrap:
      return {"element unwrapped", Replace(node, std::string(content))};
    case kReverse:
      return {"content reversed",
              Replace(node, WithTag(node.tag, std::string(content.rbegin(), content.rend())))};
    case kLongLength:
      return {"length in another form", Replace(node, LongLength(node.tag, content))};
    case kIndefinite: {
      std::string out = {static_cast<char>(node.tag), '\x80'};
      return {"length in another form", Replace(node, out.append(content).append("\0\0"sv))};
    }
    case kSwap: {
      if (node.next < 0) return {"elements swapped", der_};
      const Node& next = nodes_[static_cast<size_t>(node.next)];
      return {"elements swapped",
              Replace(node.parent, node.begin, next.end, Join(Bytes(next), bytes))};
    }
    case kGeneralized:
      if (node.tag != der::kUtcTime) return {"time in another form", der_};
      return {"time in another form",
              Replace(node, WithTag(der::kGeneralizedTime, Join("20", content)))};
    default:
      break;
  }
  change -= kFixed;
  if (change < kTags.size()) {
    return {"tag changed", Replace(node, WithTag(kTags[change], content))};
  }
  change -= kTags.size();
  if (change < 2 * kBeside.size()) {
    const std::string_view other = kBeside[change / 2];
    return {"element inserted",
            Replace(node, change % 2 == 0 ? Join(other, bytes) : Join(bytes, other))};
  }
  change -= 2 * kBeside.size();
  if (change < 2 * extras_.size()) {
    const std::string& other = extras_[change / 2];
    return {"element inserted",
            Replace(node, change % 2 == 0 ? Join(other, bytes) : Join(bytes, other))};
  }
  change -= 2 * extras_.size();
  if (change < donated_[index].size()) {
    return {"element exchanged", Replace(node, donated_[index][change])};
  }
  return ContentChange(node, change - donated_[index].size());
}

Mutation DerMutations::ContentChange(const Node& node, size_t change) const {
  std::string content(Content(node));
  const size_t at = change / kPerContentOctet;
  switch (change % kPerContentOctet) {
    case 0:
      content.erase(at, 1);
      break;
    case 1:
      content.insert(at, 1, content[at]);
      break;
    default:
      content.insert(at, 1, '\0');
      break;
  }
  return {"content longer or shorter", Replace(node, WithTag(node.tag, content))};
}

Mutation DerMutations::Draw(std::mt19937_64& random) const {
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  const size_t index = below(nodes_.size());
  const Node& node = nodes_[index];
  switch (below(4)) {
    case 0: {  // random content of the same length, or a bit longer or shorter
      const size_t length = node.end - node.content + below(5);
      std::string content(length < 2 ? 0 : length - 2, '\0');
      for (char& octet : content) octet = static_cast<char>(random());
      return {"content at random", Replace(node, WithTag(node.tag, content))};
    }
    case 1: {  // one octet of the content
      std::string content(Content(node));
      if (content.empty()) return {"octet at random", der_};
      content[below(content.size())] = static_cast<char>(random());
      return {"octet at random", Replace(node, WithTag(node.tag, content))};
    }
    case 2:  // another element of the same value
      return {"element copied", Replace(node, std::string(Bytes(nodes_[below(nodes_.size())])))};
    default: {  // any octet, and any other one
      std::string out = der_;
      out[below(out.size())] = static_cast<char>(random());
      if (below(2) == 0) out[below(out.size())] = static_cast<char>(random());
      return {"octets at random", std::move(out)};
    }
  }
}

}  // namespace cairn::testing
