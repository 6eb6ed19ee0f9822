// Any bytes as a segment file: the scan ends, stays inside, and what it accepts
// is what the writer would have written.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/journal/segment.h"

using namespace cairn::journal;  // NOLINT: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Without a right header the fuzzer would never get past its check.
  const SegmentHeader header =
      DecodeHeader(bytes).value_or(SegmentHeader{.first_index = 0, .previous_hash = FirstHash()});
  if (size < kHeaderSize) return 0;

  const SegmentScan scan = ScanFrames(bytes, header);
  INVARIANT(scan.valid_bytes >= kHeaderSize && scan.valid_bytes <= size, "it reads only `bytes`");
  INVARIANT((scan.tail == Tail::kClean) == (scan.valid_bytes == size), "clean means all of it");

  const SegmentScan again = ScanFrames(bytes.substr(0, scan.valid_bytes), header);
  INVARIANT(again.tail == Tail::kClean && again.records == scan.records &&
                again.head_hash == scan.head_hash && again.offsets == scan.offsets,
            "cutting the tail off leaves a clean segment with the same records");

  std::string hash = header.previous_hash;
  size_t offset = kHeaderSize;
  for (uint64_t i = 0; i < scan.records; ++i) {
    const std::optional<size_t> length = DecodeRecordLength(bytes.substr(offset));
    INVARIANT(length, "the scan decoded it");
    hash = ChainHash(hash, bytes.substr(offset + kFrameHeaderSize, *length));
    offset += *length + kFrameOverhead;
  }
  INVARIANT(offset == scan.valid_bytes && hash == scan.head_hash, "every record is in the chain");
  return 0;
}
