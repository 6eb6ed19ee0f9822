#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/pkcs11/module.h"
#include "libs/crypto/pkcs11/pin.h"
#include "libs/crypto/pkcs11/session.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/public_key.h"

namespace cairn::crypto::pkcs11 {

// One login to a token: its slot, a bounded pool of sessions, the handles of the
// keys that were found. It serves until its module is restarted or its session is
// lost, and is replaced then, never repaired. Thread-safe.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Finds the one token with the label, opens a session and logs in.
  static absl::StatusOr<std::shared_ptr<Connection>> Open(std::shared_ptr<Module> module,
                                                          const TokenOptions& options,
                                                          PinSource& pin);
  // Closes the sessions, and so logs out.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A session of one caller. Until it is given back the module is not restarted.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    const Session& session() const { return session_; }

   private:
    friend class Connection;
    Lease(std::shared_ptr<Connection> connection, Module::Use use, CK_SESSION_HANDLE handle,
          bool pooled);

    std::shared_ptr<Connection> connection_;
    Module::Use use_;
    Session session_;
    bool pooled_;
  };

  // kOverloaded if none is free within `wait`; nothing if the module was restarted
  // meanwhile, and this connection is void.
  absl::StatusOr<std::optional<Lease>> Borrow(absl::Duration wait);
  // A session of its own beside the pool that may write.
  absl::StatusOr<std::optional<Lease>> BorrowWritable();

  // The flags of the token (CK_TOKEN_INFO), or why they can't be had.
  absl::StatusOr<CK_TOKEN_INFO> ReadInfo() const;

  bool IsCurrent() const { return module_->generation() == generation_; }
  uint64_t generation() const { return generation_; }
  CK_SLOT_ID slot() const { return slot_; }
  size_t in_use() const;

  struct Key {
    CK_OBJECT_HANDLE handle;
    PublicKey public_key;
  };
  std::optional<Key> Cached(std::string_view label) const;
  void Cache(std::string_view label, const Key& key);
  void Forget(std::string_view label);

 private:
  Connection(std::shared_ptr<Module> module, const TokenOptions& options, uint64_t generation,
             CK_SLOT_ID slot)
      : module_(std::move(module)),
        label_(options.token_label),
        generation_(generation),
        slot_(slot),
        limit_(options.sessions) {}

  CK_RV OpenSession(const Module::Use& use, CK_FLAGS flags, CK_SESSION_HANDLE* session) const;
  absl::Status LogIn(const Module::Use& use, CK_SESSION_HANDLE session, PinSource& pin) const;
  void Return(CK_SESSION_HANDLE handle);

  const std::shared_ptr<Module> module_;
  const std::string label_;
  const uint64_t generation_;
  const CK_SLOT_ID slot_;

  mutable std::mutex mutex_;
  std::condition_variable returned_;
  size_t limit_;     // of open_
  size_t open_ = 0;  // idle or lent
  std::vector<CK_SESSION_HANDLE> idle_;
  std::map<std::string, Key, std::less<>> keys_;
};

// What fills a fixed field of Cryptoki's structures, without the blanks after it.
std::string Unpadded(const CK_UTF8CHAR* field, size_t size);

}  // namespace cairn::crypto::pkcs11
