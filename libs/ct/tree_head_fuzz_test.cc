#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/tree_head.h"

// A checkpoint that nobody signed with our key is never accepted.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* key = new cairn::crypto::PrivateKey(
      cairn::crypto::PrivateKey::Generate(cairn::crypto::KeyType::kEcP256));
  const std::string_view note(reinterpret_cast<const char*>(data), size);
  const auto head = cairn::ct::ReadCheckpoint(note, "a.test", key->public_key());
  INVARIANT(!head.ok(), "the key is new and has signed nothing");
  return 0;
}
