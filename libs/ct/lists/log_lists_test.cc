#include "libs/ct/lists/log_lists.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "libs/base/strings.h"
#include "libs/crypto/private_key.h"
#include "libs/log/line_sink.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::ct {
namespace {

using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class World {
 public:
  std::string Json(const std::string& version, absl::Time at) {
    return base::Cat("{\"version\":\"", version, "\",\"log_list_timestamp\":\"",
                     std::string(absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", at, absl::UTCTimeZone())),
                     "\",\"operators\":[]}");
  }
  void Write(const std::string& json, const crypto::PrivateKey& by) {
    folder.Write("list.json", json);
    folder.Write("list.sig", by.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, json).value());
  }
  absl::Status Open() {
    auto opened = LogLists::Open({folder.File("list.json"), folder.File("list.sig")},
                                 key.public_key(), {"publisher", clock, log, metrics});
    if (opened.ok()) lists = *std::move(opened);
    return opened.status();
  }
  // As often as it takes for a mistake to be believed.
  void Reload() {
    lists->Reload();
    lists->Reload();
  }
  bool Refused(int times) {
    return metrics.Text().find(base::Cat("cairn_publisher_log_lists_refused_total ", times)) !=
           std::string::npos;
  }

  const testing::TempDir folder;
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  const crypto::PrivateKey other = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
  testing::FakeClock clock{kNow};
  metrics::Registry metrics;
  log::LineSink sink{2};
  log::Logger log{"publisher", log::Level::kError, clock, sink};
  std::unique_ptr<LogLists> lists;
};

TEST_CASE("a list that is new and right is taken up", "[CT-09]") {
  World world;
  world.Write(world.Json("1.0", kNow - absl::Hours(2)), world.key);
  REQUIRE_OK(world.Open());
  CHECK(world.lists->current()->version() == "1.0");
  CHECK_OK(world.lists->Check());
  const auto old = world.lists->current();
  world.Write(world.Json("1.1", kNow - absl::Hours(1)), world.key);
  world.lists->Reload();
  CHECK(world.lists->current()->version() == "1.1");
  CHECK(old->version() == "1.0");  // who works with it goes on
  CHECK(world.metrics.Text().find("cairn_publisher_log_list_age_seconds 3600") !=
        std::string::npos);
}

TEST_CASE("a list that is wrong is refused loudly, and the old one stays", "[CT-09]") {
  World world;
  world.Write(world.Json("1.0", kNow - absl::Hours(2)), world.key);
  REQUIRE_OK(world.Open());
  SECTION("signed by somebody else") { world.Write(world.Json("1.1", kNow), world.other); }
  SECTION("no list") { world.Write("{}", world.key); }
  SECTION("older") { world.Write(world.Json("0.9", kNow - absl::Hours(3)), world.key); }
  SECTION("from the future") { world.Write(world.Json("9", kNow + absl::Hours(25)), world.key); }
  SECTION("gone") { REQUIRE(remove(world.folder.File("list.sig").c_str()) == 0); }
  world.lists->Reload();
  // The two files are not replaced in one moment.
  CHECK(world.Refused(0));
  CHECK_OK(world.lists->Check());
  for (int i = 0; i < 5; ++i) world.lists->Reload();
  CHECK(world.lists->current()->version() == "1.0");
  CHECK_REASON(world.lists->Check(), Reason::kUnavailable);
  CHECK(world.Refused(1));

  // The next right one ends it.
  world.Write(world.Json("1.2", kNow - absl::Hours(1)), world.key);
  world.Reload();
  CHECK(world.lists->current()->version() == "1.2");
  CHECK_OK(world.lists->Check());
}

TEST_CASE("a list of more than 70 days is an alarm", "[CT-09]") {
  World world;
  world.Write(world.Json("1.0", kNow), world.key);
  REQUIRE_OK(world.Open());
  world.clock.Advance(absl::Hours(70 * 24));
  CHECK_OK(world.lists->Check());
  world.clock.Advance(absl::Seconds(1));
  CHECK_REASON(world.lists->Check(), Reason::kUnavailable);
}

TEST_CASE("a thread looks again and again, until it is stopped", "[CT-09]") {
  World world;
  world.Write(world.Json("1.0", kNow - absl::Hours(2)), world.key);
  REQUIRE_OK(world.Open());
  world.lists->Start(absl::Milliseconds(1));
  world.Write(world.Json("1.1", kNow - absl::Hours(1)), world.key);
  while (world.lists->current()->version() != "1.1") std::this_thread::yield();
  world.lists->Stop();
  world.lists->Stop();
  world.Write(world.Json("1.2", kNow), world.key);
  CHECK(world.lists->current()->version() == "1.1");
}

TEST_CASE("the first list must be right") {
  World world;
  CHECK_FALSE(world.Open().ok());
  world.Write(world.Json("1.0", kNow), world.other);
  CHECK_REASON(world.Open(), Reason::kUnauthorized);
  world.Write("{}", world.key);
  CHECK_REASON(world.Open(), Reason::kMalformed);
}

}  // namespace
}  // namespace cairn::ct
