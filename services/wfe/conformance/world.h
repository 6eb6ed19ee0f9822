#pragma once

#include <absl/time/time.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "libs/acme/json.h"
#include "libs/acme/jwk.h"
#include "libs/base/call.h"
#include "libs/base/random.h"
#include "libs/base/worker_pool.h"
#include "libs/crypto/private_key.h"
#include "libs/service/host.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/temp_dir.h"
#include "libs/testing/test_tls.h"
#include "services/ra/api/fake_registration.h"
#include "services/sa/api/account_reader.h"
#include "services/wfe/core/front_end.h"
#include "services/wfe/core/nonces.h"
#include "services/wfe/core/patience.h"
#include "services/wfe/edge.h"

namespace cairn::wfe {

// What a client got.
struct Reply {
  int status = 0;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The header; empty if there is none. It must not come twice.
  std::string Header(const std::string& name) const;
  // Whether one of the Link headers is <url>;rel="rel".
  bool HasLink(std::string_view url, std::string_view rel) const;
  // The body, which must be JSON.
  acme::Json Json() const;
  // A text member of the body.
  std::string Text(std::string_view name) const;
  // "malformed" of a problem document; fails if it is none in all its parts.
  std::string Problem() const;
};

// Another reader of accounts, behind a gate that a test may close.
class GatedAccounts final : public sa::AccountReader {
 public:
  explicit GatedAccounts(sa::AccountReader& accounts) : accounts_(accounts) {}

  absl::StatusOr<sa::v1::GetAccountResponse> GetAccount(
      const base::Call& call, const sa::v1::GetAccountRequest& request) override;

  void Close();
  void Open();
  // False if nobody stands at the closed gate within ten seconds.
  bool WaitForCaller();

 private:
  sa::AccountReader& accounts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  int waiting_ = 0;
};

// The front end in one process, listening on a port of loopback.
class World {
 public:
  static constexpr char kBase[] = "https://acme.test";

  explicit World(const base::WorkerPool::Options& pool = {.threads = 2, .queue = 256},
                 FrontEnd::Options options = DefaultOptions());
  ~World();

  static FrontEnd::Options DefaultOptions();

  // A request with exactly this text, on a connection of its own.
  Reply Raw(const std::string& request) const;
  Reply Send(std::string_view method, std::string_view path, std::string_view content_type = "",
             std::string_view body = "") const;
  Reply Get(std::string_view path) const { return Send("GET", path); }
  Reply Post(std::string_view path, std::string_view jws) const {
    return Send("POST", path, "application/jose+json", jws);
  }
  // A fresh one.
  std::string Nonce() const;

  testing::FakeClock clock;
  ra::FakeRegistration ra;
  GatedAccounts accounts;
  service::Host& host() { return *host_; }

 private:
  const testing::TempDir dir_;
  const testing::TestCa ca_;
  base::SystemRandom random_;
  std::unique_ptr<service::Host> host_;
  NonceBook nonces_;
  Patience patience_;
  FrontEnd front_end_;
  Edge edge_;
  uint16_t port_ = 0;
};

// A client with one account key.
class Subscriber {
 public:
  explicit Subscriber(const World& world, crypto::KeyType type = crypto::KeyType::kEcP256,
                      int rsa_bits = 2048);

  const acme::Jwk& jwk() const { return jwk_; }
  // The account's URL, after Register.
  const std::string& kid() const { return kid_; }

  // newAccount; remembers the account's URL.
  Reply Register(std::string_view payload = R"({"termsOfServiceAgreed":true})");

  // The parts of a request that a test may want to be wrong. Empty: as it should be.
  struct Parts {
    std::string alg = "";
    std::string nonce = "";
    std::string url = "";
    std::string key_member = "";  // "kid":"..."
  };
  std::string Sign(std::string_view path, std::string_view payload) const {
    return Sign(path, payload, Parts());
  }
  std::string Sign(std::string_view path, std::string_view payload, const Parts& parts) const;
  std::string JwkMember() const;

  // Signed with the account's URL.
  Reply Post(std::string_view path, std::string_view payload) const {
    return world_.Post(path, Sign(path, payload));
  }
  // POST-as-GET of a URL.
  Reply Fetch(std::string_view url) const { return Post(PathOf(url), ""); }

  static std::string PathOf(std::string_view url);

 private:
  const World& world_;
  crypto::PrivateKey key_;
  acme::Jwk jwk_;
  std::string kid_;
};

}  // namespace cairn::wfe
