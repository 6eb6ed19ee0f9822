#include "tests/load/csr.h"

#include "libs/base/invariant.h"
#include "libs/der/tags.h"
#include "libs/der/value.h"

namespace cairn::load {

CsrMaker::CsrMaker(int keys) {
  for (int i = 0; i < keys; ++i) {
    keys_.push_back(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  }
}

// RFC 2986 section 4, with the extension request of RFC 2985 section 5.4.2.
std::string CsrMaker::Make(const std::vector<std::string>& names) {
  const crypto::PrivateKey& key = keys_[next_++ % keys_.size()];
  std::vector<der::Value> general_names;
  for (const std::string& name : names) {
    general_names.push_back(der::Wrap(der::Context(2), name));
  }
  const der::Value subject_alt_name =
      der::Sequence(der::Oid("2.5.29.17"), der::OctetString(der::Sequence(general_names).bytes()));
  const der::Value extension_request = der::Sequence(
      der::Oid("1.2.840.113549.1.9.14"), der::Set({der::Sequence(std::vector{subject_alt_name})}));
  const der::Value info =
      der::Sequence(der::Integer(0), der::Sequence(), der::Raw(key.public_key().spki_der()),
                    der::Wrap(der::ContextConstructed(0), extension_request.bytes()));
  const auto signature = key.Sign(crypto::SignatureAlgorithm::kEcdsaSha256, info.bytes());
  INVARIANT(signature.ok(), "a fresh P-256 key can sign");
  return der::Sequence(info, der::Sequence(std::vector{der::Oid("1.2.840.10045.4.3.2")}),
                       der::BitString(*signature))
      .bytes();
}

}  // namespace cairn::load
