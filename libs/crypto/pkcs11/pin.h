#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::crypto::pkcs11 {

// A PIN in memory. It is overwritten at the end; nothing prints it.
class Pin {
 public:
  // Takes the octets of `text`, which is overwritten.
  explicit Pin(std::string&& text);
  Pin(Pin&& other) noexcept;
  Pin& operator=(Pin&&) = delete;
  ~Pin();

  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

// Where the PIN comes from: a file, or a descriptor of this process (TokenOptions).
// Thread-safe.
class PinSource {
 public:
  // What Create and Read would find wrong; a descriptor is only looked at.
  static absl::Status Check(const std::string& path);

  // Reads a descriptor at once, to its end, and closes it; opens no file yet.
  // kMalformed for no path, and for "fd:" without a number.
  static absl::StatusOr<std::unique_ptr<PinSource>> Create(const std::string& path);

  // kInternal for a file that can't be read, that others than its owner may read, or
  // that holds no PIN; and once more what Refuse said, while the file is the same.
  absl::StatusOr<Pin> Read();

  // The token refused what Read gave last: that PIN is never given again.
  void Refuse(const absl::Status& why);

 private:
  // What changes when somebody writes or replaces a file.
  struct Identity {
    dev_t device;
    ino_t inode;
    off_t size;
    int64_t seconds;
    int64_t nanoseconds;
    friend bool operator==(const Identity&, const Identity&) = default;
  };

  explicit PinSource(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::optional<Pin> kept_;  // of a descriptor

  std::mutex mutex_;
  std::optional<Identity> last_;
  std::optional<Identity> refused_;
  absl::Status why_;
};

}  // namespace cairn::crypto::pkcs11
