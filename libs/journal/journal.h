#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/journal/log.h"

namespace cairn::journal {

struct Options {
  // Created with mode 0700 if it is not there; its parent must be.
  std::string directory;
  // A new segment file is begun when the last one has reached this size, so
  // that files can be archived; one write is never spread over two of them.
  uint64_t segment_bytes = uint64_t{64} << 20;
};

// What Open found.
struct Recovery {
  uint64_t records = 0;    // in the journal, after recovery
  uint64_t bytes_cut = 0;  // of the torn tail that was removed; usually 0
  std::string segment;     // the path of the last segment: where the tail was
};

// The log on disk: segment files named by the number of their first record in
// one directory, which one process at a time may have open (design section 5).
//
// Append returns when the record is durable; one write and one sync serve all
// who wait. After a failed write or sync nobody knows what is on the disk, so
// the journal refuses to append until it has been opened again; it can still be
// read. The hash chain shows that records were changed or taken from the
// middle; that the newest ones were taken away shows only to those who keep
// head_hash() or a checkpoint elsewhere.
class Journal final : public Log {
 public:
  // Reads and verifies every segment. Cuts a torn tail off the last segment and
  // says so in `recovery`. Any other damage is an error that names the file and
  // the offset, and changes nothing: such a journal is for people to look at.
  // kUnavailable while another process has the directory open.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const Options& options, Recovery* recovery);
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // kPayloadTooLarge above 16 MiB; kUnavailable when the disk fails or is full.
  absl::StatusOr<uint64_t> Append(std::string_view record) override;
  // Verifies what it reads. kInternal if the disk no longer holds what was written.
  absl::StatusOr<std::string> Read(uint64_t index) override;
  uint64_t size() const override;
  absl::Status ForEach(
      uint64_t first,
      const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) override;

  // The chain hash of the last durable record, 32 octets; zeros when empty.
  std::string head_hash() const;
  // How often Append has synced a file, for metrics.
  uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }

 private:
  // A file descriptor that goes with the object.
  class File {
   public:
    explicit File(int descriptor = -1) : descriptor_(descriptor) {}
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    ~File();
    int get() const { return descriptor_; }

   private:
    int descriptor_;
  };

  struct Segment {
    std::string path;
    uint64_t first_index = 0;
    uint64_t bytes = 0;             // durable
    std::vector<uint64_t> offsets;  // sparse: see SegmentScan::kStride
  };

  // Where a frame is, or must be looked for.
  struct Position {
    std::string path;
    uint64_t index = 0;
    uint64_t offset = 0;
  };

  // Records that wait for the next write, framed.
  struct Batch {
    std::string bytes;
    std::vector<uint64_t> starts;  // of each frame in `bytes`
    std::string head_hash;
  };

  explicit Journal(const Options& options);

  static absl::StatusOr<File> OpenFile(const std::string& path, int flags);
  absl::Status Lock();
  absl::Status LoadSegments(Recovery* recovery);
  absl::Status LoadSegment(const std::string& path, bool last, Recovery* recovery);
  absl::Status CreateSegment(uint64_t first_index, const std::string& previous_hash);
  static absl::Status SyncDirectory(const std::string& path);
  // Makes `batch` durable. Only one thread at a time, without mutex_.
  absl::Status Write(const Batch& batch, uint64_t first_index, const std::string& previous_hash);
  void WriteQueued(std::unique_lock<std::mutex>& lock);
  Position Locate(uint64_t index) const;  // index < durable_; needs mutex_

  const Options options_;
  File lock_file_;
  File tail_;  // the last segment; used by Open and by the thread that writes

  mutable std::mutex mutex_;
  std::condition_variable written_;
  std::vector<Segment> segments_;
  uint64_t durable_ = 0;  // records
  std::string durable_hash_;
  uint64_t queued_end_ = 0;  // the number that the next record gets
  Batch queued_;
  bool writing_ = false;
  absl::Status broken_;  // why nothing can be appended any more
  std::atomic<uint64_t> syncs_ = 0;
};

}  // namespace cairn::journal
