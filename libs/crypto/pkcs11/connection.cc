#include "libs/crypto/pkcs11/connection.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/return_value.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Make;
using errors::Reason;

// Far more than any module has.
constexpr size_t kMostSlots = 1000;

// The slot of the one token with that label.
absl::StatusOr<CK_SLOT_ID> FindSlot(const CK_FUNCTION_LIST& functions, const std::string& label) {
  std::vector<CK_SLOT_ID> slots(kMostSlots);
  CK_ULONG count = slots.size();
  RETURN_IF_ERROR(
      ToStatus(label, "C_GetSlotList", functions.C_GetSlotList(CK_TRUE, slots.data(), &count)));
  slots.resize(count);
  std::optional<CK_SLOT_ID> found;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info = {};
    // A token that says nothing of itself is not this one, or is as good as away.
    if (functions.C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (Unpadded(info.label, sizeof info.label) != label) continue;
    if (found.has_value()) {
      return Make(Reason::kInternal,
                  base::Cat("token \"", label, "\": two tokens have this label"));
    }
    found = slot;
  }
  if (!found.has_value()) {
    return Make(Reason::kUnavailable, base::Cat("token \"", label, "\": no slot has it"));
  }
  return *found;
}

}  // namespace

std::string Unpadded(const CK_UTF8CHAR* field, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(field), size);
  return std::string(text.substr(0, text.find_last_not_of(std::string_view(" \0", 2)) + 1));
}

absl::StatusOr<std::shared_ptr<Connection>> Connection::Open(std::shared_ptr<Module> module,
                                                             const TokenOptions& options,
                                                             PinSource& pin) {
  // Outlives `use`: the destructor of a connection that came to nothing enters the
  // module again, which could wait for a Restart that waits for `use`.
  std::shared_ptr<Connection> connection;
  const Module::Use use = module->Enter();
  ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindSlot(use.functions(), options.token_label));
  connection.reset(new Connection(module, options, use.generation(), slot));
  CK_SESSION_HANDLE session = 0;
  RETURN_IF_ERROR(ToStatus(options.token_label, "C_OpenSession",
                           connection->OpenSession(use, CKF_SERIAL_SESSION, &session)));
  connection->open_ = 1;
  connection->idle_.push_back(session);
  RETURN_IF_ERROR(connection->LogIn(use, session, pin));
  return connection;
}

CK_RV Connection::OpenSession(const Module::Use& use, CK_FLAGS flags,
                              CK_SESSION_HANDLE* session) const {
  return use.functions().C_OpenSession(slot_, flags, nullptr, nullptr, session);
}

absl::Status Connection::LogIn(const Module::Use& use, CK_SESSION_HANDLE session,
                               PinSource& pin) const {
  CK_TOKEN_INFO info = {};
  RETURN_IF_ERROR(ToStatus(label_, "C_GetTokenInfo", use.functions().C_GetTokenInfo(slot_, &info)));
  if ((info.flags & (CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY)) != 0) {
    // A process that starts again and again must not lock the token.
    return Make(Reason::kInternal,
                base::Cat("token \"", label_,
                          "\": its PIN is locked, or one wrong PIN would lock it: a person must "
                          "log in first"));
  }
  ASSIGN_OR_RETURN(const Pin secret, pin.Read());
  // Cryptoki's parameter has no const; the PIN is only read.
  const CK_RV rv = use.functions().C_Login(
      session, CKU_USER, reinterpret_cast<CK_UTF8CHAR_PTR>(const_cast<char*>(secret.text().data())),
      secret.text().size());
  // Whoever uses the same token in this process is logged in with us.
  if (rv == CKR_USER_ALREADY_LOGGED_IN) return absl::OkStatus();
  const absl::Status status = ToStatus(label_, "C_Login", rv);
  if (!status.ok() && FailureOf(rv) == Failure::kPin) pin.Refuse(status);
  return status;
}

Connection::~Connection() {
  const Module::Use use = module_->Enter();
  if (use.generation() != generation_) return;
  // Whatever it returns, nobody uses this session any more.
  for (const CK_SESSION_HANDLE session : idle_) (void)use.functions().C_CloseSession(session);
}

absl::StatusOr<std::optional<Connection::Lease>> Connection::Borrow(absl::Duration wait) {
  const auto is_free = [this] { return !idle_.empty() || open_ < limit_; };
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, absl::ToChronoNanoseconds(wait), is_free)) {
      return Make(Reason::kOverloaded,
                  base::Cat("token \"", label_, "\": all ", open_, " sessions are in use"));
    }
    CK_SESSION_HANDLE handle = 0;
    const bool opens = idle_.empty();
    if (opens) {
      ++open_;
    } else {
      handle = idle_.back();
      idle_.pop_back();
    }
    lock.unlock();
    Module::Use use = module_->Enter();
    if (use.generation() != generation_) {
      Return(handle);  // it is void, as all of this connection is
      return std::optional<Lease>();
    }
    const CK_RV rv = opens ? OpenSession(use, CKF_SERIAL_SESSION, &handle) : CKR_OK;
    if (rv == CKR_OK) {
      return std::optional<Lease>(
          Lease(shared_from_this(), std::move(use), handle, /*pooled=*/true));
    }
    lock.lock();
    --open_;
    if (rv != CKR_SESSION_COUNT || open_ == 0) return ToStatus(label_, "C_OpenSession", rv);
    // The token has fewer than were asked for: those that are open must do.
    limit_ = open_;
  }
}

absl::StatusOr<std::optional<Connection::Lease>> Connection::BorrowWritable() {
  Module::Use use = module_->Enter();
  if (use.generation() != generation_) return std::optional<Lease>();
  CK_SESSION_HANDLE handle = 0;
  RETURN_IF_ERROR(ToStatus(label_, "C_OpenSession",
                           OpenSession(use, CKF_SERIAL_SESSION | CKF_RW_SESSION, &handle)));
  return std::optional<Lease>(Lease(shared_from_this(), std::move(use), handle, /*pooled=*/false));
}

void Connection::Return(CK_SESSION_HANDLE handle) {
  std::lock_guard lock(mutex_);
  idle_.push_back(handle);
  returned_.notify_one();
}

Connection::Lease::Lease(std::shared_ptr<Connection> connection, Module::Use use,
                         CK_SESSION_HANDLE handle, bool pooled)
    : connection_(std::move(connection)),
      use_(std::move(use)),
      session_{.functions = use_.functions(), .handle = handle, .token = connection_->label_},
      pooled_(pooled) {}

Connection::Lease::Lease(Lease&& other) noexcept
    : connection_(std::move(other.connection_)),
      use_(std::move(other.use_)),
      session_(other.session_),
      pooled_(other.pooled_) {}

Connection::Lease::~Lease() {
  if (connection_ == nullptr) return;
  if (pooled_) {
    connection_->Return(session_.handle);
  } else {
    // Whatever it returns, nobody uses this session any more.
    (void)session_.functions.C_CloseSession(session_.handle);
  }
}

absl::StatusOr<CK_TOKEN_INFO> Connection::ReadInfo() const {
  const Module::Use use = module_->Enter();
  CK_TOKEN_INFO info = {};
  RETURN_IF_ERROR(ToStatus(label_, "C_GetTokenInfo", use.functions().C_GetTokenInfo(slot_, &info)));
  return info;
}

size_t Connection::in_use() const {
  std::lock_guard lock(mutex_);
  return open_ - idle_.size();
}

std::optional<Connection::Key> Connection::Cached(std::string_view label) const {
  std::lock_guard lock(mutex_);
  const auto found = keys_.find(label);
  return found == keys_.end() ? std::nullopt : std::optional<Key>(found->second);
}

void Connection::Cache(std::string_view label, const Key& key) {
  std::lock_guard lock(mutex_);
  keys_.insert_or_assign(std::string(label), key);
}

void Connection::Forget(std::string_view label) {
  std::lock_guard lock(mutex_);
  const auto found = keys_.find(label);
  if (found != keys_.end()) keys_.erase(found);
}

}  // namespace cairn::crypto::pkcs11
