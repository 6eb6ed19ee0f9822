#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/public_key.h"
#include "tools/ceremony/key_token.h"
#include "tools/ceremony/transcript.h"

// What a token says, as facts of events and back: a verifier has the answers of a
// token from the transcript alone.
namespace cairn::ceremony {

Event TokenEvent(const TokenName& name, const TokenFacts& facts);
TokenFacts TokenFactsOf(const Line& line);

// An event about a key: its label and its public half.
Event KeyEvent(std::string_view event, const std::string& label, const crypto::PublicKey& key);
absl::StatusOr<crypto::PublicKey> KeyOf(const Line& line);

Event AttributesEvent(const std::string& label, const KeyFacts& facts);
KeyFacts KeyFactsOf(const Line& line);
// Which attribute is not as a CA's key needs it; empty if none (ROOT-12).
std::string WrongAttribute(const KeyFacts& facts);

// "a, b": no label that we make has a comma.
std::string JoinLabels(const std::vector<std::string>& labels);
std::vector<std::string> SplitLabels(std::string_view joined);

}  // namespace cairn::ceremony
