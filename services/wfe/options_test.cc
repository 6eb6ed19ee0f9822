#include "services/wfe/options.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace cairn::wfe {
namespace {

using errors::Reason;

struct Files {
  testing::TempDir dir;

  config::Wfe Good() const {
    config::Wfe config;
    config.set_base_url("https://acme.test:14000");
    config.set_acme_listen("127.0.0.1:0");
    config.mutable_acme_tls()->set_certificate(dir.Write("cert.pem", "x"));
    config.mutable_acme_tls()->set_key(dir.Write("key.pem", "x"));
    config.set_nonce_key_file(dir.Write("nonce.key", std::string(32, 'k')));
    return config;
  }
};

TEST_CASE("what is left out has its default") {
  const Files files;
  const auto options = Options::Parse(files.Good());
  REQUIRE_OK(options);
  REQUIRE(options->listeners.size() == 1);  // plain HTTP is off
  CHECK(options->listeners[0].tls.has_value());
  CHECK(options->listeners[0].max_connections == 2000);
  CHECK(options->listeners[0].body_limit == 65536);
  CHECK(options->listeners[0].idle_timeout == absl::Seconds(60));
  CHECK(options->front_end.base_urls == std::vector<std::string>{"https://acme.test:14000"});
  CHECK(options->nonce_instance == 0);
  CHECK(options->request_threads == 32);
  CHECK(options->patience == absl::Seconds(1));
  CHECK(options->request_queue == 256);
}

TEST_CASE("an answer is not held back for longer than half of what a request may take") {
  const Files files;
  config::Wfe config = files.Good();
  config.set_request_timeout("1s");
  auto options = Options::Parse(config);
  REQUIRE_OK(options);
  CHECK(options->patience == absl::Milliseconds(500));
  config.set_patience("500ms");
  CHECK_OK(Options::Parse(config));
  config.set_patience("501ms");
  CHECK_REASON(Options::Parse(config), Reason::kMalformed);
  config.set_patience("0s");
  options = Options::Parse(config);
  REQUIRE_OK(options);
  CHECK(options->patience == absl::ZeroDuration());
}

TEST_CASE("plain HTTP has URLs of its own", "[ACME-001]") {
  const Files files;
  config::Wfe config = files.Good();
  config.set_acme_http_listen("127.0.0.1:14001");
  const auto options = Options::Parse(config);
  REQUIRE_OK(options);
  REQUIRE(options->listeners.size() == 2);
  CHECK_FALSE(options->listeners[1].tls.has_value());
  CHECK(options->listeners[1].port == 14001);
  CHECK(options->front_end.base_urls.at(1) == "http://127.0.0.1:14001");
}

TEST_CASE("a configuration that can't be right is refused, field by field", "[LOG-20][VAL-58]") {
  const Files files;
  const auto [field, break_it] =
      GENERATE(table<std::string, std::function<void(const Files&, config::Wfe&)>>({
          {"base_url", [](auto&, auto& c) { c.clear_base_url(); }},
          {"base_url", [](auto&, auto& c) { c.set_base_url("http://acme.test"); }},
          {"base_url", [](auto&, auto& c) { c.set_base_url("https://acme.test/"); }},
          {"base_url", [](auto&, auto& c) { c.set_base_url("https://ACME.test"); }},
          {"acme_listen", [](auto&, auto& c) { c.clear_acme_listen(); }},
          {"acme_listen", [](auto&, auto& c) { c.set_acme_listen("14000"); }},
          {"acme_tls.certificate", [](auto&, auto& c) { c.mutable_acme_tls()->clear_certificate(); }},
          {"acme_tls.key", [](auto&, auto& c) { c.mutable_acme_tls()->set_key("/nowhere/key"); }},
          {"acme_tls.key",
           [](auto&, auto& c) { REQUIRE(chmod(c.acme_tls().key().c_str(), 0644) == 0); }},
          {"acme_http_listen", [](auto&, auto& c) { c.set_acme_http_listen("127.0.0.1:0"); }},
          {"nonce_key_file", [](auto&, auto& c) { c.clear_nonce_key_file(); }},
          {"nonce_key_file",
           [](auto& f, auto& c) { c.set_nonce_key_file(f.dir.Write("short", "short")); }},
          {"nonce_key_file",
           [](auto&, auto& c) { REQUIRE(chmod(c.nonce_key_file().c_str(), 0640) == 0); }},
          {"nonce_instance", [](auto&, auto& c) { c.set_nonce_instance(256); }},
          {"nonce_peers.instance", [](auto&, auto& c) { c.add_nonce_peers()->set_instance(0); }},
          {"nonce_peers.instance",
           [](auto&, auto& c) {
             c.add_nonce_peers()->set_instance(7);
             c.add_nonce_peers()->set_instance(7);
           }},
          {"http.body_bytes", [](auto&, auto& c) { c.mutable_http()->set_body_bytes(1 << 20); }},
          {"http.read_timeout", [](auto&, auto& c) { c.mutable_http()->set_read_timeout("x"); }},
          {"meta.caa_identities",
           [](auto&, auto& c) { c.mutable_meta()->add_caa_identities("CA.test"); }},
          {"meta.caa_identities",
           [](auto&, auto& c) { c.mutable_meta()->add_caa_identities("ca.test."); }},
          {"meta.caa_identities",
           [](auto&, auto& c) {
             for (int i = 0; i < 11; ++i) c.mutable_meta()->add_caa_identities("ca.test");
           }},
          {"request_timeout", [](auto&, auto& c) { c.set_request_timeout("2h"); }},
      }));
  INFO(field);
  config::Wfe config = files.Good();
  break_it(files, config);
  const auto options = Options::Parse(config);
  CHECK_REASON(options, Reason::kMalformed);
  const auto message = options.status().message();
  CHECK_THAT(std::string(message.data(), message.size()), Catch::Contains(field));
}

}  // namespace
}  // namespace cairn::wfe
