#include <cstddef>
#include <cstdint>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/crypto/judge.h"
#include "libs/der/reader.h"

// Whatever CheckStrict accepts, OpenSSL must accept too, element by element, to
// the last octet: a reader that takes what others refuse is how two programs come
// to see two certificates in the same bytes.

namespace cairn::der {
namespace {

void CompareTree(std::string_view der) {
  INVARIANT(crypto::judge::IsAsn1Element(der), "OpenSSL refuses what the strict reader took");
  Reader outer(der);
  const absl::StatusOr<Element> element = outer.ReadAny();
  INVARIANT(element.ok() && outer.AtEnd(), "CheckStrict read it a moment ago");
  if ((element->tag & 0x20) == 0) return;
  Reader inner(element->content);
  while (!inner.AtEnd()) {
    const absl::StatusOr<Element> item = inner.ReadAny();
    INVARIANT(item.ok(), "CheckStrict read it a moment ago");
    CompareTree(item->der);
  }
}

// Calls every typed read at every position: none may crash, and none may move on
// failure.
void TypedReads(std::string_view bytes) {
  Reader reader(bytes);
  while (!reader.AtEnd()) {
    const std::string_view before = reader.rest();
    const auto stays = [&](bool ok) {
      INVARIANT(ok || reader.rest() == before, "an error leaves the reader where it was");
      reader = Reader(before);
    };
    stays(reader.ReadBoolean().ok());
    stays(reader.ReadIntegerOctets().ok());
    stays(reader.ReadSmallInteger().ok());
    stays(reader.ReadOctetsOfBitString().ok());
    stays(reader.ReadOctetString().ok());
    stays(reader.ReadNull().ok());
    stays(reader.ReadOid().ok());
    stays(reader.ReadTime().ok());
    stays(reader.EnterSequence().ok());
    if (!reader.ReadAny().ok()) return;
  }
}

}  // namespace
}  // namespace cairn::der

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (cairn::der::CheckStrict(bytes).ok()) cairn::der::CompareTree(bytes);
  cairn::der::TypedReads(bytes);
  return 0;
}
