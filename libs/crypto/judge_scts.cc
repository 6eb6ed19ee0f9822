#include "libs/crypto/judge_scts.h"

#include <openssl/ct.h>
#include <openssl/x509v3.h>

#include <memory>

#include "libs/crypto/openssl.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::judge {
namespace {

using PolicyPtr = std::unique_ptr<CT_POLICY_EVAL_CTX, Deleter<CT_POLICY_EVAL_CTX_free>>;
using LogStorePtr = std::unique_ptr<CTLOG_STORE, Deleter<CTLOG_STORE_free>>;
using SctsPtr = std::unique_ptr<STACK_OF(SCT), Deleter<SCT_LIST_free>>;

absl::Status Bad(std::string_view detail) {
  ClearOpenSslErrors();
  return errors::Make(errors::Reason::kMalformed, detail);
}

X509Ptr Parsed(std::string_view der) {
  const unsigned char* at = Octets(der);
  return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

}  // namespace

absl::StatusOr<std::vector<bool>> CheckScts(std::string_view certificate_der,
                                            std::string_view issuer_der,
                                            const std::string& log_file, absl::Time now) {
  const X509Ptr certificate = Parsed(certificate_der);
  const X509Ptr issuer = Parsed(issuer_der);
  const LogStorePtr store(CTLOG_STORE_new());
  const PolicyPtr policy(CT_POLICY_EVAL_CTX_new());
  if (certificate == nullptr || issuer == nullptr)
    return Bad("OpenSSL doesn't parse a certificate");
  if (CTLOG_STORE_load_file(store.get(), log_file.c_str()) != 1) {
    return OpenSslError("reading the list of logs");
  }
  const SctsPtr scts(static_cast<STACK_OF(SCT)*>(
      X509_get_ext_d2i(certificate.get(), NID_ct_precert_scts, nullptr, nullptr)));
  if (scts == nullptr) return Bad("OpenSSL finds no SCTs");
  CT_POLICY_EVAL_CTX_set1_cert(policy.get(), certificate.get());
  CT_POLICY_EVAL_CTX_set1_issuer(policy.get(), issuer.get());
  CT_POLICY_EVAL_CTX_set_shared_CTLOG_STORE(policy.get(), store.get());
  CT_POLICY_EVAL_CTX_set_time(policy.get(), static_cast<uint64_t>(absl::ToUnixMillis(now)));
  std::vector<bool> valid;
  for (int i = 0; i < sk_SCT_num(scts.get()); ++i) {
    valid.push_back(SCT_validate(sk_SCT_value(scts.get(), i), policy.get()) == 1);
  }
  ClearOpenSslErrors();
  return valid;
}

}  // namespace cairn::crypto::judge
