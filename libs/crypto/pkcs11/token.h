#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/public_key.h"

namespace cairn::crypto::pkcs11 {

class Connection;
class Module;
class PinSource;
struct Session;

struct TokenOptions {
  std::string module;       // absolute path of the PKCS#11 module, a shared library
  std::string token_label;  // exactly one token of the module must have it
  // A file of mode 0400 or 0600 that holds the PIN, read at each login; or "fd:N",
  // a descriptor that is read to its end once, and closed.
  std::string pin_path;
  size_t sessions = 8;                     // the most that are open at once
  absl::Duration wait = absl::Seconds(2);  // the longest wait for a free session
};

// What is wrong with a pin_path: as Open would say it, but a descriptor is not read.
absl::Status CheckPinPath(const std::string& pin_path);

// What a token says of itself. Nothing of it proves what it is.
struct TokenInfo {
  std::string label;
  std::string manufacturer;
  std::string model;
  std::string serial;
  std::string hardware_version;  // "2.6"
  std::string firmware_version;
  std::string library;  // the module's description of itself
  std::string library_version;
  // Whether it is a device (CKF_HW_SLOT), and not SoftHSM, which is none.
  bool hardware = false;
};

// What a token says of a private key (PKCS#11 2.40 sections 4.9 and 4.10).
struct KeyAttributes {
  std::string id;               // CKA_ID, raw octets
  bool token = false;           // stays when the session ends
  bool private_object = false;  // can't be seen before a login
  bool sensitive = false;
  bool always_sensitive = false;
  bool extractable = true;
  bool never_extractable = false;
  bool local = false;  // made in the token, not brought there
  bool sign = false;
  bool decrypt = true;
  bool unwrap = true;
  bool derive = true;
  bool modifiable = true;

  friend bool operator==(const KeyAttributes&, const KeyAttributes&) = default;
};

// One PKCS#11 2.40 token with its keys, addressed by label. Thread-safe; every
// call blocks for as long as the module does.
//
// kUnavailable means that the token is away or that its session is lost; the
// detail names the token, the function and its CKR_ code. A later call connects
// again, with growing pauses, by finalising and initialising the module: one
// caller tries, the others are refused at once. kOverloaded: no session was free
// within `wait`. A PIN that was refused is never tried again until its file
// changes, as tokens lock. All keys that were ever found must be there again,
// and be the same, before any is used.
class Token {
 public:
  struct Counts {
    uint64_t signatures = 0;
    uint64_t reconnects = 0;
    size_t sessions_in_use = 0;
  };

  // Logs in. kInternal for a PIN that is refused or that others may read, and for
  // two tokens with the label. A process that uses SoftHSM must have
  // SOFTHSM2_CONF set before.
  static absl::StatusOr<std::unique_ptr<Token>> Open(const TokenOptions& options,
                                                     base::Clock& clock);
  ~Token();
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  const std::string& label() const { return options_.token_label; }

  // The public half of the one key pair with this label: RSA, P-256, P-384 or
  // P-521. The first time it proves that the private half belongs to it, by a
  // signature of a random challenge. kNotFound if there is none; kInternal for two.
  absl::StatusOr<PublicKey> FindPublicKey(std::string_view label);

  // For ECDSA the DER form. The digest is made here: the token sees no more of the
  // message. kInternal where the algorithm does not go with the key.
  absl::StatusOr<std::string> Sign(std::string_view label, SignatureAlgorithm algorithm,
                                   std::string_view message);

  // Whether the token is there and logged in; connects again if it is time to.
  absl::Status Check();

  // Makes a pair in the token: sensitive, not extractable, for signatures only,
  // not modifiable; and proves possession. kConflict for a label that exists.
  absl::StatusOr<PublicKey> GenerateKeyPair(std::string_view label, KeyType type,
                                            int rsa_bits = 2048);
  absl::StatusOr<KeyAttributes> ReadAttributes(std::string_view label);
  // Both halves. kNotFound if there is neither.
  absl::Status DestroyKeyPair(std::string_view label);
  // Of the private keys, sorted; a label that two keys have is there twice.
  absl::StatusOr<std::vector<std::string>> ListKeyLabels();
  absl::StatusOr<std::string> GenerateRandom(size_t octets);
  absl::StatusOr<TokenInfo> Info();

  Counts counts() const;

 private:
  struct Key;

  Token(const TokenOptions& options, base::Clock& clock, std::unique_ptr<PinSource> pin,
        std::shared_ptr<Module> module);

  // The connection in use, or a fresh one if that is lost and it is time to try.
  absl::StatusOr<std::shared_ptr<Connection>> Connected();
  absl::StatusOr<std::shared_ptr<Connection>> Connect(bool restart, uint64_t generation);
  // False if the connection is void already.
  absl::StatusOr<bool> FindKeys(Connection& connection, const std::vector<std::string>& labels);
  void Lose(const std::shared_ptr<Connection>& connection, const absl::Status& why);
  absl::Status Away() const;  // mutex_ is held
  absl::Status Restarted() const;

  // Runs `work` with a session of the token, and loses the connection if the
  // answer is kUnavailable.
  absl::Status Run(const std::function<absl::Status(Connection&, const Session&)>& work,
                   bool writable = false);
  // From the cache of the connection, or found, compared and proven.
  absl::StatusOr<Key> FindKey(Connection& connection, const Session& session,
                              std::string_view label);
  void Forget(Connection& connection, std::string_view label);

  const TokenOptions options_;
  base::Clock& clock_;
  const std::unique_ptr<PinSource> pin_;
  const std::shared_ptr<Module> module_;

  mutable std::mutex mutex_;
  std::condition_variable connected_;
  std::shared_ptr<Connection> connection_;  // null while it is lost
  bool connecting_ = false;
  uint64_t lost_generation_ = 0;
  absl::Status away_;
  absl::Time next_try_ = absl::InfinitePast();
  absl::Duration pause_;
  std::map<std::string, PublicKey, std::less<>> known_;
  Counts counts_;
};

}  // namespace cairn::crypto::pkcs11
