#include "libs/config/checks.h"
#include "libs/service/echo_config.pb.h"
#include "libs/service/echo_service.h"
#include "libs/service/main.h"

namespace cairn::service::echo {
namespace {

absl::Status Build(Host& host, const Config& config) {
  config::Checks checks;
  checks.Text(config.greeting(), "greeting");
  if (!checks.ok()) return checks.ToStatus();
  if (host.check_only()) return absl::OkStatus();
  auto& gate = host.Own(std::make_unique<Gate>());
  host.Serve(std::make_unique<EchoService>(host, &gate),
             {{"cairn.service.echo.Echo/*", {"client"}}});
  return absl::OkStatus();
}

}  // namespace
}  // namespace cairn::service::echo

int main(int argc, char** argv) {
  return cairn::service::Main<cairn::service::echo::Config>(
      {.name = "echo", .argc = argc, .argv = argv}, cairn::service::echo::Build);
}
