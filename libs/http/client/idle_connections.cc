#include "libs/http/client/idle_connections.h"

#include <iterator>
#include <utility>

namespace cairn::http {

using Steady = Connection::Steady;

std::unique_ptr<Connection> IdleConnections::Take(const std::string& server) {
  std::lock_guard lock(mutex_);
  const auto found = by_server_.find(server);
  if (found == by_server_.end()) return nullptr;
  std::vector<Idle>& idle = found->second;
  const Steady::time_point now = Steady::now();
  std::unique_ptr<Connection> taken;
  while (taken == nullptr && !idle.empty()) {
    Idle last = std::move(idle.back());
    idle.pop_back();
    const bool good =
        now - last.since < limits_.idle && now - last.connection->made() < limits_.age;
    if (good && last.connection->Stands()) taken = std::move(last.connection);
  }
  if (idle.empty()) by_server_.erase(found);
  return taken;
}

void IdleConnections::Put(const std::string& server, std::unique_ptr<Connection> connection) {
  if (!connection->Stands()) return;
  const Steady::time_point now = Steady::now();
  std::lock_guard lock(mutex_);
  by_server_[server].push_back({std::move(connection), now});
  // Those of servers that nobody asks any more go, too.
  for (auto of_server = by_server_.begin(); of_server != by_server_.end();) {
    std::vector<Idle>& idle = of_server->second;
    while (!idle.empty() &&
           (idle.size() > limits_.of_one_server || now - idle.front().since >= limits_.idle)) {
      idle.erase(idle.begin());
    }
    of_server = idle.empty() ? by_server_.erase(of_server) : std::next(of_server);
  }
}

}  // namespace cairn::http
