#pragma once

#include <absl/status/status.h>
#include <sys/types.h>

#include <string>

#include "libs/sql/connection.h"
#include "libs/testing/temp_dir.h"

namespace cairn::harness {

// A private MariaDB server on a Unix socket in a folder of its own, with small
// buffers; it syncs nothing to disk, so that it survives kill -9 but no power cut. It ends with the
// object, and with the test at the latest. Starting it takes about a second: one for each test
// binary (Shared), and a schema for each test.
class MariaDb {
 public:
  // Installs and starts a server. A failure ends the test.
  MariaDb();
  ~MariaDb();
  MariaDb(const MariaDb&) = delete;
  MariaDb& operator=(const MariaDb&) = delete;

  // The server that all tests of this process share.
  static MariaDb& Shared();

  // root, without a password, who may do everything.
  sql::Server Admin(const std::string& database) const;
  // An empty schema with a name that no other test has.
  std::string NewSchema();
  // Statements without rows, as root.
  absl::Status Run(const std::string& database, const std::string& text);

  // As kill -9; the data stays.
  void Kill();
  // Stops and continues the process: a server that accepts and never answers.
  void Freeze();
  void Thaw();
  // Starts it on the same data and waits until it answers.
  void Start();

  const std::string& socket() const { return socket_; }

 private:
  testing::TempDir dir_;
  std::string socket_;
  pid_t pid_ = -1;
  int schemas_ = 0;
};

}  // namespace cairn::harness
