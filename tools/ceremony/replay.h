#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tools/ceremony/key_token.h"
#include "tools/ceremony/perform.h"
#include "tools/ceremony/transcript.h"

namespace cairn::ceremony {

// A stage for Perform on which a ceremony of the past is played again: the tokens
// and the clock answer what the transcript says they answered, and each event and
// each file must come out as it is there. Nothing is written, no token is touched.
class Replay final : public Recorder, public TokenOpener, public Output {
 public:
  // `files` are those that the ceremony made, by their names. Both must outlive it.
  Replay(const std::vector<Line>& lines, const std::map<std::string, std::string>& files)
      : lines_(lines), files_(files) {}

  // kMalformed, with the number of the line, where the transcript says otherwise,
  // ends too early, or says that the ceremony was aborted.
  absl::StatusOr<absl::Time> Add(const Event& event) override;
  absl::StatusOr<std::unique_ptr<KeyToken>> Open(const TokenName& name) override;
  absl::Status Write(const std::string& name, const std::string& content) override;

  // After Perform: OK if no line and no file is left over.
  absl::Status Finish() const;

  // The line that comes next; an empty one after the end.
  const Line& Next() const;

 private:
  const std::vector<Line>& lines_;
  const std::map<std::string, std::string>& files_;
  size_t next_ = 0;
  std::set<std::string> written_;
};

}  // namespace cairn::ceremony
