#include "libs/crypto/private_key.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/digest_algorithms.h"
#include "libs/crypto/key_impl.h"
#include "libs/errors/errors.h"

namespace cairn::crypto {

namespace {

// Far more than any key takes.
constexpr size_t kMaxFileSize = 64 * 1024;

// Without it OpenSSL would ask at the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::StatusOr<PublicKey> PublicHalf(EVP_PKEY* key) {
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(key, &encoded);
  if (size <= 0) return OpenSslError("the private key has no public half");
  const OpenSslBytes owned(encoded);
  return PublicKey::FromSpkiDer(
      {reinterpret_cast<const char*>(encoded), static_cast<size_t>(size)});
}

EVP_PKEY* GenerateKey(KeyType type, int rsa_bits) {
  switch (type) {
    case KeyType::kRsa:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(rsa_bits));
    case KeyType::kEcP256:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case KeyType::kEcP384:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384");
    case KeyType::kEcP521:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-521");
    case KeyType::kEd25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  return nullptr;
}

PkeyContextPtr SigningContext(EVP_PKEY* key, KeyType type) {
  if (type == KeyType::kEd25519) return nullptr;
  PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  INVARIANT(context != nullptr && EVP_PKEY_sign_init(context.get()) == 1,
            "OpenSSL signs with RSA and EC keys");
  return context;
}

// Wipes the text of a key on every way out.
class Wiped {
 public:
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
  std::string text;
};

}  // namespace

struct PrivateKey::Impl {
  Impl(PkeyPtr key, PublicKey public_key)
      : key(std::move(key)),
        public_key(std::move(public_key)),
        signing(SigningContext(this->key.get(), this->public_key.type())) {}

  const PkeyPtr key;
  const PublicKey public_key;
  // Copied for each signature: OpenSSL 3 looks a new context's algorithms up by
  // their names. Null for Ed25519, which signs without one.
  const PkeyContextPtr signing;
};

PrivateKey::PrivateKey(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::Generate(KeyType type, int rsa_bits) {
  PkeyPtr key(GenerateKey(type, rsa_bits));
  INVARIANT(key != nullptr, "OpenSSL makes keys of all five types");
  absl::StatusOr<PublicKey> public_key = PublicHalf(key.get());
  INVARIANT(public_key.ok(), "a fresh key is well-formed");
  return PrivateKey(std::make_unique<const Impl>(std::move(key), *std::move(public_key)));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPemFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return errors::Make(errors::Reason::kInternal, base::Cat(path, ": can't be opened"));
  }
  struct stat facts {};
  Wiped pem;
  pem.text.resize(kMaxFileSize);
  const bool is_stat = fstat(file, &facts) == 0;
  const ssize_t size = is_stat ? read(file, pem.text.data(), pem.text.size()) : -1;
  close(file);
  if (is_stat && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return errors::Make(
        errors::Reason::kInternal,
        base::Cat(path, ": a private key that others than its owner may use; chmod 600 it"));
  }
  if (size < 0 || static_cast<size_t>(size) == kMaxFileSize) {
    return errors::Make(errors::Reason::kInternal,
                        base::Cat(path, ": can't be read, or is no key at all"));
  }
  absl::StatusOr<PrivateKey> key =
      FromPem(std::string_view(pem.text).substr(0, static_cast<size_t>(size)));
  if (!key.ok()) {
    return errors::Make(errors::Reason::kInternal,
                        base::Cat(path, ": ", errors::PayloadOf(key.status()).detail()));
  }
  return key;
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem) {
  const BioPtr bio = ReadOnlyBio(pem);
  PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    ClearOpenSslErrors();
    return errors::Make(errors::Reason::kInternal, "not an unencrypted private key in PEM");
  }
  absl::StatusOr<PublicKey> public_key = PublicHalf(key.get());
  if (!public_key.ok()) {
    return errors::Make(
        errors::Reason::kInternal,
        base::Cat("the private key: ", errors::PayloadOf(public_key.status()).detail()));
  }
  return PrivateKey(std::make_unique<const Impl>(std::move(key), *std::move(public_key)));
}

std::string PrivateKey::ToPem() const {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  INVARIANT(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), impl_->key.get(), nullptr,
                                                            nullptr, 0, nullptr, nullptr) == 1,
            "writing to memory fails only without memory");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

absl::StatusOr<std::string> PrivateKey::Sign(SignatureAlgorithm algorithm,
                                             std::string_view message) const {
  INVARIANT(GoesWith(algorithm, impl_->public_key.type()), "callers pick by type()");
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(impl_->key.get()));
  std::string signature(size, '\0');
  bool done = false;
  if (algorithm == SignatureAlgorithm::kEd25519) {
    const DigestContextPtr context(EVP_MD_CTX_new());
    done = context != nullptr &&
           EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                 impl_->key.get(), nullptr) == 1 &&
           EVP_DigestSign(context.get(), Octets(signature), &size, Octets(message),
                          message.size()) == 1;
  } else {
    const EVP_MD* const hash = DigestOf(algorithm);
    const std::string digest = Digest(hash, message);
    const PkeyContextPtr context(EVP_PKEY_CTX_dup(impl_->signing.get()));
    done = context != nullptr &&
           (impl_->public_key.type() != KeyType::kRsa ||
            (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1)) &&
           EVP_PKEY_sign(context.get(), Octets(signature), &size, Octets(std::string_view(digest)),
                         digest.size()) == 1;
  }
  if (!done) return OpenSslError("signing");
  signature.resize(size);
  return signature;
}

}  // namespace cairn::crypto
