#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/dns/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cairn::dns::Type;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const Type type : {Type::kA, Type::kAaaa, Type::kTxt, Type::kCaa}) {
    const auto message = cairn::dns::ReadMessage(octets, type);
    if (!message) return 0;
    INVARIANT(message->aliases.size() <= 32, "a chain is bounded");
    for (const auto& alias : message->aliases) {
      for (const char c : alias) INVARIANT(c > 0x20 && c < 0x7f, "aliases go into receipts");
    }
    size_t rdata = 0;
    for (const auto& record : message->records) rdata += record.size();
    INVARIANT(rdata < size, "records are parts of the message, each once");
  }
  return 0;
}
