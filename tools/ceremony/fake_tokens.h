#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/private_key.h"
#include "tools/ceremony/key_token.h"

namespace cairn::ceremony {

// Tokens in memory, with the faults that a ceremony must notice. Not thread-safe.
class FakeTokens final : public TokenOpener {
 public:
  struct Token {
    TokenFacts facts;
    KeyFacts attributes;  // of every key
    std::map<std::string, crypto::PrivateKey, std::less<>> keys;
    // Of which call the next one fails: "Sign". Empty: of none.
    std::string fails;
    // Whether the call is done before its answer is lost.
    bool fails_afterwards = false;
    // How many samples of its random source are all the same octet.
    int stuck = 0;
    // Lies: another key than was made; a signature
    // of something else; a key that is said to be gone.
    bool shows_other_key = false;
    bool signs_other_message = false;
    bool keeps_keys = false;
    // The types and sizes that it makes whatever it is asked for; 0: as asked.
    int rsa_bits = 0;
  };

  // A hardware token of that label, with all attributes as they must be.
  Token& Add(const std::string& label);
  Token& Get(const std::string& label) { return tokens_.at(label); }

  absl::StatusOr<std::unique_ptr<KeyToken>> Open(const TokenName& name) override;

  int opened = 0;
  // Random numbers are the same in each test: a good sample, and then others.
  std::string last_random = "random";
  // What was done to keys, in order: "Sign r1".
  std::vector<std::string> done;

 private:
  std::map<std::string, Token> tokens_;
};

}  // namespace cairn::ceremony
