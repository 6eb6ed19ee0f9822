// What the integration tests of the publisher don't use of the logs.

#include <catch2/catch.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/acme/json.h"
#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest.h"
#include "libs/ct/test_chain.h"
#include "libs/ct/tls.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "tests/harness/ct_log/log_double.h"
#include "tests/harness/ct_log/log_server.h"

namespace cairn::ct_log {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

class World {
 public:
  explicit World(ct::LogKind kind = ct::LogKind::kRfc6962) {
    auto key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
    ct::Log listed{.description = "oak",
                   .operator_name = "Alpha",
                   .id = ct::LogIdOf(key.public_key()),
                   .key = key.public_key(),
                   .kind = kind,
                   .submission_url = "https://log.test/oak/",
                   .state = ct::LogState::kUsable,
                   .interval = ct::Log::Interval{kNow, kNow + absl::Hours(240)},
                   .production = true};
    auto log = LogDouble::Open(std::move(listed), std::move(key), {chain.root().certificate_der()},
                               folder.File("oak"), clock);
    REQUIRE_OK(log);
    logs.push_back(*std::move(log));
  }

  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& body = "") {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<http::Response> response;
    server.Handle({.method = method, .target = target, .headers = {}, .body = body},
                  [&](http::Response answer) {
                    std::lock_guard lock(mutex);
                    response = std::move(answer);
                    wake.notify_one();
                  });
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return response.has_value(); });
    return *response;
  }
  http::Response Add(const std::vector<std::string>& ders,
                     const std::string& path = "ct/v1/add-pre-chain") {
    std::string list;
    for (const std::string& der : ders) {
      list += base::Cat(list.empty() ? "\"" : ",\"", base::ToBase64(der), "\"");
    }
    return Send("POST", "/oak/" + path, "{\"chain\":[" + list + "]}");
  }
  std::vector<std::string> Chain(absl::Time not_after = kNow + absl::Hours(24)) {
    return chain.Above(chain.Precertificate(kNow, not_after));
  }

  testing::FakeClock clock{kNow};
  const testing::TempDir folder;
  testing::TestChain chain{kNow};
  LogServer::Logs logs;
  int changes = 0;
  LogServer server{logs, [this] { ++changes; }};
};

TEST_CASE("a log takes what RFC 6962 section 4.1 allows, and nothing else", "[CT-08][CT-11]") {
  World world;
  std::vector<std::string> chain = world.Chain();
  CHECK(world.Add(chain).status == 200);
  // Without the root that it knows anyway.
  CHECK(world.Add({chain[0], chain[1]}).status == 200);
  CHECK(world.Add({chain[0]}).status == 400);
  CHECK(world.Add({chain[0], chain[2]}).status == 400);
  CHECK(world.Add({chain[1], chain[0]}).status == 400);
  CHECK(world.Add(chain, "ct/v1/add-chain").status == 400);
  CHECK(world.Add(world.Chain(kNow + absl::Hours(240))).status == 400);
  testing::TestChain other(kNow);
  CHECK(world.Add(other.Above(other.Precertificate(kNow, kNow + absl::Hours(1)))).status == 400);
  CHECK(world.Send("POST", "/oak/ct/v1/add-chain", "{}").status == 400);
  CHECK(world.Send("GET", "/oak/ct/v1/add-chain").status == 404);
  CHECK(world.Send("GET", "/elm/ct/v1/get-sth").status == 404);
}

TEST_CASE("the same submission gets the same promise") {
  World world;
  const std::vector<std::string> chain = world.Chain();
  const std::string first = world.Add(chain).body;
  world.clock.Advance(absl::Seconds(10));
  CHECK(world.Add(chain).body == first);
  CHECK(world.logs[0]->Head().size == 1);
}

TEST_CASE("entries and roots of an RFC 6962 log can be read", "[CT-21]") {
  World world;
  const std::vector<std::string> chain = world.Chain();
  REQUIRE(world.Add(chain).status == 200);
  const auto entries =
      acme::Json::Parse(world.Send("GET", "/oak/ct/v1/get-entries?start=0&end=9").body);
  REQUIRE_OK(entries);
  const auto& list = entries->Find("entries")->items();
  REQUIRE(list.size() == 1);
  const std::string leaf = base::FromBase64(*list[0].GetString("leaf_input")).value();
  CHECK(leaf == ct::MerkleTreeLeaf(static_cast<uint64_t>(absl::ToUnixMillis(kNow)),
                                   world.chain.EntryOf(chain[0]), ""));
  CHECK(base::FromBase64(*list[0].GetString("extra_data")) ==
        ct::TlsVector(chain[0], 3) +
            ct::TlsVector(ct::TlsVector(chain[1], 3) + ct::TlsVector(chain[2], 3), 3));
  CHECK(world.Send("GET", "/oak/ct/v1/get-entries?start=1&end=9").status == 400);
  const auto roots = acme::Json::Parse(world.Send("GET", "/oak/ct/v1/get-roots").body);
  REQUIRE_OK(roots);
  CHECK(base::FromBase64(roots->Find("certificates")->items().at(0).string()) == chain[2]);
}

TEST_CASE("data tiles and issuers of a static-ct log can be read", "[CT-21]") {
  World world(ct::LogKind::kStatic);
  const std::vector<std::string> chain = world.Chain();
  REQUIRE(world.Add(chain).status == 200);
  const std::string tile = world.Send("GET", "/oak/tile/data/000.p/1").body;
  // TileLeaf: a TimestampedEntry, the precertificate, the fingerprints.
  const std::string leaf =
      ct::MerkleTreeLeaf(static_cast<uint64_t>(absl::ToUnixMillis(kNow)),
                         world.chain.EntryOf(chain[0]), ct::LeafIndexExtensions(0));
  CHECK(tile == leaf.substr(2) + ct::TlsVector(chain[0], 3) +
                    ct::TlsVector(crypto::Sha256(chain[1]) + crypto::Sha256(chain[2]), 2));
  CHECK(world.Send("GET", "/oak/issuer/" + base::ToHex(crypto::Sha256(chain[1]))).body == chain[1]);
  CHECK(world.Send("GET", "/oak/issuer/" + std::string(64, '0')).status == 404);
  for (const char* path : {"tile/data/000.p/2", "tile/0/000", "tile/0/001.p/1", "tile/9/000",
                           "tile/x/000", "tile/0/000.p/0", "ct/v1/get-sth"}) {
    INFO(path);
    CHECK(world.Send("GET", base::Cat("/oak/", path)).status == 404);
  }
}

TEST_CASE("switches that don't exist are refused") {
  World world;
  CHECK(world.Send("POST", "/admin/oak/slow/5").status == 200);
  CHECK(world.Send("POST", "/admin/oak/state/readonly").status == 200);
  CHECK(world.changes == 1);
  CHECK(world.logs[0]->listed().state == ct::LogState::kReadOnly);
  for (const char* path : {"oak/lazy", "oak/slow/x", "oak/state/fine", "elm/good", "oak"}) {
    INFO(path);
    CHECK(world.Send("POST", base::Cat("/admin/", path)).status >= 400);
  }
  CHECK(world.Send("GET", "/admin/oak/good").status == 405);
}

}  // namespace
}  // namespace cairn::ct_log
