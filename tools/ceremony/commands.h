#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "tools/ceremony/arguments.h"

namespace cairn::ceremony {

// How the program ends.
enum class Outcome {
  kDone = 0,     // done; of `verify`, `plan`: all is right
  kRefused = 1,  // a rule, an approval or a check stands against it
  kUsage = 2,    // the command line is wrong
  kFailed = 3,   // a file or a token can't be used
};

struct Command {
  std::string_view name;
  std::string_view synopsis;  // "PLAN --key FILE --out FILE"
  std::string_view help;      // what it does, in a few lines
  Arguments::Spec spec;
  // What goes to standard output; the message of an error goes to standard error.
  Outcome (*run)(const Arguments& arguments);
};

// In the order in which a ceremony uses them.
const std::vector<Command>& Commands();

}  // namespace cairn::ceremony
