#include "services/wfe/core/certificates.h"

#include <optional>
#include <string>
#include <utility>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/errors/errors.h"
#include "services/wfe/core/payload.h"
#include "services/wfe/core/rendering.h"

namespace cairn::wfe {

absl::StatusOr<http::Response> Certificates::Read(const base::Call& call,
                                                  const AcmeRequest& request) {
  const auto serial = base::FromHex(request.rest);
  if (!serial || serial->size() != 16) {
    return errors::Make(errors::Reason::kNotFound, "there is no such certificate");
  }
  if (!request.post_as_get()) {
    return Malformed("a certificate is only read: the payload must be empty");
  }
  std::optional<std::string> pem = cache_.Get(*serial, request.account.account_id());
  if (!pem) {
    sa::v1::GetCertificateRequest get;
    *get.mutable_account() = request.account;
    get.set_serial(*serial);
    ASSIGN_OR_RETURN(const auto got, reader_.GetCertificate(call, get));
    pem = PemChain(got.certificate(), {got.chain().begin(), got.chain().end()});
  }
  http::Response response;
  response.content_type = "application/pem-certificate-chain";
  response.headers = {{"Cache-Control", "private, max-age=86400"}};
  response.body = *std::move(pem);
  return response;
}

}  // namespace cairn::wfe
