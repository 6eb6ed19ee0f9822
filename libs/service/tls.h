#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>

#include "protos/config/common.pb.h"

namespace cairn::service {

// The mutual TLS of one process: one watcher of the three files for its server
// and all its channels. New files serve the handshakes that begin after they were
// seen, at most a second later; what is connected stays connected.
class Tls {
 public:
  // Reads the files once to say early, and in words, what is wrong with them: a
  // missing or unreadable file, no PEM in it, a key that group or others may read
  // or that is not the certificate's.
  static absl::StatusOr<std::unique_ptr<Tls>> Load(const config::Tls& files);

  // Demands and verifies a client certificate in the handshake.
  std::shared_ptr<grpc::ServerCredentials> Server() const;
  // Verifies that the server's certificate has the channel's target name.
  std::shared_ptr<grpc::ChannelCredentials> Channel() const;

 private:
  explicit Tls(const config::Tls& files);

  const std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

}  // namespace cairn::service
