// Makes a token of the local stack. SOFTHSM2_CONF says where SoftHSM keeps it.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/crypto/pkcs11/new_token.h"
#include "libs/errors/errors.h"

namespace cairn::local {
namespace {

constexpr char kUsage[] =
    "usage: token --module FILE --label LABEL --so_pin FILE --pin FILE\n"
    "\n"
    "Makes the token if there is none with the label. A PIN is the content of a file.\n";

std::optional<crypto::pkcs11::NewToken> Parse(const std::vector<std::string>& words) {
  crypto::pkcs11::NewToken token;
  const std::pair<std::string_view, std::string*> flags[] = {
      {"--module", &token.module},
      {"--label", &token.token_label},
      {"--so_pin", &token.so_pin_path},
      {"--pin", &token.pin_path},
  };
  size_t next = 0;
  for (const auto& [flag, value] : flags) {
    if (next + 1 >= words.size() || words[next] != flag) return std::nullopt;
    *value = words[next + 1];
    next += 2;
  }
  if (next != words.size()) return std::nullopt;
  return token;
}

}  // namespace
}  // namespace cairn::local

int main(int argc, char** argv) {
  const auto token = cairn::local::Parse({argv + 1, argv + argc});
  if (!token.has_value()) {
    std::fputs(cairn::local::kUsage, stderr);
    return 2;
  }
  const absl::Status made = cairn::crypto::pkcs11::InitialiseToken(*token);
  if (made.ok() || cairn::errors::ReasonOf(made) == cairn::errors::Reason::kConflict) return 0;
  std::fprintf(stderr, "token: %s\n", cairn::errors::PayloadOf(made).detail().c_str());
  return 1;
}
