#include "libs/http/client/idle_connections.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "libs/http/client/test_server.h"

namespace cairn::http {
namespace {

using Steady = Connection::Steady;

class World {
 public:
  // One that has just been used.
  std::unique_ptr<Connection> Used() {
    const Exchange exchange{.address = base::IpAddress::Parse("127.0.0.1").value(),
                            .port = server.port(),
                            .request = "GET / HTTP/1.1\r\n\r\n",
                            .header_limit = 1000,
                            .body_limit = 10,
                            .connect_until = Steady::now() + std::chrono::seconds(10),
                            .until = Steady::now() + std::chrono::seconds(10)};
    auto connection = std::make_unique<Connection>(exchange);
    REQUIRE(connection->Run(exchange).status.ok());
    REQUIRE(connection->Stands());
    return connection;
  }

  const TestServer server{{}, [](TestServer::Connection& connection, const std::string&) {
                            connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                            connection.WaitForEnd();
                          }};
};

TEST_CASE("a connection is given to the next who wants that server") {
  World world;
  IdleConnections idle;
  CHECK(idle.Take("a") == nullptr);
  auto connection = world.Used();
  const Connection* const was = connection.get();
  idle.Put("a", std::move(connection));
  CHECK(idle.Take("b") == nullptr);
  CHECK(idle.Take("a").get() == was);
  CHECK(idle.Take("a") == nullptr);
}

TEST_CASE("a connection that was silent for long, or is old, is not used again") {
  World world;
  const auto limits = GENERATE(IdleConnections::Limits{.idle = std::chrono::seconds(0)},
                               IdleConnections::Limits{.age = std::chrono::seconds(0)});
  IdleConnections idle(limits);
  idle.Put("a", world.Used());
  CHECK(idle.Take("a") == nullptr);
}

TEST_CASE("of one server only some are kept, the last used ones") {
  // The test server serves one at a time.
  World first, second;
  IdleConnections idle(IdleConnections::Limits{.of_one_server = 1});
  idle.Put("a", first.Used());
  auto connection = second.Used();
  const Connection* const was = connection.get();
  idle.Put("a", std::move(connection));
  CHECK(idle.Take("a").get() == was);
  CHECK(idle.Take("a") == nullptr);
}

}  // namespace
}  // namespace cairn::http
