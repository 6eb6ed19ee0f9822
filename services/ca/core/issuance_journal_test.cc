#include "services/ca/core/issuance_journal.h"

#include <catch2/catch.hpp>
#include <string>

#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "libs/journal/faulty_log.h"
#include "libs/journal/memory_log.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ca {
namespace {

using errors::Reason;
using journal::FaultyLog;

v1::SigningIntent Intent(int number) {
  v1::SigningIntent intent;
  intent.set_issuance_id(base::Cat("id-", number));
  intent.set_finalize_url(base::Cat("url-", number));
  intent.set_request_digest(base::Cat("request-", number));
  intent.set_serial(base::Cat("serial-", number));
  return intent;
}

v1::Signed Certificate(int number, uint64_t intent_index) {
  v1::Signed certificate;
  certificate.set_issuance_id(base::Cat("id-", number));
  certificate.set_intent_index(intent_index);
  return certificate;
}

struct World {
  World() : clock(absl::FromUnixSeconds(1795000000)), faulty(log) { Restart(); }
  void Restart() { journal = IssuanceJournal::Open(faulty, clock).value(); }

  testing::FakeClock clock;
  journal::MemoryLog log;
  FaultyLog faulty;
  std::unique_ptr<IssuanceJournal> journal;
};

TEST_CASE("what was appended is found, also after a restart") {
  World world;
  CHECK_OK(world.journal->AppendStarted(v1::Started()));
  const uint64_t intent = world.journal->AppendIntent(Intent(1)).value();
  CHECK(intent == 1);
  CHECK_FALSE(world.journal->Find("id-1").value().certificate.signature.has_value());
  const uint64_t done = world.journal->AppendSigned(Certificate(1, intent)).value();
  if (GENERATE(false, true)) world.Restart();
  const IssuanceIndex::Step found = world.journal->Find("id-1").value().certificate;
  CHECK(found.intent == intent);
  CHECK(found.signature == done);
  CHECK(world.journal->ReadIntent(intent)->finalize_url() == "url-1");
  CHECK(world.journal->ReadSigned(done)->intent_index() == intent);
  CHECK(world.journal->WasServed("url-1", "other").value());
  CHECK(world.journal->WasServed("other", "request-1").value());
  CHECK_FALSE(world.journal->WasServed("request-1", "url-1").value());
  CHECK(world.journal->HasSerial("serial-1").value());
  CHECK_FALSE(world.journal->HasSerial("serial-2").value());
  CHECK_FALSE(world.journal->Find("id-2").value().begun());
}

TEST_CASE("a record of another kind is not read") {
  World world;
  REQUIRE_OK(world.journal->AppendIntent(Intent(1)));
  CHECK_REASON(world.journal->ReadSigned(0), Reason::kInternal);
  CHECK_REASON(world.journal->ReadIntent(1), Reason::kNotFound);
}

TEST_CASE("a record whose append seemed to fail is found if it is there") {
  const auto fault = GENERATE(FaultyLog::Fault::kNotDone, FaultyLog::Fault::kAnswerLost);
  World world;
  REQUIRE_OK(world.journal->AppendIntent(Intent(1)));
  CHECK_OK(world.journal->Writable());
  world.faulty.FailNext(fault);
  CHECK_REASON(world.journal->AppendIntent(Intent(2)), Reason::kUnavailable);
  CHECK_REASON(world.journal->Writable(), Reason::kUnavailable);
  CHECK(world.journal->Find("id-2").value().begun() == (fault == FaultyLog::Fault::kAnswerLost));
  REQUIRE_OK(world.journal->AppendIntent(Intent(3)));
  CHECK_OK(world.journal->Writable());
  CHECK(world.journal->Find("id-1").value().begun());
  CHECK(world.journal->Find("id-3").value().begun());
}

TEST_CASE("the first intent of an issuance is the one that counts") {
  World world;
  REQUIRE_OK(world.journal->AppendIntent(Intent(1)));
  REQUIRE_OK(world.journal->AppendIntent(Intent(1)));
  if (GENERATE(false, true)) world.Restart();
  CHECK(world.journal->Find("id-1").value().certificate.intent == 0);
}

TEST_CASE("a journal of something else is not opened") {
  World world;
  REQUIRE_OK(world.log.Append("\xff\xff"));
  CHECK_REASON(IssuanceJournal::Open(world.log, world.clock), Reason::kInternal);
}

}  // namespace
}  // namespace cairn::ca
