#include "services/wfe/conformance/world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <utility>

#include "libs/acme/test_jws.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/http/server/server.h"
#include "libs/testing/status_matchers.h"
#include "protos/config/common.pb.h"

namespace cairn::wfe {
namespace {

std::unique_ptr<service::Host> MakeHost(const testing::TempDir& dir, const testing::TestCa& ca) {
  const testing::TlsIdentity identity = ca.Issue({"wfe.cairn.internal"});
  service::Host::Options options{.name = "wfe", .common = {}, .output_fd = 2};
  options.common.set_listen("127.0.0.1:0");
  options.common.set_internal_domain("cairn.internal");
  options.common.set_worker_threads(1);
  options.common.set_log_level("error");
  options.common.mutable_tls()->set_certificate(dir.Write("cert.pem", identity.certificate_pem));
  options.common.mutable_tls()->set_key(dir.Write("key.pem", identity.key_pem));
  options.common.mutable_tls()->set_ca(dir.Write("ca.pem", ca.pem()));
  auto made = service::Host::Create(std::move(options));
  REQUIRE_OK(made);
  return *std::move(made);
}

absl::Status CheckKey(const crypto::PublicKey& key) {
  if (key.type() == crypto::KeyType::kRsa && key.bits() < 2048) {
    return errors::Make(errors::Reason::kBadPublicKey, "the key is too small");
  }
  return absl::OkStatus();
}

}  // namespace

std::string Reply::Header(const std::string& name) const {
  INFO(name);
  REQUIRE(headers.count(name) <= 1);
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

bool Reply::HasLink(std::string_view url, std::string_view rel) const {
  const auto [first, last] = headers.equal_range("link");
  for (auto it = first; it != last; ++it) {
    if (it->second == base::Cat("<", url, ">;rel=\"", rel, "\"")) return true;
  }
  return false;
}

acme::Json Reply::Json() const {
  auto json = acme::Json::Parse(body);
  REQUIRE_OK(json);
  return *std::move(json);
}

std::string Reply::Text(std::string_view name) const {
  const acme::Json json = Json();
  const auto text = json.GetString(name);
  INFO(name << " in " << body);
  REQUIRE(text.has_value());
  return std::string(*text);
}

std::string Reply::Problem() const {
  INFO(status << " " << body);
  CHECK(Header("content-type") == "application/problem+json");
  CHECK(Header("content-language") == "en");
  CHECK_FALSE(Text("detail").empty());
  CHECK(body.find(base::Cat("\"status\":", status)) != std::string::npos);
  CHECK(HasLink(base::Cat(World::kBase, "/directory"), "index"));
  const std::string type = Text("type");
  constexpr std::string_view kPrefix = "urn:ietf:params:acme:error:";
  REQUIRE(type.starts_with(kPrefix));
  return type.substr(kPrefix.size());
}

absl::StatusOr<sa::v1::GetAccountResponse> GatedAccounts::GetAccount(
    const base::Call& call, const sa::v1::GetAccountRequest& request) {
  {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    --waiting_;
  }
  return accounts_.GetAccount(call, request);
}

void GatedAccounts::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

void GatedAccounts::Open() {
  std::lock_guard lock(mutex_);
  closed_ = false;
  changed_.notify_all();
}

bool GatedAccounts::WaitForCaller() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return waiting_ > 0; });
}

FrontEnd::Options World::DefaultOptions() {
  return {.base_urls = {kBase},
          .terms_of_service = "https://acme.test/terms",
          .website = "https://acme.test/",
          .caa_identities = {"acme.test"}};
}

World::World(const base::WorkerPool::Options& pool, FrontEnd::Options options)
    : clock(absl::FromUnixSeconds(1'700'000'000)),
      ra(clock, options.terms_of_service),
      accounts(ra),
      host_(MakeHost(dir_, ca_)),
      nonces_(std::string(32, 'k'), 1, random_, {}),
      patience_(absl::Seconds(1), /*places=*/1, clock),
      front_end_(std::move(options), {ra, accounts, ra}, nonces_, patience_, clock, CheckKey),
      edge_(*host_, {{}}, absl::Seconds(10), pool, front_end_) {
  REQUIRE_OK(edge_.Start());
  const std::string address = edge_.address(0);
  port_ = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

World::~World() {
  edge_.Stop();
  host_->Stop();
}

Reply World::Raw(const std::string& request) const {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port_);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  INVARIANT(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0, "the server listens");
  std::string text;
  INVARIANT(send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(request.size()),
            "a request fits in the buffers of loopback");
  char octets[8192];
  for (ssize_t got; (got = recv(fd, octets, sizeof octets, 0)) > 0;) {
    text.append(octets, static_cast<size_t>(got));
  }
  close(fd);

  Reply reply;
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return reply;
  reply.body = text.substr(end + 4);
  std::string_view head = std::string_view(text).substr(0, end + 2);
  reply.status = std::stoi(std::string(head.substr(9, 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const size_t colon = line.find(": ");
    reply.headers.emplace(base::ToLower(line.substr(0, colon)), line.substr(colon + 2));
    head.remove_prefix(line.size() + 2);
  }
  return reply;
}

Reply World::Send(std::string_view method, std::string_view path, std::string_view content_type,
                  std::string_view body) const {
  std::string request =
      base::Cat(method, " ", path, " HTTP/1.1\r\nHost: acme.test\r\nConnection: close\r\n");
  if (!content_type.empty()) request += base::Cat("Content-Type: ", content_type, "\r\n");
  if (method == "POST" || !body.empty()) {
    request += base::Cat("Content-Length: ", body.size(), "\r\n");
  }
  return Raw(base::Cat(request, "\r\n", body));
}

std::string World::Nonce() const { return Send("HEAD", "/acme/new-nonce").Header("replay-nonce"); }

Subscriber::Subscriber(const World& world, crypto::KeyType type, int rsa_bits)
    : world_(world),
      key_(crypto::PrivateKey::Generate(type, rsa_bits)),
      jwk_(acme::Jwk::FromKey(key_.public_key())) {}

std::string Subscriber::JwkMember() const { return base::Cat(R"("jwk":)", jwk_.canonical()); }

std::string Subscriber::Sign(std::string_view path, std::string_view payload,
                             const Parts& parts) const {
  const auto either = [](const std::string& given, std::string otherwise) {
    return given.empty() ? otherwise : given;
  };
  std::string_view alg = "ES256";
  if (key_.public_key().type() == crypto::KeyType::kRsa) alg = "RS256";
  if (key_.public_key().type() == crypto::KeyType::kEcP384) alg = "ES384";
  if (key_.public_key().type() == crypto::KeyType::kEd25519) alg = "EdDSA";
  const std::string header =
      base::Cat(R"({"alg":")", either(parts.alg, std::string(alg)), R"(","nonce":")",
                parts.nonce.empty() ? world_.Nonce() : parts.nonce, R"(","url":")",
                either(parts.url, base::Cat(World::kBase, path)), "\",",
                either(parts.key_member, base::Cat(R"("kid":")", kid_, "\"")), "}");
  return testing::SignJws(key_, header, payload);
}

Reply Subscriber::Register(std::string_view payload) {
  Reply reply = world_.Post("/acme/new-account",
                            Sign("/acme/new-account", payload, {.key_member = JwkMember()}));
  if (reply.status < 300) kid_ = reply.Header("location");
  return reply;
}

std::string Subscriber::PathOf(std::string_view url) {
  INFO(url);
  REQUIRE(url.starts_with(World::kBase));
  return std::string(url.substr(std::string_view(World::kBase).size()));
}

}  // namespace cairn::wfe
