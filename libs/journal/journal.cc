#include "libs/journal/journal.h"

#include <absl/strings/str_format.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/journal/segment.h"

namespace cairn::journal {
namespace {

constexpr std::string_view kSegmentSuffix = ".seg";
// A segment gets its name only once its header is on the disk.
constexpr std::string_view kUnfinishedSuffix = ".seg.new";
constexpr std::string_view kLockName = "lock";

absl::Status SystemError(std::string_view what, const std::string& path) {
  const int error = errno;
  return errors::Make(errors::Reason::kUnavailable,
                      base::Cat("the journal cannot ", what, " ", path, ": ", strerror(error)));
}

absl::Status Damaged(const std::string& path, uint64_t offset, std::string_view what) {
  return errors::Make(errors::Reason::kInternal, base::Cat("the journal is damaged: ", path,
                                                           " at offset ", offset, ": ", what));
}

absl::Status WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return SystemError("write to", path);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

// Exactly `size` octets at `offset`; kInternal when the file is shorter.
absl::StatusOr<std::string> ReadAt(int descriptor, uint64_t offset, size_t size,
                                   const std::string& path) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count =
        pread(descriptor, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0) {
      if (errno == EINTR) continue;
      return SystemError("read", path);
    }
    if (count == 0) return Damaged(path, offset + done, "the file ends here");
    done += static_cast<size_t>(count);
  }
  return bytes;
}

// Reads the frames of one segment file in order; verifies each against the hash before it.
class FrameReader {
 public:
  FrameReader(int descriptor, std::string path, uint64_t offset)
      : descriptor_(descriptor), path_(std::move(path)), offset_(offset) {}

  absl::StatusOr<size_t> RecordLength() const {
    ASSIGN_OR_RETURN(const std::string start,
                     ReadAt(descriptor_, offset_, kFrameHeaderSize, path_));
    const std::optional<size_t> length = DecodeRecordLength(start);
    if (!length) return Damaged(path_, offset_, "no frame begins here");
    return *length;
  }

  absl::Status Skip() {
    ASSIGN_OR_RETURN(const size_t length, RecordLength());
    offset_ += length + kFrameOverhead;
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Next() {
    ASSIGN_OR_RETURN(const size_t length, RecordLength());
    // The previous hash, the frame header, the record and its hash, in one read.
    ASSIGN_OR_RETURN(const std::string bytes, ReadAt(descriptor_, offset_ - kHashSize,
                                                     kHashSize + length + kFrameOverhead, path_));
    const std::string_view view = bytes;
    const std::string_view record = view.substr(kHashSize + kFrameHeaderSize, length);
    if (ChainHash(view.substr(0, kHashSize), record) != view.substr(view.size() - kHashSize)) {
      return Damaged(path_, offset_, "the record does not match its hash");
    }
    offset_ += length + kFrameOverhead;
    return std::string(record);
  }

 private:
  const int descriptor_;
  const std::string path_;
  uint64_t offset_;
};

std::string SegmentName(uint64_t first_index) {
  return absl::StrFormat("%020d%s", first_index, kSegmentSuffix);
}

}  // namespace

Journal::File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Journal::File& Journal::File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Journal::File::~File() {
  if (descriptor_ >= 0) close(descriptor_);
}

Journal::Journal(const Options& options) : options_(options) {}

Journal::~Journal() = default;

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const Options& options, Recovery* recovery) {
  auto journal = std::unique_ptr<Journal>(new Journal(options));
  if (mkdir(options.directory.c_str(), 0700) == 0) {
    RETURN_IF_ERROR(SyncDirectory(options.directory + "/.."));
  } else if (errno != EEXIST) {
    return SystemError("create", options.directory);
  }
  RETURN_IF_ERROR(journal->Lock());
  *recovery = Recovery();
  RETURN_IF_ERROR(journal->LoadSegments(recovery));
  recovery->records = journal->durable_;
  recovery->segment = journal->segments_.back().path;
  return journal;
}

absl::StatusOr<Journal::File> Journal::OpenFile(const std::string& path, int flags) {
  File file(open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (file.get() < 0) return SystemError("open", path);
  return file;
}

absl::Status Journal::Lock() {
  const std::string path = base::Cat(options_.directory, "/", kLockName);
  ASSIGN_OR_RETURN(lock_file_, OpenFile(path, O_RDWR | O_CREAT));
  if (flock(lock_file_.get(), LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return SystemError("lock", path);
  return errors::Make(errors::Reason::kUnavailable, base::Cat("another process has the journal in ",
                                                              options_.directory, " open"));
}

absl::Status Journal::LoadSegments(Recovery* recovery) {
  std::vector<std::string> names;
  DIR* directory = opendir(options_.directory.c_str());
  if (directory == nullptr) return SystemError("list", options_.directory);
  for (const dirent* entry = readdir(directory); entry != nullptr; entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.ends_with(kSegmentSuffix) || name.ends_with(kUnfinishedSuffix)) names.push_back(name);
  }
  closedir(directory);
  std::sort(names.begin(), names.end());

  // An unfinished segment never had a name, so it holds no records.
  const auto finished = std::partition(names.begin(), names.end(), [](const std::string& name) {
    return name.ends_with(kUnfinishedSuffix);
  });
  for (auto name = names.begin(); name != finished; ++name) {
    const std::string path = options_.directory + "/" + *name;
    if (unlink(path.c_str()) != 0) return SystemError("remove", path);
  }
  names.erase(names.begin(), finished);
  std::sort(names.begin(), names.end());

  durable_hash_ = FirstHash();
  for (const std::string& name : names) {
    RETURN_IF_ERROR(LoadSegment(options_.directory + "/" + name, name == names.back(), recovery));
  }
  queued_end_ = durable_;
  queued_.head_hash = durable_hash_;
  if (segments_.empty()) return CreateSegment(0, FirstHash());

  // What an earlier process wrote and did not sync counts from now on, so it
  // must be durable, whether or not that process ever said so.
  if (fdatasync(tail_.get()) != 0) return SystemError("sync", segments_.back().path);
  return SyncDirectory(options_.directory);
}

absl::Status Journal::LoadSegment(const std::string& path, bool last, Recovery* recovery) {
  ASSIGN_OR_RETURN(File file, OpenFile(path, last ? O_RDWR | O_APPEND : O_RDONLY));
  struct stat status;
  if (fstat(file.get(), &status) != 0) return SystemError("look at", path);
  ASSIGN_OR_RETURN(const std::string bytes,
                   ReadAt(file.get(), 0, static_cast<size_t>(status.st_size), path));

  const std::optional<SegmentHeader> header = DecodeHeader(bytes);
  if (!header) return Damaged(path, 0, "the segment header is not one");
  if (path.substr(options_.directory.size() + 1) != SegmentName(header->first_index)) {
    return Damaged(
        path, 0,
        base::Cat("the segment header says that the first record is ", header->first_index));
  }
  if (header->first_index != durable_) {
    return Damaged(path, 0,
                   base::Cat("a segment is missing: the one before ends at record ", durable_));
  }
  if (header->previous_hash != durable_hash_) {
    return Damaged(path, 0, "the segment does not continue the hash chain");
  }

  SegmentScan scan = ScanFrames(bytes, *header);
  if (scan.tail == Tail::kDamaged || (scan.tail == Tail::kTorn && !last)) {
    return Damaged(path, scan.valid_bytes,
                   base::Cat("record ", durable_ + scan.records, " does not verify"));
  }
  if (scan.tail == Tail::kTorn) {
    recovery->bytes_cut = bytes.size() - scan.valid_bytes;
    if (ftruncate(file.get(), static_cast<off_t>(scan.valid_bytes)) != 0) {
      return SystemError("cut the torn tail off", path);
    }
  }
  segments_.push_back({.path = path,
                       .first_index = header->first_index,
                       .bytes = scan.valid_bytes,
                       .offsets = {scan.offsets.begin(), scan.offsets.end()}});
  durable_ += scan.records;
  durable_hash_ = std::move(scan.head_hash);
  if (last) tail_ = std::move(file);
  return absl::OkStatus();
}

absl::Status Journal::CreateSegment(uint64_t first_index, const std::string& previous_hash) {
  const std::string path = base::Cat(options_.directory, "/", SegmentName(first_index));
  const std::string unfinished = path + ".new";
  ASSIGN_OR_RETURN(File file, OpenFile(unfinished, O_RDWR | O_APPEND | O_CREAT | O_EXCL));
  const std::string header =
      EncodeHeader({.first_index = first_index, .previous_hash = previous_hash});
  RETURN_IF_ERROR(WriteAll(file.get(), header, unfinished));
  if (fdatasync(file.get()) != 0) return SystemError("sync", unfinished);
  if (rename(unfinished.c_str(), path.c_str()) != 0) return SystemError("name", path);
  RETURN_IF_ERROR(SyncDirectory(options_.directory));
  tail_ = std::move(file);
  std::lock_guard lock(mutex_);
  segments_.push_back({.path = path, .first_index = first_index, .bytes = kHeaderSize});
  return absl::OkStatus();
}

absl::Status Journal::SyncDirectory(const std::string& path) {
  ASSIGN_OR_RETURN(const File directory, OpenFile(path, O_RDONLY | O_DIRECTORY));
  if (fsync(directory.get()) != 0) return SystemError("sync", path);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Journal::Append(std::string_view record) {
  if (record.size() > kMaxRecordSize) {
    return errors::Make(errors::Reason::kPayloadTooLarge,
                        base::Cat("a journal record of ", record.size(), " octets is too large"));
  }
  std::unique_lock lock(mutex_);
  if (!broken_.ok()) return broken_;
  queued_.head_hash = ChainHash(queued_.head_hash, record);
  queued_.starts.push_back(queued_.bytes.size());
  AppendFrame(queued_.bytes, record, queued_.head_hash);
  const uint64_t index = queued_end_++;

  // Whoever finds nobody writing writes all that is queued by then; the others
  // wait for it. Nobody waits for company: under load it queues by itself while
  // the previous write is under way.
  while (durable_ <= index && broken_.ok()) {
    if (writing_) {
      written_.wait(lock);
    } else {
      WriteQueued(lock);
    }
  }
  if (durable_ <= index) return broken_;
  return index;
}

void Journal::WriteQueued(std::unique_lock<std::mutex>& lock) {
  writing_ = true;
  Batch batch = std::exchange(queued_, Batch());
  queued_.head_hash = batch.head_hash;
  const uint64_t first_index = durable_;
  const std::string previous_hash = durable_hash_;
  lock.unlock();
  absl::Status status = Write(batch, first_index, previous_hash);
  lock.lock();
  if (status.ok()) {
    Segment& segment = segments_.back();
    for (size_t i = 0; i < batch.starts.size(); ++i) {
      if ((first_index + i - segment.first_index) % SegmentScan::kStride == 0) {
        segment.offsets.push_back(segment.bytes + batch.starts[i]);
      }
    }
    segment.bytes += batch.bytes.size();
    durable_ += batch.starts.size();
    durable_hash_ = std::move(batch.head_hash);
  } else {
    broken_ = errors::Annotate(status, "the journal takes no more records until it is reopened");
  }
  writing_ = false;
  written_.notify_all();
}

absl::Status Journal::Write(const Batch& batch, uint64_t first_index,
                            const std::string& previous_hash) {
  // Only the writing thread changes segments_, so it may read without mutex_.
  if (segments_.back().bytes >= options_.segment_bytes &&
      segments_.back().first_index != first_index) {
    RETURN_IF_ERROR(CreateSegment(first_index, previous_hash));
  }
  const std::string& path = segments_.back().path;
  RETURN_IF_ERROR(WriteAll(tail_.get(), batch.bytes, path));
  syncs_.fetch_add(1, std::memory_order_relaxed);
  if (fdatasync(tail_.get()) != 0) return SystemError("sync", path);
  return absl::OkStatus();
}

Journal::Position Journal::Locate(uint64_t index) const {
  const auto after = std::upper_bound(
      segments_.begin(), segments_.end(), index,
      [](uint64_t value, const Segment& segment) { return value < segment.first_index; });
  const Segment& segment = *(after - 1);
  const uint64_t slot = (index - segment.first_index) / SegmentScan::kStride;
  return {.path = segment.path,
          .index = segment.first_index + slot * SegmentScan::kStride,
          .offset = segment.offsets[slot]};
}

absl::StatusOr<std::string> Journal::Read(uint64_t index) {
  Position position;
  {
    std::lock_guard lock(mutex_);
    if (index >= durable_) {
      return errors::Make(errors::Reason::kNotFound,
                          base::Cat("the journal has no record ", index));
    }
    position = Locate(index);
  }
  ASSIGN_OR_RETURN(const File file, OpenFile(position.path, O_RDONLY));
  FrameReader reader(file.get(), position.path, position.offset);
  for (; position.index < index; ++position.index) RETURN_IF_ERROR(reader.Skip());
  return reader.Next();
}

uint64_t Journal::size() const {
  std::lock_guard lock(mutex_);
  return durable_;
}

std::string Journal::head_hash() const {
  std::lock_guard lock(mutex_);
  return durable_hash_;
}

absl::Status Journal::ForEach(
    uint64_t first,
    const std::function<absl::Status(uint64_t index, std::string_view record)>& visit) {
  const uint64_t end = size();
  while (first < end) {
    Position position;
    uint64_t segment_end = end;
    {
      std::lock_guard lock(mutex_);
      position = Locate(first);
      for (const Segment& segment : segments_) {
        if (segment.first_index > first) segment_end = std::min(segment_end, segment.first_index);
      }
    }
    ASSIGN_OR_RETURN(const File file, OpenFile(position.path, O_RDONLY));
    FrameReader reader(file.get(), position.path, position.offset);
    for (; position.index < first; ++position.index) RETURN_IF_ERROR(reader.Skip());
    for (; first < segment_end; ++first) {
      ASSIGN_OR_RETURN(const std::string record, reader.Next());
      RETURN_IF_ERROR(visit(first, record));
    }
  }
  return absl::OkStatus();
}

}  // namespace cairn::journal
