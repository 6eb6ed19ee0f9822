#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::journal {

// The bytes of a segment file. Integers are big-endian.
//
//   segment = header frame*
//   header  = "CAIRNJ1\n"(8) first_index(8) check(16) previous_chain_hash(32)
//   frame   = "CRec"(4) length(4) batch(4) check(4) record(length) chain_hash(32)
//
// chain_hash = SHA-256(previous chain hash || record); before record 0 it is 32
// zero octets. `batch` is the number of octets between the start of the write
// that the frame was part of and the frame itself. Each check is the start of a
// SHA-256 over the fields around it, so that a damaged length is known for one.
// In front of every frame lie the 32 octets of the hash that it chains to.

inline constexpr size_t kHashSize = 32;
inline constexpr size_t kHeaderSize = 64;
inline constexpr size_t kFrameHeaderSize = 16;
inline constexpr size_t kFrameOverhead = kFrameHeaderSize + kHashSize;
inline constexpr size_t kMaxRecordSize = size_t{16} << 20;

// What record 0 chains to.
std::string FirstHash();
std::string ChainHash(std::string_view previous, std::string_view record);

struct SegmentHeader {
  uint64_t first_index = 0;
  std::string previous_hash;
};
std::string EncodeHeader(const SegmentHeader& header);
// Nothing unless `bytes` starts with a header that EncodeHeader wrote.
std::optional<SegmentHeader> DecodeHeader(std::string_view bytes);

// Appends a frame to `out`, which holds the frames of the same write so far.
// `record` has at most kMaxRecordSize octets.
void AppendFrame(std::string& out, std::string_view record, std::string_view chain_hash);
// The length of the record whose frame starts `bytes`; nothing unless all of its
// frame header is there and right.
std::optional<size_t> DecodeRecordLength(std::string_view bytes);
std::optional<size_t> DecodeBatchDistance(std::string_view bytes);

// How a segment ends, as far as its own bytes tell.
enum class Tail {
  kClean,
  // The last write did not reach the disk as a whole: the file ends within a
  // frame, or a frame has a sector of zeros, and nothing that was written after
  // that write's sync follows. No record in the tail was ever acknowledged.
  kTorn,
  // Anything else that does not verify: bytes were changed after they had been written.
  kDamaged,
};

struct SegmentScan {
  uint64_t records = 0;
  std::string head_hash;   // of the last record that verifies
  size_t valid_bytes = 0;  // header and the frames that verify
  Tail tail = Tail::kClean;
  std::vector<size_t> offsets;  // of the frames 0, kStride, 2 * kStride, ...

  static constexpr uint64_t kStride = 64;
};

// Checks the frames of a whole segment file whose header has been decoded.
// Pure; hashes all of `bytes` once, and the tail a second time if it is bad.
SegmentScan ScanFrames(std::string_view bytes, const SegmentHeader& header);

}  // namespace cairn::journal
