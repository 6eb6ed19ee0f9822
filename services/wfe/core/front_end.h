#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/call.h"
#include "libs/base/clock.h"
#include "libs/crypto/public_key.h"
#include "libs/http/server/server.h"
#include "services/ra/api/registration.h"
#include "services/sa/api/account_reader.h"
#include "services/sa/api/order_reader.h"
#include "services/wfe/core/account_cache.h"
#include "services/wfe/core/accounts.h"
#include "services/wfe/core/acme_request.h"
#include "services/wfe/core/authorizations.h"
#include "services/wfe/core/certificate_cache.h"
#include "services/wfe/core/certificates.h"
#include "services/wfe/core/fresh_authorizations.h"
#include "services/wfe/core/nonces.h"
#include "services/wfe/core/orders.h"
#include "services/wfe/core/patience.h"

namespace cairn::wfe {

// Which paths there are (RFC 8555 section 7.1), what every request must bring before a
// resource sees it, and what every answer carries. What is decided is decided by the
// RA. Thread-safe; Handle may block.
class FrontEnd {
 public:
  struct Options {
    // By listener, without a trailing slash.
    std::vector<std::string> base_urls;
    std::string terms_of_service;
    std::string website;
    std::vector<std::string> caa_identities;
    size_t cached_accounts = 10'000;
    size_t cached_certificates = 2000;
  };
  struct Peers {
    ra::Registration& registration;
    sa::AccountReader& accounts;
    sa::OrderReader& orders;
  };
  // kBadPublicKey for a key that no account may have.
  using KeyCheck = std::function<absl::Status(const crypto::PublicKey&)>;

  FrontEnd(Options options, const Peers& peers, NonceBook& nonces, Patience& patience,
           const base::Clock& clock, KeyCheck check_key);

  // `listener` is the index of the base URL under which the request came in.
  http::Response Handle(const base::Call& call, size_t listener, const http::Request& request);

  // The problem document for a request that does not get as far as Handle. Does not block.
  http::Response Refuse(size_t listener, const absl::Status& status) const;

  // The resource that a path names, for metrics: "new_order", "other".
  static std::string_view ResourceName(std::string_view target);

 private:
  struct Route;
  using Handler = absl::StatusOr<http::Response> (FrontEnd::*)(const base::Call&,
                                                               const AcmeRequest&);

  static const Route* FindRoute(std::string_view path);
  static const std::vector<Route>& Routes();
  static void AddCommonHeaders(std::string_view base_url, std::string_view path,
                               http::Response& response);

  absl::StatusOr<http::Response> HandlePost(const base::Call& call, const Route& route,
                                            size_t listener, std::string_view path,
                                            const http::Request& request);

  absl::StatusOr<http::Response> GetDirectory(const base::Call&, const AcmeRequest& request);
  absl::StatusOr<http::Response> NewNonce(const base::Call&, const AcmeRequest& request);

  // A route's handler that is a method of a resource.
  template <auto resource, auto method>
  absl::StatusOr<http::Response> To(const base::Call& call, const AcmeRequest& request) {
    return ((this->*resource).*method)(call, request);
  }

  std::string DirectoryJson(std::string_view base_url) const;

  const Options options_;
  NonceBook& nonces_;
  const KeyCheck check_key_;
  AccountCache account_cache_;
  FreshAuthorizations fresh_authorizations_;
  CertificateCache certificate_cache_;
  Accounts accounts_;
  Orders orders_;
  Authorizations authorizations_;
  Certificates certificates_;
  const std::vector<std::string> directories_;  // by listener
};

}  // namespace cairn::wfe
