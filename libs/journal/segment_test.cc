#include "libs/journal/segment.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace cairn::journal {
namespace {

// A segment with the given writes, each of one or more records.
std::string MakeSegment(const std::vector<std::vector<std::string>>& writes) {
  const SegmentHeader header{.first_index = 7, .previous_hash = FirstHash()};
  std::string out = EncodeHeader(header);
  std::string hash = header.previous_hash;
  for (const auto& records : writes) {
    std::string batch;
    for (const std::string& record : records) {
      hash = ChainHash(hash, record);
      AppendFrame(batch, record, hash);
    }
    out += batch;
  }
  return out;
}

SegmentScan Scan(const std::string& bytes) { return ScanFrames(bytes, *DecodeHeader(bytes)); }

size_t FrameSize(const std::string& record) { return record.size() + kFrameOverhead; }

TEST_CASE("a segment reads back as it was written") {
  const std::string bytes = MakeSegment({{"one"}, {"", "three"}});
  REQUIRE(DecodeHeader(bytes));
  CHECK(DecodeHeader(bytes)->first_index == 7);
  const SegmentScan scan = Scan(bytes);
  CHECK(scan.records == 3);
  CHECK(scan.valid_bytes == bytes.size());
  CHECK(scan.tail == Tail::kClean);
  CHECK(scan.offsets == std::vector<size_t>{kHeaderSize});
  CHECK(scan.head_hash == ChainHash(ChainHash(ChainHash(FirstHash(), "one"), ""), "three"));
}

TEST_CASE("the sparse index has every 64th frame") {
  std::vector<std::vector<std::string>> writes(130, {"record"});
  const SegmentScan scan = Scan(MakeSegment(writes));
  const size_t frame = FrameSize("record");
  CHECK(scan.offsets ==
        std::vector<size_t>{kHeaderSize, kHeaderSize + 64 * frame, kHeaderSize + 128 * frame});
}

TEST_CASE("a header with any octet changed is refused") {
  const std::string header = MakeSegment({});
  for (size_t i = 0; i < header.size(); ++i) {
    std::string bytes = header;
    bytes[i] ^= 0x01;
    INFO(i);
    CHECK_FALSE(DecodeHeader(bytes));
  }
  CHECK_FALSE(DecodeHeader(header.substr(0, kHeaderSize - 1)));
}

TEST_CASE("an octet changed anywhere in the frames is damage, not a torn tail") {
  const std::string good = MakeSegment({{"first"}, {"second", "third"}, {"last"}});
  for (size_t i = kHeaderSize; i < good.size(); ++i) {
    std::string bytes = good;
    bytes[i] ^= 0x01;
    INFO(i);
    CHECK(Scan(bytes).tail == Tail::kDamaged);
  }
}

TEST_CASE("a record cut out of the middle is damage") {
  std::string bytes = MakeSegment({{"first"}, {"second"}, {"third"}});
  bytes.erase(kHeaderSize + FrameSize("first"), FrameSize("second"));
  const SegmentScan scan = Scan(bytes);
  CHECK(scan.tail == Tail::kDamaged);
  CHECK(scan.records == 1);
}

TEST_CASE("a file that ends at any octet of its last frame has a torn tail") {
  const std::string good = MakeSegment({{"first"}, {"second"}});
  const size_t last = good.size() - FrameSize("second");
  for (size_t end = last + 1; end < good.size(); ++end) {
    const SegmentScan scan = Scan(good.substr(0, end));
    INFO(end);
    CHECK(scan.tail == Tail::kTorn);
    CHECK(scan.records == 1);
    CHECK(scan.valid_bytes == last);
  }
  CHECK(Scan(good.substr(0, last)).tail == Tail::kClean);
}

TEST_CASE("sectors that the last write lost make a torn tail") {
  const std::string big(3000, 'x');
  const std::string good = MakeSegment({{"first"}, {big, big}});
  const size_t last = kHeaderSize + FrameSize("first");

  SECTION("at its end") {
    std::string bytes = good;
    std::fill(bytes.begin() + 2048, bytes.end(), '\0');
    CHECK(Scan(bytes).tail == Tail::kTorn);
    CHECK(Scan(bytes).valid_bytes == last);
  }
  SECTION("in the middle, with a whole frame of the same write behind it") {
    std::string bytes = good;
    std::fill(bytes.begin() + 1024, bytes.begin() + 1536, '\0');
    CHECK(Scan(bytes).tail == Tail::kTorn);
    CHECK(Scan(bytes).valid_bytes == last);
  }
  SECTION("but not if a later write follows: it was synced by then") {
    std::string bytes = MakeSegment({{"first"}, {big}, {big}});
    std::fill(bytes.begin() + 1024, bytes.begin() + 1536, '\0');
    CHECK(Scan(bytes).tail == Tail::kDamaged);
  }
}

}  // namespace
}  // namespace cairn::journal
