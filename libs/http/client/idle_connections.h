#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/http/client/exchange.h"

namespace cairn::http {

// Connections that nobody uses now, by the server that they lead to. Thread-safe, does
// not block.
class IdleConnections {
 public:
  struct Limits {
    // Most servers and networks keep a silent connection for longer.
    std::chrono::seconds idle{30};
    // A name must be looked up again now and then.
    std::chrono::seconds age{300};
    size_t of_one_server = 8;
  };
  IdleConnections() : IdleConnections(Limits{}) {}
  explicit IdleConnections(const Limits& limits) : limits_(limits) {}

  // One that stands, as far as can be seen; null: there is none.
  std::unique_ptr<Connection> Take(const std::string& server);
  // Closes it if it does not stand, or there are enough.
  void Put(const std::string& server, std::unique_ptr<Connection> connection);

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    Connection::Steady::time_point since;
  };

  const Limits limits_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>> by_server_;  // the last used at the end
};

}  // namespace cairn::http
