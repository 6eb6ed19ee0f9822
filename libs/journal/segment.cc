#include "libs/journal/segment.h"

#include <algorithm>

#include "libs/crypto/digest.h"

namespace cairn::journal {
namespace {

constexpr std::string_view kSegmentMagic = "CAIRNJ1\n";
constexpr std::string_view kFrameMagic = "CRec";
constexpr size_t kHeaderCheckSize = 16;
constexpr size_t kFrameCheckSize = 4;
// What a disk writes as a whole; disks with bigger sectors lose a multiple of it.
constexpr size_t kSector = 512;

void AppendBigEndian(std::string& out, uint64_t value, int octets) {
  for (int i = octets - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

bool IsZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

std::string HeaderCheck(std::string_view start, std::string_view previous_hash) {
  std::string covered(start);
  covered.append(previous_hash);
  return crypto::Sha256(covered).substr(0, kHeaderCheckSize);
}

bool FrameHeaderIsRight(std::string_view bytes) {
  constexpr size_t kCovered = kFrameHeaderSize - kFrameCheckSize;
  return bytes.size() >= kFrameHeaderSize && bytes.starts_with(kFrameMagic) &&
         ReadBigEndian(bytes.substr(4, 4)) <= kMaxRecordSize &&
         bytes.substr(kCovered, kFrameCheckSize) ==
             std::string_view(crypto::Sha256(bytes.substr(0, kCovered))).substr(0, kFrameCheckSize);
}

// The octets of the frame at `offset` if all of it is there and its hash is right.
std::optional<size_t> VerifiedFrameSize(std::string_view bytes, size_t offset,
                                        std::string_view previous_hash) {
  const std::optional<size_t> length = DecodeRecordLength(bytes.substr(offset));
  if (!length || *length + kFrameOverhead > bytes.size() - offset) return std::nullopt;
  const std::string_view record = bytes.substr(offset + kFrameHeaderSize, *length);
  const std::string_view stored = bytes.substr(offset + kFrameHeaderSize + *length, kHashSize);
  if (ChainHash(previous_hash, record) != stored) return std::nullopt;
  return *length + kFrameOverhead;
}

// Whether [begin, end) holds all that `bytes` has of some sector there, as zeros.
bool HasLostSector(std::string_view bytes, size_t begin, size_t end) {
  while (begin < end) {
    const size_t sector_end = std::min(end, (begin / kSector + 1) * kSector);
    if (IsZero(bytes.substr(begin, sector_end - begin))) return true;
    begin = sector_end;
  }
  return false;
}

// Whether a frame behind `offset` verifies and belongs to a later write. Such a
// write began only after the frame at `offset` had been synced.
bool LaterWriteFollows(std::string_view bytes, size_t offset) {
  for (size_t at = bytes.find(kFrameMagic, offset + 1); at != std::string_view::npos;
       at = bytes.find(kFrameMagic, at + 1)) {
    const std::optional<size_t> batch = DecodeBatchDistance(bytes.substr(at));
    if (!batch || *batch > at || at - *batch <= offset) continue;
    if (VerifiedFrameSize(bytes, at, bytes.substr(at - kHashSize, kHashSize))) return true;
  }
  return false;
}

Tail ClassifyTail(std::string_view bytes, size_t offset) {
  const std::string_view rest = bytes.substr(offset);
  const std::optional<size_t> length = DecodeRecordLength(rest);
  const size_t needed = length ? *length + kFrameOverhead : kFrameHeaderSize;
  const bool incomplete = needed > rest.size();
  if (!incomplete && !HasLostSector(bytes, offset, offset + needed)) return Tail::kDamaged;
  return LaterWriteFollows(bytes, offset) ? Tail::kDamaged : Tail::kTorn;
}

}  // namespace

std::string FirstHash() { return std::string(kHashSize, '\0'); }

std::string ChainHash(std::string_view previous, std::string_view record) {
  std::string covered;
  covered.reserve(previous.size() + record.size());
  covered.append(previous).append(record);
  return crypto::Sha256(covered);
}

std::string EncodeHeader(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  AppendBigEndian(out, header.first_index, 8);
  out += HeaderCheck(out, header.previous_hash);
  out += header.previous_hash;
  return out;
}

std::optional<SegmentHeader> DecodeHeader(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kSegmentMagic)) return std::nullopt;
  SegmentHeader header;
  header.first_index = ReadBigEndian(bytes.substr(8, 8));
  header.previous_hash = bytes.substr(kHeaderSize - kHashSize, kHashSize);
  if (EncodeHeader(header) != bytes.substr(0, kHeaderSize)) return std::nullopt;
  return header;
}

void AppendFrame(std::string& out, std::string_view record, std::string_view chain_hash) {
  std::string start(kFrameMagic);
  AppendBigEndian(start, record.size(), 4);
  AppendBigEndian(start, out.size(), 4);
  start += crypto::Sha256(start).substr(0, kFrameCheckSize);
  out.append(start).append(record).append(chain_hash);
}

std::optional<size_t> DecodeRecordLength(std::string_view bytes) {
  if (!FrameHeaderIsRight(bytes)) return std::nullopt;
  return ReadBigEndian(bytes.substr(4, 4));
}

std::optional<size_t> DecodeBatchDistance(std::string_view bytes) {
  if (!FrameHeaderIsRight(bytes)) return std::nullopt;
  return ReadBigEndian(bytes.substr(8, 4));
}

SegmentScan ScanFrames(std::string_view bytes, const SegmentHeader& header) {
  SegmentScan scan;
  scan.head_hash = header.previous_hash;
  scan.valid_bytes = kHeaderSize;
  while (scan.valid_bytes < bytes.size()) {
    const std::optional<size_t> size = VerifiedFrameSize(bytes, scan.valid_bytes, scan.head_hash);
    if (!size) {
      scan.tail = ClassifyTail(bytes, scan.valid_bytes);
      return scan;
    }
    if (scan.records % SegmentScan::kStride == 0) scan.offsets.push_back(scan.valid_bytes);
    scan.valid_bytes += *size;
    scan.head_hash = bytes.substr(scan.valid_bytes - kHashSize, kHashSize);
    ++scan.records;
  }
  return scan;
}

}  // namespace cairn::journal
