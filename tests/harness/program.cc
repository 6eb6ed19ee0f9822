#include "tests/harness/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "libs/base/invariant.h"

namespace cairn::harness {

pid_t Spawn(const std::vector<std::string>& words, const std::string& log,
            const std::string& folder) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  INVARIANT(pid >= 0, "the test may start processes");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, 1);
  dup2(out, 2);
  if (!folder.empty() && chdir(folder.c_str()) != 0) _exit(126);
  execvp(argv[0], argv.data());
  _exit(127);
}

int Wait(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

std::string RunProgram(const std::vector<std::string>& words, const std::string& folder) {
  const std::string log = folder + "/output";
  unlink(log.c_str());
  const int status = Wait(Spawn(words, log, folder));
  std::ifstream file(log, std::ios::binary);
  std::string output(std::istreambuf_iterator<char>(file), {});
  if (status != 0) std::fprintf(stderr, "%s: %s\n", words[0].c_str(), output.c_str());
  INVARIANT(status == 0, "the program is installed and its arguments are right");
  return output;
}

}  // namespace cairn::harness
