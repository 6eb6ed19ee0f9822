#include "services/publisher/options.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::publisher {
namespace {

using errors::Reason;

class World {
 public:
  World() {
    const auto key = crypto::PrivateKey::Generate(crypto::KeyType::kEcP256);
    config.mutable_log_list()->set_file("/etc/cairn/log_list.json");
    config.mutable_log_list()->set_public_key(folder.Write("list.pub", key.public_key().ToPem()));
    config.set_trusted_roots(folder.Write("roots.pem", "roots"));
  }

  const testing::TempDir folder;
  config::Publisher config;
};

TEST_CASE("what is absent has its documented default") {
  World world;
  const auto options = Options::Parse(world.config);
  REQUIRE_OK(options);
  CHECK(options->log_list.files.signature == "/etc/cairn/log_list.sig");
  CHECK(options->log_list.key.has_value());
  CHECK(options->log_list.reload_interval == absl::Seconds(10));
  CHECK(options->get_scts.stagger == absl::Milliseconds(500));
  CHECK(options->get_scts.submission_timeout == absl::Seconds(5));
  CHECK(options->get_scts.policy.require_rfc6962);
  CHECK(options->health.first_back_off == absl::Seconds(1));
  CHECK(options->health.longest_back_off == absl::Minutes(5));
  CHECK(options->resolver.empty());
  CHECK_FALSE(options->allow_http);
  CHECK(options->submission_threads == 32);
  CHECK(options->submission_queue == 256);
}

TEST_CASE("what is there is taken", "[CT-04]") {
  World world;
  world.config.mutable_log_list()->set_signature_file("/x.sig");
  world.config.set_accept_static_only(true);
  world.config.set_resolver("127.0.0.1:53");
  world.config.set_stagger("2s");
  const auto options = Options::Parse(world.config);
  REQUIRE_OK(options);
  CHECK(options->log_list.files.signature == "/x.sig");
  CHECK_FALSE(options->get_scts.policy.require_rfc6962);
  CHECK(options->resolver == "127.0.0.1:53");
  CHECK(options->get_scts.stagger == absl::Seconds(2));
}

TEST_CASE("a configuration that would not work is refused", "[CT-09]") {
  using Change = std::function<void(config::Publisher&, const testing::TempDir&)>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"log_list.file", [](auto& c, auto&) { c.mutable_log_list()->clear_file(); }},
      {"log_list.public_key", [](auto& c, auto&) { c.mutable_log_list()->clear_public_key(); }},
      {"log_list.public_key",
       [](auto& c, auto& folder) {
         c.mutable_log_list()->set_public_key(folder.Write("x.pub", "x"));
       }},
      {"log_list.public_key",
       [](auto& c, auto& folder) {
         const auto key = crypto::PrivateKey::Generate(crypto::KeyType::kEd25519);
         c.mutable_log_list()->set_public_key(folder.Write("x.pub", key.public_key().ToPem()));
       }},
      {"log_list.reload_interval",
       [](auto& c, auto&) { c.mutable_log_list()->set_reload_interval("1ms"); }},
      {"stagger", [](auto& c, auto&) { c.set_stagger("6s"); }},
      {"submission_timeout", [](auto& c, auto&) { c.set_submission_timeout("soon"); }},
      {"first_back_off", [](auto& c, auto&) { c.set_first_back_off("0s"); }},
      {"longest_back_off", [](auto& c, auto&) { c.set_longest_back_off("500ms"); }},
      {"trusted_roots", [](auto& c, auto&) { c.set_trusted_roots("/nowhere"); }},
      {"resolver", [](auto& c, auto&) { c.set_resolver("dns.test:53"); }},
      {"submission_threads", [](auto& c, auto&) { c.set_submission_threads(1); }},
  };
  for (const auto& [field, change] : changes) {
    INFO(field);
    World world;
    change(world.config, world.folder);
    const auto options = Options::Parse(world.config);
    CHECK_REASON(options, Reason::kMalformed);
    CHECK(std::string(options.status().message()).find(field) != std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::publisher
