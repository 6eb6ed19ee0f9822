#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace cairn::harness {

// Starts a program, looked for in PATH, in the folder `folder` (empty: this
// process's). Its output is appended to the file `log`. It dies with this
// process at the latest. A failure ends the test.
pid_t Spawn(const std::vector<std::string>& words, const std::string& log,
            const std::string& folder = "");

// Waits for its end; what waitpid says of it.
int Wait(pid_t pid);

// Runs a program in `folder` and returns what it printed. The test ends, and
// shows that output, unless the program succeeds.
std::string RunProgram(const std::vector<std::string>& words, const std::string& folder);

}  // namespace cairn::harness
