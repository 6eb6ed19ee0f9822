#pragma once

#include <string>

#include "libs/audit/audit.h"
#include "libs/base/clock.h"
#include "libs/log/line_sink.h"

namespace cairn::audit {

// Writes each event as one JSON line that starts {"audit":true,"event":"<kind>".
// Fields have their protobuf names, octets are lower-case hex, enums their names,
// fields at their default are left out. The collector of the process's standard
// output takes the lines to the archive.
class LogToStdout final : public Log {
 public:
  // `clock` and `sink` must outlive the log.
  LogToStdout(std::string service, const base::Clock& clock, log::LineSink& sink);

  absl::Status Write(const v1::Event& event) override;

 private:
  const std::string service_;
  const base::Clock& clock_;
  log::LineSink& sink_;
};

}  // namespace cairn::audit
