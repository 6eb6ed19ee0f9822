#include "libs/crypto/pkcs11/pin.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Make;
using errors::Reason;

// Longer than any token takes.
constexpr size_t kLongestPin = 255;

void Wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

// The N of "fd:N"; nothing for a file's path.
absl::StatusOr<std::optional<int>> DescriptorOf(const std::string& path) {
  constexpr std::string_view kPrefix = "fd:";
  if (path.empty()) return Make(Reason::kMalformed, "there is no place to read the PIN from");
  if (!path.starts_with(kPrefix)) return std::optional<int>();
  int number = -1;
  const char* const end = path.data() + path.size();
  if (std::from_chars(path.data() + kPrefix.size(), end, number).ptr != end || number < 0) {
    return Make(Reason::kMalformed, base::Cat(base::Escaped(path, 80), ": must be fd:N"));
  }
  return std::optional<int>(number);
}

// What a PIN file holds: the PIN, and perhaps a line's end.
absl::StatusOr<Pin> ReadAll(int descriptor, const std::string& path) {
  std::string text(kLongestPin + 2, '\0');
  size_t size = 0;
  for (;;) {
    const ssize_t got = read(descriptor, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      Wipe(text);
      return Make(Reason::kInternal, base::Cat(path, ": the PIN can't be read"));
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size == text.size()) break;
  }
  text.resize(size);
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty() || text.size() > kLongestPin || text.find('\n') != std::string::npos ||
      text.find('\0') != std::string::npos) {
    Wipe(text);
    return Make(Reason::kInternal, base::Cat(path, ": must hold the PIN, and nothing else"));
  }
  return Pin(std::move(text));
}

}  // namespace

Pin::Pin(std::string&& text) : text_(text) { Wipe(text); }

Pin::Pin(Pin&& other) noexcept : text_(other.text_) { Wipe(other.text_); }

Pin::~Pin() { Wipe(text_); }

absl::Status PinSource::Check(const std::string& path) {
  ASSIGN_OR_RETURN(const std::optional<int> number, DescriptorOf(path));
  if (!number.has_value()) return PinSource(path).Read().status();
  if (fcntl(*number, F_GETFD) != -1) return absl::OkStatus();
  return Make(Reason::kInternal, base::Cat(path, ": the PIN can't be read"));
}

absl::StatusOr<std::unique_ptr<PinSource>> PinSource::Create(const std::string& path) {
  ASSIGN_OR_RETURN(const std::optional<int> number, DescriptorOf(path));
  std::unique_ptr<PinSource> source(new PinSource(path));
  if (!number.has_value()) return source;
  const Descriptor descriptor(*number);
  ASSIGN_OR_RETURN(Pin pin, ReadAll(*number, path));
  source->kept_.emplace(std::move(pin));
  return source;
}

absl::StatusOr<Pin> PinSource::Read() {
  std::lock_guard lock(mutex_);
  if (kept_.has_value()) {
    if (!why_.ok()) return why_;
    return Pin(std::string(kept_->text()));
  }
  const Descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat facts {};
  if (file.number() < 0 || fstat(file.number(), &facts) != 0) {
    return Make(Reason::kInternal, base::Cat(path_, ": the PIN can't be read"));
  }
  if (!S_ISREG(facts.st_mode) || (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Make(Reason::kInternal,
                base::Cat(path_, ": a PIN that others than its owner may use; chmod 400 it"));
  }
  last_ = Identity{.device = facts.st_dev,
                   .inode = facts.st_ino,
                   .size = facts.st_size,
                   .seconds = facts.st_mtim.tv_sec,
                   .nanoseconds = facts.st_mtim.tv_nsec};
  if (refused_.has_value() && *refused_ == *last_) return why_;
  return ReadAll(file.number(), path_);
}

void PinSource::Refuse(const absl::Status& why) {
  std::lock_guard lock(mutex_);
  refused_ = last_;
  why_ = errors::Make(errors::ReasonOf(why),
                      base::Cat(errors::PayloadOf(why).detail(),
                                "; that PIN is not tried again, as tokens lock: correct ", path_));
}

}  // namespace cairn::crypto::pkcs11
