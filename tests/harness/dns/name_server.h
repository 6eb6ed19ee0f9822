#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "libs/testing/temp_dir.h"

namespace cairn::harness {

// NSD: a real authoritative server on port 53 of one address of the test's own
// network. It serves zone files as they are, signatures and mistakes included.
class NameServer {
 public:
  // `zones`: from a zone's name to the text of its file. Returns when it answers.
  NameServer(const std::string& address, const std::map<std::string, std::string>& zones);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

 private:
  testing::TempDir folder_;
  pid_t pid_ = -1;
};

}  // namespace cairn::harness
