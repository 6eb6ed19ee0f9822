#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/crypto/private_key.h"
#include "libs/ct/log_list.h"
#include "libs/ct/sct.h"
#include "libs/ct/test_log.h"
#include "libs/der/mutations.h"
#include "libs/lint/lint.h"
#include "libs/policy/key_blocklist.h"
#include "libs/policy/public_suffixes.h"
#include "libs/x509/certificate.h"
#include "libs/x509/tbs_certificate.h"
#include "libs/x509/test_certificates.h"
#include "services/ca/signing/leaf_check.h"

// Everything that the signer signs for subscribers, for tests that change it.
namespace cairn::ca::signing {

enum class Form { kWithoutCt, kPrecertificate, kWithScts };

// One thing that is to be signed, as the signer composes it.
struct Case {
  std::string name;
  Form form;
  x509::Leaf leaf;
  const x509::Certificate* issuer;
  std::string tbs;
  // With SCTs only.
  std::optional<x509::Certificate> precertificate;
  std::vector<ct::SignedCertificateTimestamp> scts;
  // Others of the same form, and whole elements that might be put in.
  std::vector<std::string> donors;
};

// Issuers of each kind, subscriber keys of each kind, each form, and what profiles
// may vary. Thread-safe once it is made.
class MutationCases {
 public:
  MutationCases();

  const std::vector<Case>& all() const { return cases_; }
  cairn::testing::DerMutations MutationsOf(const Case& of) const;
  // Whether the check before the signature lets these octets pass for the case.
  bool Passes(const Case& of, const std::string& tbs) const;
  // Whether the linters would, had they to look alone.
  bool LintsPass(const Case& of, const std::string& tbs) const;

 private:
  x509::Leaf MakeLeaf(const cairn::testing::TestIssuer& ca, crypto::KeyType type, bool full) const;
  // Another certificate by another issuer, in every field.
  x509::Leaf Another(const x509::Leaf& leaf) const;
  Case Make(const cairn::testing::TestIssuer& ca, const x509::Certificate& issuer,
            const x509::Leaf& leaf, Form form) const;
  std::string Tbs(const x509::Leaf& leaf, Form form) const;
  std::vector<ct::SignedCertificateTimestamp> Promises(const crypto::PublicKey& issuer,
                                                       const std::string& entry) const;
  LeafCheck::Rules RulesOf(const Case& of) const;

  std::vector<std::unique_ptr<cairn::testing::TestIssuer>> cas_;
  std::vector<x509::Certificate> issuers_;
  std::map<crypto::KeyType, std::vector<crypto::PublicKey>> keys_;  // two of each
  std::vector<cairn::testing::TestLog> log_keys_;
  std::optional<ct::LogList> logs_;
  lint::Logs known_logs_;
  lint::AllowList allowed_;
  policy::KeyBlocklist no_keys_;
  policy::PublicSuffixes suffixes_;
  mutable lint::KeyCache key_cache_;
  std::vector<Case> cases_;
};

// Which field of a TBSCertificate the octets first differ in: "serial",
// "extension 2.5.29.17", ... For reports.
std::string FieldOf(std::string_view tbs, std::string_view mutated);

}  // namespace cairn::ca::signing
