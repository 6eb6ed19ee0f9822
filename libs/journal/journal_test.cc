#include "libs/journal/journal.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/journal/segment.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::journal {
namespace {

namespace fs = std::filesystem;

class Fixture {
 public:
  std::string directory() const { return dir_.File("journal"); }

  absl::StatusOr<std::unique_ptr<Journal>> TryOpen(uint64_t segment_bytes = 1 << 20) {
    return Journal::Open({.directory = directory(), .segment_bytes = segment_bytes}, &recovery);
  }
  std::unique_ptr<Journal> Open(uint64_t segment_bytes = 1 << 20) {
    auto opened = TryOpen(segment_bytes);
    REQUIRE_OK(opened);
    return *std::move(opened);
  }

  // Writes records "record 0" to "record <count - 1>", in a journal of its own life.
  void Fill(int count, uint64_t segment_bytes = 1 << 20) {
    const auto journal = Open(segment_bytes);
    for (int i = 0; i < count; ++i) REQUIRE_OK(journal->Append(base::Cat("record ", i)));
  }

  std::vector<std::string> Segments() const {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.path().extension() == ".seg") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  Recovery recovery;

 private:
  testing::TempDir dir_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void CheckMessage(const absl::Status& status, const std::string& part) {
  CHECK_THAT(std::string(status.message()), Catch::Matchers::Contains(part));
}

TEST_CASE("a new journal is empty and has one segment") {
  Fixture fixture;
  const auto journal = fixture.Open();
  CHECK(journal->size() == 0);
  CHECK(journal->head_hash() == FirstHash());
  CHECK(fixture.recovery.records == 0);
  CHECK(fixture.recovery.bytes_cut == 0);
  CHECK(fixture.recovery.segment == fixture.directory() + "/00000000000000000000.seg");
  struct stat status;
  REQUIRE(stat(fixture.directory().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  REQUIRE(stat(fixture.recovery.segment.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("what was appended is there after the journal was opened again") {
  Fixture fixture;
  std::string head;
  {
    const auto journal = fixture.Open();
    REQUIRE_OK(journal->Append("one"));
    REQUIRE_OK(journal->Append("two"));
    head = journal->head_hash();
  }
  CHECK(head == ChainHash(ChainHash(FirstHash(), "one"), "two"));
  const auto journal = fixture.Open();
  CHECK(fixture.recovery.records == 2);
  CHECK(fixture.recovery.bytes_cut == 0);
  CHECK(journal->head_hash() == head);
  CHECK(journal->Append("three").value() == 2);
  CHECK(journal->Read(0).value() == "one");
  CHECK(journal->Read(2).value() == "three");
}

TEST_CASE("one process at a time has the journal open") {
  Fixture fixture;
  auto journal = fixture.Open();
  const auto second = fixture.TryOpen();
  CHECK_REASON(second, errors::Reason::kUnavailable);
  CheckMessage(second.status(), "another process has the journal in " + fixture.directory());
  journal.reset();
  CHECK_OK(fixture.TryOpen());
}

TEST_CASE("a directory whose parent is missing is refused") {
  testing::TempDir dir;
  Recovery recovery;
  const auto opened = Journal::Open({.directory = dir.File("no/journal")}, &recovery);
  CHECK_REASON(opened, errors::Reason::kUnavailable);
  CheckMessage(opened.status(), "No such file or directory");
}

TEST_CASE("segments are rolled by size and named by their first record") {
  Fixture fixture;
  fixture.Fill(20, 300);
  const std::vector<std::string> paths = fixture.Segments();
  REQUIRE(paths.size() > 3);
  const auto journal = fixture.Open(300);
  CHECK(fixture.recovery.records == 20);
  CHECK(fixture.recovery.segment == paths.back());
  for (uint64_t i = 0; i < 20; ++i) CHECK(journal->Read(i).value() == base::Cat("record ", i));
  for (const std::string& path : paths) {
    const auto header = DecodeHeader(ReadFile(path));
    REQUIRE(header);
    const std::string digits = std::to_string(header->first_index);
    CHECK(fs::path(path).stem() == std::string(20 - digits.size(), '0') + digits);
  }
}

TEST_CASE("a tail torn at any octet is cut and reported, and the journal goes on") {
  Fixture fixture;
  fixture.Fill(3);
  const std::string path = fixture.Segments().front();
  const std::string good = ReadFile(path);
  const size_t frame = std::string("record 2").size() + kFrameOverhead;
  const size_t last = good.size() - frame;
  for (size_t kept = 1; kept < frame; ++kept) {
    INFO(kept);
    WriteFile(path, good.substr(0, last + kept));
    const auto journal = fixture.Open();
    CHECK(fixture.recovery.records == 2);
    CHECK(fixture.recovery.bytes_cut == kept);
    CHECK(fixture.recovery.segment == path);
    CHECK(journal->Append("another").value() == 2);
    CHECK(journal->Read(1).value() == "record 1");
    CHECK(journal->Read(2).value() == "another");
  }
}

TEST_CASE("a torn tail in any segment but the last is damage") {
  Fixture fixture;
  fixture.Fill(20, 300);
  const std::string path = fixture.Segments().front();
  const std::string bytes = ReadFile(path);
  WriteFile(path, bytes.substr(0, bytes.size() - 1));
  const auto opened = fixture.TryOpen();
  CHECK_REASON(opened, errors::Reason::kInternal);
  CheckMessage(opened.status(), path);
  CHECK(fs::file_size(path) == bytes.size() - 1);
}

TEST_CASE("an edited record is detected, whichever it is") {
  Fixture fixture;
  fixture.Fill(5);
  const std::string path = fixture.Segments().front();
  const std::string good = ReadFile(path);
  const int which = GENERATE(range(0, 5));
  std::string bytes = good;
  const size_t at = bytes.find(base::Cat("record ", which));
  REQUIRE(at != std::string::npos);
  bytes[at] = 'R';
  WriteFile(path, bytes);
  const auto opened = fixture.TryOpen();
  CHECK_REASON(opened, errors::Reason::kInternal);
  CheckMessage(opened.status(), base::Cat(path, " at offset ", at - kFrameHeaderSize));
  CheckMessage(opened.status(), base::Cat("record ", which, " does not verify"));
  CHECK(ReadFile(path) == bytes);
}

TEST_CASE("a record rewritten with a hash of its own breaks the chain behind it") {
  Fixture fixture;
  fixture.Fill(2);
  const std::string path = fixture.Segments().front();
  std::string bytes = ReadFile(path);
  std::string forged;
  AppendFrame(forged, "RECORD 0", ChainHash(FirstHash(), "RECORD 0"));
  bytes.replace(kHeaderSize, forged.size(), forged);
  WriteFile(path, bytes);
  const auto opened = fixture.TryOpen();
  CHECK_REASON(opened, errors::Reason::kInternal);
  CheckMessage(opened.status(), "record 1 does not verify");
}

TEST_CASE("a missing segment is detected") {
  Fixture fixture;
  fixture.Fill(20, 300);
  const std::vector<std::string> paths = fixture.Segments();
  const size_t which = GENERATE(0, 1, 2);
  fs::remove(paths[which]);
  const auto opened = fixture.TryOpen();
  CHECK_REASON(opened, errors::Reason::kInternal);
  CheckMessage(opened.status(), paths[which + 1]);
  CheckMessage(opened.status(), "a segment is missing");
}

TEST_CASE("a segment of another journal is refused") {
  Fixture fixture;
  Fixture other;
  fixture.Fill(20, 300);
  {
    const auto journal = other.Open(300);
    for (int i = 0; i < 20; ++i) REQUIRE_OK(journal->Append(base::Cat("RECORD ", i)));
  }
  REQUIRE(fixture.Segments().size() == other.Segments().size());
  fs::copy_file(other.Segments()[1], fixture.Segments()[1], fs::copy_options::overwrite_existing);
  const auto opened = fixture.TryOpen();
  CHECK_REASON(opened, errors::Reason::kInternal);
  CheckMessage(opened.status(), "does not continue the hash chain");
}

TEST_CASE("a file that is not a segment, or has another's name, is refused") {
  Fixture fixture;
  fixture.Fill(1);
  const std::string path = fixture.Segments().front();
  SECTION("no header") {
    WriteFile(path, "something else");
    CheckMessage(fixture.TryOpen().status(), path + " at offset 0: the segment header is not one");
  }
  SECTION("empty") {
    WriteFile(path, "");
    CheckMessage(fixture.TryOpen().status(), "the segment header is not one");
  }
  SECTION("renamed") {
    fs::rename(path, fixture.directory() + "/00000000000000000001.seg");
    CheckMessage(fixture.TryOpen().status(), "says that the first record is 0");
  }
}

TEST_CASE("a segment that a crash left without a name is removed") {
  Fixture fixture;
  fixture.Fill(20, 300);
  const std::string unfinished = fixture.directory() + "/00000000000000000020.seg.new";
  WriteFile(unfinished, "CAIR");
  const auto journal = fixture.Open(300);
  CHECK_FALSE(fs::exists(unfinished));
  CHECK(journal->size() == 20);
  CHECK(journal->Append("record 20").value() == 20);
}

TEST_CASE("Read finds out when the disk no longer holds what was written") {
  Fixture fixture;
  const auto journal = fixture.Open();
  REQUIRE_OK(journal->Append("one"));
  const std::string path = fixture.Segments().front();
  std::string bytes = ReadFile(path);
  bytes[kHeaderSize + kFrameHeaderSize] = 'O';
  WriteFile(path, bytes);
  CHECK_REASON(journal->Read(0), errors::Reason::kInternal);
}

TEST_CASE("a record of more than 16 MiB is refused and harms nothing") {
  Fixture fixture;
  const auto journal = fixture.Open();
  CHECK_REASON(journal->Append(std::string(kMaxRecordSize + 1, 'x')),
               errors::Reason::kPayloadTooLarge);
  CHECK(journal->Append("small").value() == 0);
}

TEST_CASE("concurrent appends share their syncs") {
  Fixture fixture;
  constexpr uint64_t kThreads = 32;
  constexpr uint64_t kEach = 20;
  std::atomic<int> failures = 0;
  {
    const auto journal = fixture.Open(20'000);
    std::vector<std::jthread> threads;
    for (uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (uint64_t i = 0; i < kEach; ++i) {
          const std::string record = base::Cat("thread ", t, " record ", i);
          const auto index = journal->Append(record);
          const auto read = index.ok() ? journal->Read(*index) : index.status();
          if (!read.ok() || *read != record) ++failures;
        }
      });
    }
    threads.clear();
    CHECK(failures == 0);
    CHECK(journal->size() == kThreads * kEach);
    CHECK(journal->syncs() < kThreads * kEach / 2);
  }
  const auto journal = fixture.Open();
  CHECK(fixture.recovery.records == kThreads * kEach);
  CHECK(fixture.recovery.bytes_cut == 0);
}

TEST_CASE("a lone append costs one sync") {
  Fixture fixture;
  const auto journal = fixture.Open();
  for (int i = 0; i < 5; ++i) REQUIRE_OK(journal->Append("record"));
  CHECK(journal->syncs() == 5);
}

}  // namespace
}  // namespace cairn::journal
