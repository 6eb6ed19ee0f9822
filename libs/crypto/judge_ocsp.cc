#include "libs/crypto/judge_ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>

#include <ctime>
#include <memory>
#include <optional>

#include "libs/base/strings.h"
#include "libs/crypto/openssl.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::judge {
namespace {

using BasicPtr = std::unique_ptr<OCSP_BASICRESP, Deleter<OCSP_BASICRESP_free>>;
using CertIdPtr = std::unique_ptr<OCSP_CERTID, Deleter<OCSP_CERTID_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Deleter<ASN1_INTEGER_free>>;
using RequestPtr = std::unique_ptr<OCSP_REQUEST, Deleter<OCSP_REQUEST_free>>;
using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;

absl::Status Bad(std::string_view detail) {
  ClearOpenSslErrors();
  return errors::Make(errors::Reason::kMalformed, detail);
}

ResponsePtr Parsed(std::string_view der) {
  const unsigned char* at = Octets(der);
  ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (at != Octets(der) + der.size()) response.reset();
  ClearOpenSslErrors();
  return response;
}

std::optional<absl::Time> TimeOf(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return absl::FromTM(parts, absl::UTCTimeZone());
}

IntegerPtr IntegerOf(std::string_view big_endian) {
  const BigNumPtr number(
      BN_bin2bn(Octets(big_endian), static_cast<int>(big_endian.size()), nullptr));
  return IntegerPtr(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

}  // namespace

absl::StatusOr<OcspResponse> ReadOcspResponse(std::string_view der) {
  const ResponsePtr response = Parsed(der);
  if (response == nullptr) return Bad("OpenSSL doesn't parse the response");
  const BasicPtr basic(OCSP_response_get1_basic(response.get()));
  if (basic == nullptr) return Bad("OpenSSL finds no basic response");
  if (OCSP_resp_count(basic.get()) != 1) return Bad("OpenSSL finds another number of answers");
  OcspResponse out;
  out.data_der = Encoded(OCSP_resp_get0_respdata(basic.get()), i2d_OCSP_RESPDATA);
  OCSP_SINGLERESP* const single = OCSP_resp_get0(basic.get(), 0);
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial,
                    const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
  out.serial.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                    static_cast<size_t>(ASN1_STRING_length(serial)));
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  const int status =
      OCSP_single_get0_status(single, &out.reason, nullptr, &this_update, &next_update);
  if (status == V_OCSP_CERTSTATUS_UNKNOWN) return Bad("OpenSSL reads \"unknown\"");
  out.revoked = status == V_OCSP_CERTSTATUS_REVOKED;
  if (!out.revoked) out.reason = -1;
  const std::optional<absl::Time> from = TimeOf(this_update);
  const std::optional<absl::Time> until = TimeOf(next_update);
  if (!from || !until) return Bad("OpenSSL doesn't read the times");
  out.this_update = *from;
  out.next_update = *until;
  if (Encoded(response.get(), i2d_OCSP_RESPONSE) != der) {
    return Bad("OpenSSL encodes the response in another way");
  }
  return out;
}

absl::Status VerifyOcspResponse(std::string_view der, std::string_view issuer_der,
                                std::string_view serial, absl::Time at) {
  const ResponsePtr response = Parsed(der);
  const BasicPtr basic(response == nullptr ? nullptr : OCSP_response_get1_basic(response.get()));
  if (basic == nullptr) return Bad("OpenSSL finds no basic response");
  const unsigned char* octets = Octets(issuer_der);
  const X509Ptr issuer(d2i_X509(nullptr, &octets, static_cast<long>(issuer_der.size())));
  if (issuer == nullptr) return Bad("OpenSSL doesn't parse the issuer");

  // Nobody but the issuer is trusted; its own chain is not looked at here.
  const StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), issuer.get());
  X509_VERIFY_PARAM* const parameters = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(at));
  STACK_OF(X509)* const known = sk_X509_new_null();
  sk_X509_push(known, issuer.get());
  const int verified = OCSP_basic_verify(basic.get(), known, store.get(), 0);
  sk_X509_free(known);
  if (verified != 1) {
    const char* const why = ERR_reason_error_string(ERR_peek_last_error());
    return Bad(base::Cat("OpenSSL refuses the response: ", why == nullptr ? "no reason" : why));
  }

  const IntegerPtr number = IntegerOf(serial);
  const CertIdPtr id(OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(issuer.get()),
                                      X509_get0_pubkey_bitstr(issuer.get()), number.get()));
  const CertIdPtr id256(OCSP_cert_id_new(EVP_sha256(), X509_get_subject_name(issuer.get()),
                                         X509_get0_pubkey_bitstr(issuer.get()), number.get()));
  int index = OCSP_resp_find(basic.get(), id.get(), -1);
  if (index < 0) index = OCSP_resp_find(basic.get(), id256.get(), -1);
  if (index < 0) return Bad("OpenSSL finds no answer about the certificate");
  ASN1_GENERALIZEDTIME* this_update = nullptr;
  ASN1_GENERALIZEDTIME* next_update = nullptr;
  OCSP_single_get0_status(OCSP_resp_get0(basic.get(), index), nullptr, nullptr, &this_update,
                          &next_update);
  const std::optional<absl::Time> from = TimeOf(this_update);
  const std::optional<absl::Time> until = TimeOf(next_update);
  if (!from || *from > at || (until && *until < at)) return Bad("the answer does not hold now");
  return absl::OkStatus();
}

int CountOcspRequest(std::string_view der) {
  const unsigned char* at = Octets(der);
  const RequestPtr request(d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(der.size())));
  const bool all = request != nullptr && at == Octets(der) + der.size();
  ClearOpenSslErrors();
  return all ? OCSP_request_onereq_count(request.get()) : -1;
}

}  // namespace cairn::crypto::judge
