#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/invariant.h"
#include "tools/ceremony/facts.h"
#include "tools/ceremony/statement.h"
#include "tools/ceremony/transcript.h"

// What is read of a transcript or of a statement is written in the same octets, and
// a line's facts can be asked for whatever they are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn::ceremony;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string again;
  for (const Line& line : ParseTranscript(text).lines) {
    again += line.text;
    (void)TokenFactsOf(line);
    (void)KeyFactsOf(line);
    (void)KeyOf(line).ok();
    (void)SplitLabels(line.Fact("labels"));
  }
  INVARIANT(text.starts_with(again), "lines are read in their order, octet by octet");
  const absl::StatusOr<Statement> statement = Statement::FromFile(text);
  INVARIANT(!statement.ok() || statement->ToFile() == text, "a statement has one spelling");
  return 0;
}
