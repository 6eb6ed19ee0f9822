#pragma once

#include <sys/stat.h>

#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/call.h"
#include "libs/errors/errors.h"
#include "libs/service/echo.grpc.pb.h"
#include "libs/service/host.h"
#include "libs/testing/test_tls.h"
#include "protos/config/common.pb.h"

namespace cairn::service::echo {

// Opens once; those who wait go on.
class Gate {
 public:
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    wake_.notify_all();
    wake_.wait(lock, [this] { return open_; });
    --waiting_;
  }
  // Until so many wait.
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool open_ = false;
  int waiting_ = 0;
};

// Answers with what it saw of the call.
class EchoService final : public Echo::CallbackService {
 public:
  EchoService(Host& host, Gate* gate) : host_(host), gate_(gate) {}

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const SayRequest* request,
                                SayResponse* response) override {
    if (request->late()) return SayLate(context, request, response);
    return host_.runner().Run(context, [=, this](const base::Call& call) -> absl::Status {
      if (request->wait()) {
        host_.log().Info("gate_waits");
        gate_->Wait();
      }
      if (request->fail_with() != 0) {
        return errors::Make(static_cast<errors::Reason>(request->fail_with()), request->text(),
                            absl::Seconds(7));
      }
      response->set_text(request->text());
      response->set_peer(call.peer);
      response->set_trace_id(call.trace.trace_id);
      response->set_left_ms(absl::ToInt64Milliseconds(call.Left(host_.clock())));
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* Whisper(grpc::CallbackServerContext* context, const WhisperRequest*,
                                    WhisperResponse*) override {
    return host_.runner().Run(context, [](const base::Call&) { return absl::OkStatus(); });
  }

 private:
  grpc::ServerUnaryReactor* SayLate(grpc::CallbackServerContext* context, const SayRequest* request,
                                    SayResponse* response) {
    return host_.runner().RunLate(
        context,
        [=, this](const base::Call& call, RpcRunner::Reply reply) -> std::optional<absl::Status> {
          if (request->fail_with() != 0) {
            return errors::Make(static_cast<errors::Reason>(request->fail_with()), request->text());
          }
          late_.emplace_back([=, this, peer = call.peer] {
            gate_->Wait();
            response->set_text(request->text());
            response->set_peer(peer);
            reply.Ok();
          });
          return std::nullopt;
        },
        "Say");
  }

  Host& host_;
  Gate* const gate_;
  std::vector<std::jthread> late_;
};

// The TLS files of one service in a folder of their own.
class TlsFiles {
 public:
  TlsFiles(std::string folder, const cairn::testing::TestCa& ca,
           const std::vector<std::string>& dns_names)
      : folder_(std::move(folder)) {
    ::mkdir(folder_.c_str(), 0700);
    Put("ca.pem", ca.pem());
    Replace(ca, dns_names);
  }

  // Another certificate and key in the same files. Returns the serial number.
  std::string Replace(const cairn::testing::TestCa& ca,
                      const std::vector<std::string>& dns_names) const {
    const cairn::testing::TlsIdentity identity = ca.Issue(dns_names);
    Put("tls.key", identity.key_pem);
    Put("tls.pem", identity.certificate_pem);
    return identity.serial_hex;
  }

  config::Tls config() const {
    config::Tls tls;
    tls.set_certificate(folder_ + "/tls.pem");
    tls.set_key(folder_ + "/tls.key");
    tls.set_ca(folder_ + "/ca.pem");
    return tls;
  }

 private:
  // By rename, as the files of a running service must be replaced.
  void Put(const std::string& name, const std::string& content) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path + ".new", std::ios::binary) << content;
    ::chmod((path + ".new").c_str(), 0600);
    std::rename((path + ".new").c_str(), path.c_str());
  }

  const std::string folder_;
};

}  // namespace cairn::service::echo
