#include "tools/ceremony/replay.h"

#include "libs/base/encoding.h"
#include "libs/base/strings.h"
#include "libs/errors/errors.h"
#include "tools/ceremony/facts.h"
#include "tools/ceremony/random_test.h"

namespace cairn::ceremony {
namespace {

absl::Status Bad(std::string_view what) { return errors::Make(errors::Reason::kMalformed, what); }

// The token that the next line of the transcript speaks of.
class ReplayedToken final : public KeyToken {
 public:
  explicit ReplayedToken(const Replay& replay) : replay_(replay) {}

  absl::StatusOr<TokenFacts> Info() override { return TokenFactsOf(replay_.Next()); }
  absl::StatusOr<std::vector<std::string>> ListKeyLabels() override {
    return SplitLabels(replay_.Next().Fact("labels"));
  }
  absl::StatusOr<std::string> GenerateRandom(size_t octets) override {
    if (octets == kRandomSample) {
      return base::FromBase64(replay_.Next().Fact("sample")).value_or("");
    }
    return base::FromHex(replay_.Next().Fact("challenge")).value_or("");
  }
  absl::StatusOr<crypto::PublicKey> FindPublicKey(std::string_view) override { return Key(); }
  absl::StatusOr<crypto::PublicKey> GenerateKeyPair(std::string_view, crypto::KeyType,
                                                    int) override {
    return Key();
  }
  absl::StatusOr<KeyFacts> ReadAttributes(std::string_view) override {
    return KeyFactsOf(replay_.Next());
  }
  absl::StatusOr<std::string> Sign(std::string_view, crypto::SignatureAlgorithm,
                                   std::string_view) override {
    return base::FromBase64(replay_.Next().Fact("signature")).value_or("");
  }
  absl::Status DestroyKeyPair(std::string_view) override { return absl::OkStatus(); }

 private:
  absl::StatusOr<crypto::PublicKey> Key() const {
    const Line& line = replay_.Next();
    if (line.event.name == "aborted") {
      return Bad(base::Cat("the ceremony was aborted: ", line.Fact("reason")));
    }
    absl::StatusOr<crypto::PublicKey> key = KeyOf(line);
    if (!key.ok()) return Bad(base::Cat("line ", line.number, " has no public key"));
    return key;
  }

  const Replay& replay_;
};

// Where the two events differ, for the person who must find it.
std::string Difference(const Event& found, const Event& expected) {
  if (found.name != expected.name) {
    return base::Cat("is \"", found.name, "\" where \"", expected.name, "\" must be");
  }
  for (size_t i = 0; i < expected.facts.size(); ++i) {
    const auto& [name, value] = expected.facts[i];
    if (i >= found.facts.size() || found.facts[i].first != name) {
      return base::Cat("(", found.name, ") lacks ", name);
    }
    if (found.facts[i].second != value) {
      return base::Cat("(", found.name, ") says that ", name, " is ",
                       base::Escaped(found.facts[i].second, 100), ", but it is ",
                       base::Escaped(value, 100));
    }
  }
  return base::Cat("(", found.name, ") says more than it can");
}

}  // namespace

const Line& Replay::Next() const {
  static const Line& end = *new Line();
  return next_ < lines_.size() ? lines_[next_] : end;
}

absl::StatusOr<absl::Time> Replay::Add(const Event& event) {
  if (next_ >= lines_.size()) {
    return Bad(base::Cat("the transcript ends after line ", lines_.size(), ", before \"",
                         event.name, "\""));
  }
  const Line& found = lines_[next_];
  if (found.event.name == "aborted" && event.name != "aborted") {
    return Bad(base::Cat("the ceremony was aborted: ", found.Fact("reason")));
  }
  if (LineOf(event, found.number, found.previous_sha256, found.time) + "\n" != found.text) {
    return Bad(base::Cat("line ", found.number, " ", Difference(found.event, event)));
  }
  ++next_;
  return found.time;
}

absl::StatusOr<std::unique_ptr<KeyToken>> Replay::Open(const TokenName&) {
  return std::make_unique<ReplayedToken>(*this);
}

absl::Status Replay::Write(const std::string& name, const std::string& content) {
  const auto found = files_.find(name);
  if (found == files_.end()) return Bad(base::Cat("made/", name, " is missing"));
  if (found->second != content) {
    return Bad(base::Cat("made/", name, " is not what the ceremony made"));
  }
  written_.insert(name);
  return absl::OkStatus();
}

absl::Status Replay::Finish() const {
  if (next_ < lines_.size()) {
    return Bad(base::Cat("the transcript goes on after its end, in line ", next_ + 1));
  }
  for (const auto& [name, content] : files_) {
    if (!written_.contains(name)) return Bad(base::Cat("made/", name, " was not made here"));
  }
  return absl::OkStatus();
}

}  // namespace cairn::ceremony
