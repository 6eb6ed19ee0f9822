#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/base/invariant.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/log_list.h"
#include "services/publisher/core/log_client.h"

namespace {

// A log that answers everything with the same octets.
class Parrot final : public cairn::http::Api {
 public:
  explicit Parrot(std::string body) : body_(std::move(body)) {}
  absl::StatusOr<cairn::http::ApiResponse> Send(const cairn::base::Call&,
                                                const cairn::http::ApiRequest&) override {
    return cairn::http::ApiResponse{.status = 200, .body = body_};
  }

 private:
  const std::string body_;
};

}  // namespace

// No answer of a log is a signed tree head, or more of a proof than there can be.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cairn::ct::LogKind;
  static const auto* key = new cairn::crypto::PrivateKey(
      cairn::crypto::PrivateKey::Generate(cairn::crypto::KeyType::kEcP256));
  Parrot parrot(std::string(reinterpret_cast<const char*>(data), size));
  const cairn::publisher::LogClient client(parrot, true);
  for (const LogKind kind : {LogKind::kRfc6962, LogKind::kStatic}) {
    const cairn::ct::Log log{.key = key->public_key(),
                             .kind = kind,
                             .submission_url = "https://a.test/",
                             .monitoring_url = "https://a.test/"};
    INVARIANT(!client.GetTreeHead({}, log).ok(), "the key is new and has signed nothing");
    const auto proof = client.GetProof({}, log, "hash", 1);
    INVARIANT(!proof.ok() || proof->path.size() <= 64, "a tree has at most 2^64 leaves");
    const auto sct = client.Submit({}, log, cairn::ct::Entry::Type::kCertificate, {}, nullptr);
    INVARIANT(!sct.ok() || sct->log_id.size() == 32, "a log id is a SHA-256");
  }
  return 0;
}
