#include "services/ca/core/read_journal.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/strings.h"
#include "libs/journal/memory_log.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ca {
namespace {

// Records 0, 2, 4 ... are intents, the others certificates.
struct World {
  explicit World(int records, size_t size = 10) : clock(absl::FromUnixSeconds(1795000000)) {
    journal = IssuanceJournal::Open(log, clock).value();
    for (int i = 0; i < records; ++i) {
      const std::string id = base::Cat("id-", i / 2);
      if (i % 2 == 0) {
        v1::SigningIntent intent;
        intent.set_issuance_id(id);
        intent.set_tbs(std::string(size, 'x'));
        REQUIRE_OK(journal->AppendIntent(intent));
      } else {
        v1::Signed certificate;
        certificate.set_issuance_id(id);
        certificate.set_certificate(std::string(size, 'x'));
        REQUIRE_OK(journal->AppendSigned(certificate));
      }
    }
  }

  v1::ReadJournalResponse Read(uint64_t first, uint32_t limit, bool only_certificates) {
    v1::ReadJournalRequest request;
    request.set_first_index(first);
    request.set_limit(limit);
    request.set_only_certificates(only_certificates);
    absl::StatusOr<v1::ReadJournalResponse> response = ReadJournal(*journal).Run({}, request);
    REQUIRE_OK(response);
    return *std::move(response);
  }

  // All indices that a reader sees who goes on at next_index until the end.
  std::vector<uint64_t> Walk(uint32_t limit, bool only_certificates) {
    std::vector<uint64_t> seen;
    uint64_t next = 0;
    while (true) {
      const v1::ReadJournalResponse page = Read(next, limit, only_certificates);
      for (const v1::JournalEntry& entry : page.entries()) seen.push_back(entry.index());
      if (page.next_index() == page.size()) return seen;
      REQUIRE(page.next_index() > next);
      next = page.next_index();
    }
  }

  testing::FakeClock clock;
  journal::MemoryLog log;
  std::unique_ptr<IssuanceJournal> journal;
};

TEST_CASE("a reader who goes on at next_index sees every record once") {
  World world(10);
  const uint32_t limit = GENERATE(1, 2, 3, 10, 1000, 0);
  CHECK(world.Walk(limit, false) == std::vector<uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(world.Walk(limit, true) == std::vector<uint64_t>{1, 3, 5, 7, 9});
}

TEST_CASE("a page has at most 1000 records") {
  World world(1100);
  CHECK(world.Read(0, 5000, false).entries_size() == 1000);
  CHECK(world.Read(0, 0, false).next_index() == 1000);
  CHECK(world.Read(1099, 10, false).entries_size() == 1);
}

TEST_CASE("a page fits into one message") {
  World world(10, 700 * 1000);
  const v1::ReadJournalResponse page = world.Read(0, 0, false);
  CHECK(page.entries_size() == 2);
  CHECK(page.ByteSizeLong() < (size_t{4} << 20));
  CHECK(world.Walk(0, false).size() == 10);
}

TEST_CASE("behind the end there is nothing") {
  World world(3);
  for (const uint64_t first : {uint64_t{3}, uint64_t{4}, ~uint64_t{0}}) {
    const v1::ReadJournalResponse page = world.Read(first, 10, false);
    CHECK(page.entries_size() == 0);
    CHECK(page.next_index() == 3);
    CHECK(page.size() == 3);
  }
}

}  // namespace
}  // namespace cairn::ca
