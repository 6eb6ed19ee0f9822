#include "libs/crypto/pkcs11/token.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/connection.h"
#include "libs/crypto/pkcs11/module.h"
#include "libs/crypto/pkcs11/pin.h"
#include "libs/crypto/pkcs11/session.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Make;
using errors::Reason;

// Between attempts to connect: short at first, as most failures are; never so long
// that a token that is back waits noticeably.
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

// How often work is tried because somebody else restarted the module under it. One
// who shares the module and whose token is away does so every kLongestPause.
constexpr int kMostRestarts = 5;

std::string Version(const CK_VERSION& version) {
  return base::Cat(static_cast<int>(version.major), ".", static_cast<int>(version.minor));
}

std::string Quoted(std::string_view label) {
  return base::Cat("\"", base::Escaped(label, 80), "\"");
}

}  // namespace

struct Token::Key {
  CK_OBJECT_HANDLE handle;
  PublicKey public_key;
};

absl::Status CheckPinPath(const std::string& pin_path) { return PinSource::Check(pin_path); }

Token::Token(const TokenOptions& options, base::Clock& clock, std::unique_ptr<PinSource> pin,
             std::shared_ptr<Module> module)
    : options_(options),
      clock_(clock),
      pin_(std::move(pin)),
      module_(std::move(module)),
      pause_(kFirstPause) {}

Token::~Token() = default;

absl::StatusOr<std::unique_ptr<Token>> Token::Open(const TokenOptions& options,
                                                   base::Clock& clock) {
  if (options.token_label.empty() || options.token_label.size() > 32 || options.sessions == 0) {
    return Make(Reason::kMalformed, "a token has a label of 1 to 32 octets, and sessions");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<PinSource> pin, PinSource::Create(options.pin_path));
  ASSIGN_OR_RETURN(std::shared_ptr<Module> module, Module::Load(options.module));
  std::unique_ptr<Token> token(new Token(options, clock, std::move(pin), std::move(module)));
  ASSIGN_OR_RETURN(token->connection_, token->Connect(/*restart=*/false, /*generation=*/0));
  return token;
}

absl::StatusOr<std::shared_ptr<Connection>> Token::Connected() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (connection_ != nullptr && connection_->IsCurrent()) return connection_;
    if (!connecting_) break;
    // It is quick unless the module hangs.
    if (!connected_.wait_for(lock, absl::ToChronoNanoseconds(options_.wait),
                             [this] { return !connecting_; })) {
      return Away();
    }
  }
  const bool restart = connection_ == nullptr;
  if (restart && clock_.Now() < next_try_) return Away();
  connecting_ = true;
  const uint64_t generation = lost_generation_;
  std::shared_ptr<Connection> old = std::move(connection_);
  connection_ = nullptr;
  lock.unlock();
  old.reset();  // void since somebody who shares the module restarted it
  absl::StatusOr<std::shared_ptr<Connection>> fresh = Connect(restart, generation);
  lock.lock();
  connecting_ = false;
  connected_.notify_all();
  // Only a signature shows that all is well again, and makes the pause short.
  next_try_ = clock_.Now() + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
  if (!fresh.ok()) {
    away_ = fresh.status();
    lost_generation_ = module_->generation();
    return Away();
  }
  connection_ = *fresh;
  ++counts_.reconnects;
  return fresh;
}

absl::StatusOr<std::shared_ptr<Connection>> Token::Connect(bool restart, uint64_t generation) {
  if (restart) {
    const absl::Status restarted = module_->Restart(generation);
    if (!restarted.ok()) {
      return Make(Reason::kUnavailable, base::Cat("token ", Quoted(options_.token_label), ": ",
                                                  errors::PayloadOf(restarted).detail()));
    }
  }
  std::vector<std::string> labels;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [label, key] : known_) labels.push_back(label);
  }
  for (int i = 0; i < kMostRestarts; ++i) {
    ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                     Connection::Open(module_, options_, *pin_));
    ASSIGN_OR_RETURN(const bool found, FindKeys(*connection, labels));
    if (found) return connection;
  }
  return Restarted();
}

absl::StatusOr<bool> Token::FindKeys(Connection& connection,
                                     const std::vector<std::string>& labels) {
  if (labels.empty()) return true;
  ASSIGN_OR_RETURN(const std::optional<Connection::Lease> lease, connection.Borrow(options_.wait));
  if (!lease.has_value()) return false;
  for (const std::string& label : labels) {
    RETURN_IF_ERROR(FindKey(connection, lease->session(), label).status());
  }
  return true;
}

absl::Status Token::Restarted() const {
  return Make(Reason::kUnavailable, base::Cat("token ", Quoted(options_.token_label),
                                              ": its module is restarted again and again"));
}

void Token::Lose(const std::shared_ptr<Connection>& connection, const absl::Status& why) {
  std::shared_ptr<Connection> old;  // its end calls the module: not under mutex_
  std::lock_guard lock(mutex_);
  if (connection_ != connection) return;
  old = std::move(connection_);
  connection_ = nullptr;
  lost_generation_ = connection->generation();
  away_ = why;
}

absl::Status Token::Away() const {
  // Whatever the reason, nothing is wrong with the request: it may come again.
  return Make(Reason::kUnavailable,
              away_.ok() ? base::Cat("token ", Quoted(options_.token_label), ": connecting")
                         : errors::PayloadOf(away_).detail());
}

absl::Status Token::Run(const std::function<absl::Status(Connection&, const Session&)>& work,
                        bool writable) {
  for (int i = 0; i < kMostRestarts; ++i) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Connection> connection, Connected());
    absl::Status status;
    {
      absl::StatusOr<std::optional<Connection::Lease>> lease =
          writable ? connection->BorrowWritable() : connection->Borrow(options_.wait);
      if (lease.ok() && !lease->has_value()) continue;
      status = lease.ok() ? work(*connection, (*lease)->session()) : lease.status();
    }
    if (!status.ok() && errors::ReasonOf(status) == Reason::kUnavailable) {
      Lose(connection, status);
    }
    return status;
  }
  return Restarted();
}

absl::StatusOr<Token::Key> Token::FindKey(Connection& connection, const Session& session,
                                          std::string_view label) {
  if (const std::optional<Connection::Key> cached = connection.Cached(label)) {
    return Key{cached->handle, cached->public_key};
  }
  if (label.empty()) return Make(Reason::kNotFound, "a key has a label");
  const std::string what =
      base::Cat("token ", Quoted(options_.token_label), ": key ", Quoted(label));
  ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> private_halves,
                   FindObjects(session, CKO_PRIVATE_KEY, label));
  ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> public_halves,
                   FindObjects(session, CKO_PUBLIC_KEY, label));
  std::optional<PublicKey> known;
  {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(label);
    if (found != known_.end()) known = found->second;
  }
  if (private_halves.size() > 1 || public_halves.size() > 1) {
    return Make(Reason::kInternal, base::Cat(what, ": two keys have this label"));
  }
  if (private_halves.empty() || public_halves.empty()) {
    // One that was there is away, like the token of which it is a part.
    return Make(known.has_value() ? Reason::kUnavailable : Reason::kNotFound,
                base::Cat(what, ": the ", private_halves.empty() ? "private" : "public",
                          " half is not there"));
  }
  ASSIGN_OR_RETURN(const std::string id, ReadAttribute(session, private_halves[0], CKA_ID));
  ASSIGN_OR_RETURN(const std::string public_id, ReadAttribute(session, public_halves[0], CKA_ID));
  if (id != public_id) {
    return Make(Reason::kInternal, base::Cat(what, ": its halves differ in CKA_ID"));
  }
  ASSIGN_OR_RETURN(const PublicKey public_key, ReadPublicKey(session, public_halves[0]));
  if (known.has_value() && *known != public_key) {
    return Make(Reason::kInternal, base::Cat(what, ": is another key than before"));
  }
  RETURN_IF_ERROR(ProvePossession(session, private_halves[0], public_key));
  {
    std::lock_guard lock(mutex_);
    known_.emplace(label, public_key);
  }
  connection.Cache(label, {private_halves[0], public_key});
  return Key{private_halves[0], public_key};
}

absl::StatusOr<PublicKey> Token::FindPublicKey(std::string_view label) {
  std::optional<PublicKey> found;
  RETURN_IF_ERROR(Run([&](Connection& connection, const Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Key key, FindKey(connection, session, label));
    found = key.public_key;
    return absl::OkStatus();
  }));
  return *found;
}

absl::StatusOr<std::string> Token::Sign(std::string_view label, SignatureAlgorithm algorithm,
                                        std::string_view message) {
  std::string signature;
  RETURN_IF_ERROR(Run([&](Connection& connection, const Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Key key, FindKey(connection, session, label));
    ASSIGN_OR_RETURN(signature, SignWith(session, key.handle, key.public_key, algorithm, message));
    return absl::OkStatus();
  }));
  std::lock_guard lock(mutex_);
  ++counts_.signatures;
  pause_ = kFirstPause;
  next_try_ = absl::InfinitePast();
  return signature;
}

absl::Status Token::Check() {
  ASSIGN_OR_RETURN(const std::shared_ptr<Connection> connection, Connected());
  absl::Status status = connection->ReadInfo().status();
  if (status.ok()) {
    absl::StatusOr<std::optional<Connection::Lease>> lease =
        connection->Borrow(absl::ZeroDuration());
    if (lease.ok() && lease->has_value()) {
      const Session& session = (*lease)->session();
      CK_SESSION_INFO info = {};
      status = session.Check("C_GetSessionInfo",
                             session.functions.C_GetSessionInfo(session.handle, &info));
      if (status.ok() && info.state != CKS_RO_USER_FUNCTIONS) {
        status = session.Check("C_GetSessionInfo", CKR_USER_NOT_LOGGED_IN);
      }
    } else if (!lease.ok() && errors::ReasonOf(lease.status()) != Reason::kOverloaded) {
      // With all sessions in use the token is there, and busy.
      status = lease.status();
    }
  }
  if (!status.ok()) Lose(connection, status);
  return status;
}

absl::StatusOr<PublicKey> Token::GenerateKeyPair(std::string_view label, KeyType type,
                                                 int rsa_bits) {
  if (label.empty()) return Make(Reason::kMalformed, "a key has a label");
  if (type == KeyType::kRsa && (rsa_bits < 2048 || rsa_bits > 16384 || rsa_bits % 8 != 0)) {
    return Make(Reason::kMalformed, "an RSA key has 2048 to 16384 bits, a multiple of 8");
  }
  ASSIGN_OR_RETURN(const std::string id, GenerateRandom(16));
  RETURN_IF_ERROR(Run(
      [&](Connection& connection, const Session& session) -> absl::Status {
        for (const CK_OBJECT_CLASS half : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
          ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> there,
                           FindObjects(session, half, label));
          if (!there.empty()) {
            return Make(Reason::kConflict, base::Cat("token ", Quoted(options_.token_label),
                                                     ": key ", Quoted(label), " exists"));
          }
        }
        Forget(connection, label);
        return Generate(session, label, id, type, rsa_bits).status();
      },
      /*writable=*/true));
  return FindPublicKey(label);
}

void Token::Forget(Connection& connection, std::string_view label) {
  connection.Forget(label);
  std::lock_guard lock(mutex_);
  const auto found = known_.find(label);
  if (found != known_.end()) known_.erase(found);
}

absl::StatusOr<KeyAttributes> Token::ReadAttributes(std::string_view label) {
  KeyAttributes attributes;
  RETURN_IF_ERROR(Run([&](Connection& connection, const Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Key key, FindKey(connection, session, label));
    ASSIGN_OR_RETURN(attributes, ReadKeyAttributes(session, key.handle));
    return absl::OkStatus();
  }));
  return attributes;
}

absl::Status Token::DestroyKeyPair(std::string_view label) {
  if (label.empty()) return Make(Reason::kNotFound, "a key has a label");
  return Run(
      [&](Connection& connection, const Session& session) -> absl::Status {
        bool any = false;
        Forget(connection, label);
        for (const CK_OBJECT_CLASS half : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
          ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> there,
                           FindObjects(session, half, label));
          for (const CK_OBJECT_HANDLE object : there) {
            RETURN_IF_ERROR(session.Check(
                "C_DestroyObject", session.functions.C_DestroyObject(session.handle, object)));
            any = true;
          }
        }
        if (any) return absl::OkStatus();
        return Make(Reason::kNotFound, base::Cat("token ", Quoted(options_.token_label), ": key ",
                                                 Quoted(label), " is not there"));
      },
      /*writable=*/true);
}

absl::StatusOr<std::vector<std::string>> Token::ListKeyLabels() {
  std::vector<std::string> labels;
  RETURN_IF_ERROR(Run([&](Connection&, const Session& session) -> absl::Status {
    labels.clear();
    ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> keys,
                     FindObjects(session, CKO_PRIVATE_KEY, ""));
    for (const CK_OBJECT_HANDLE key : keys) {
      ASSIGN_OR_RETURN(std::string label, ReadAttribute(session, key, CKA_LABEL));
      labels.push_back(std::move(label));
    }
    return absl::OkStatus();
  }));
  std::sort(labels.begin(), labels.end());
  return labels;
}

absl::StatusOr<std::string> Token::GenerateRandom(size_t octets) {
  std::string random(octets, '\0');
  RETURN_IF_ERROR(Run([&](Connection&, const Session& session) -> absl::Status {
    return session.Check(
        "C_GenerateRandom",
        session.functions.C_GenerateRandom(
            session.handle, reinterpret_cast<CK_BYTE_PTR>(random.data()), random.size()));
  }));
  return random;
}

absl::StatusOr<TokenInfo> Token::Info() {
  TokenInfo info;
  RETURN_IF_ERROR(Run([&](Connection& connection, const Session& session) -> absl::Status {
    CK_TOKEN_INFO token = {};
    CK_SLOT_INFO slot = {};
    CK_INFO library = {};
    const CK_FUNCTION_LIST& functions = session.functions;
    RETURN_IF_ERROR(
        session.Check("C_GetTokenInfo", functions.C_GetTokenInfo(connection.slot(), &token)));
    RETURN_IF_ERROR(
        session.Check("C_GetSlotInfo", functions.C_GetSlotInfo(connection.slot(), &slot)));
    RETURN_IF_ERROR(session.Check("C_GetInfo", functions.C_GetInfo(&library)));
    info = {.label = Unpadded(token.label, sizeof token.label),
            .manufacturer = Unpadded(token.manufacturerID, sizeof token.manufacturerID),
            .model = Unpadded(token.model, sizeof token.model),
            .serial = Unpadded(token.serialNumber, sizeof token.serialNumber),
            .hardware_version = Version(token.hardwareVersion),
            .firmware_version = Version(token.firmwareVersion),
            .library = Unpadded(library.libraryDescription, sizeof library.libraryDescription),
            .library_version = Version(library.libraryVersion)};
    info.hardware =
        (slot.flags & CKF_HW_SLOT) != 0 && info.manufacturer.find("SoftHSM") == std::string::npos;
    return absl::OkStatus();
  }));
  return info;
}

Token::Counts Token::counts() const {
  std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.sessions_in_use = connection_ == nullptr ? 0 : connection_->in_use();
  return counts;
}

}  // namespace cairn::crypto::pkcs11
