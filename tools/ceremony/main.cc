// The offline key ceremony: ceremony COMMAND ... (docs/ceremony.md).

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "libs/errors/errors.h"
#include "libs/service/version.h"
#include "tools/ceremony/arguments.h"
#include "tools/ceremony/commands.h"

namespace cairn::ceremony {
namespace {

void PrintHelp(const Command& command, std::FILE* out) {
  std::fprintf(out, "usage: ceremony %s %s\n\n%s\n", std::string(command.name).c_str(),
               std::string(command.synopsis).c_str(), std::string(command.help).c_str());
}

void PrintUsage(std::FILE* out) {
  std::fputs("usage: ceremony COMMAND ...\n\n", out);
  for (const Command& command : Commands()) {
    std::fprintf(out, "  %-11s %s\n", std::string(command.name).c_str(),
                 std::string(command.synopsis).c_str());
  }
  std::fputs(
      "\n`ceremony COMMAND --help` says more. Ends with 0 when done, 1 when a rule or a check\n"
      "refuses, 2 for a wrong command line, 3 when a file or a token can't be used.\n",
      out);
}

Outcome Main(const std::vector<std::string>& words) {
  if (words.empty()) {
    PrintUsage(stderr);
    return Outcome::kUsage;
  }
  if (words[0] == "--help" || words[0] == "--version") {
    if (words[0] == "--help") {
      PrintUsage(stdout);
    } else {
      std::printf("ceremony %s\n", std::string(service::kVersion).c_str());
    }
    return Outcome::kDone;
  }
  for (const Command& command : Commands()) {
    if (command.name != words[0]) continue;
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    for (const std::string& word : rest) {
      if (word != "--help") continue;
      PrintHelp(command, stdout);
      return Outcome::kDone;
    }
    const absl::StatusOr<Arguments> arguments = Arguments::Parse(command.spec, rest);
    if (!arguments.ok()) {
      std::fprintf(stderr, "ceremony: %s\n",
                   errors::PayloadOf(arguments.status()).detail().c_str());
      PrintHelp(command, stderr);
      return Outcome::kUsage;
    }
    return command.run(*arguments);
  }
  std::fprintf(stderr, "ceremony: no command is called %s\n", words[0].c_str());
  PrintUsage(stderr);
  return Outcome::kUsage;
}

}  // namespace
}  // namespace cairn::ceremony

int main(int argc, char** argv) {
  return static_cast<int>(cairn::ceremony::Main(std::vector<std::string>(argv + 1, argv + argc)));
}
