#include "libs/ct/sct.h"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/private_key.h"
#include "libs/ct/test_log.h"
#include "libs/ct/tls.h"
#include "libs/testing/status_matchers.h"

namespace cairn::ct {
namespace {

using crypto::KeyType;
using errors::Reason;
using testing::TestLog;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);

const TestLog& ALog() {
  static const auto* log = new TestLog;
  return *log;
}

Entry AnEntry() { return Entry::Precertificate(ALog().key(), "a TBSCertificate"); }

TEST_CASE("an SCT is encoded as RFC 6962 section 3.2 draws it", "[CT-12]") {
  SignedCertificateTimestamp sct;
  sct.log_id = std::string(32, 'L');
  sct.timestamp = 0x0102030405060708;
  sct.extensions = "ext";
  sct.signature = {.algorithm = DigitallySigned::Algorithm::kEcdsa, .signature = "sig"};
  const std::string bytes = std::string(1, '\0') + std::string(32, 'L') +
                            "\x01\x02\x03\x04\x05\x06\x07\x08" + std::string("\0\3ext", 5) +
                            "\x04\x03" + std::string("\0\3sig", 5);
  CHECK(base::ToHex(sct.Encode()) == base::ToHex(bytes));
  const auto read = SignedCertificateTimestamp::Parse(bytes);
  REQUIRE_OK(read);
  CHECK(*read == sct);
  CHECK(read->time() == absl::FromUnixMillis(0x0102030405060708));

  SECTION("RSA has the number 1") {
    sct.signature.algorithm = DigitallySigned::Algorithm::kRsa;
    CHECK(sct.Encode().find("\x04\x01") != std::string::npos);
    CHECK(SignedCertificateTimestamp::Parse(sct.Encode())->signature == sct.signature);
  }
  SECTION("every prefix of it, and one octet more, is refused") {
    for (size_t size = 0; size < bytes.size(); ++size) {
      CHECK_REASON(SignedCertificateTimestamp::Parse(bytes.substr(0, size)), Reason::kMalformed);
    }
    CHECK_REASON(SignedCertificateTimestamp::Parse(bytes + "x"), Reason::kMalformed);
  }
}

TEST_CASE("an SCT that is not of version 1 with a log's algorithm is refused", "[CT-12]") {
  const auto [why, place, octet] = GENERATE(table<const char*, size_t, char>({
      {"version 2", 0, '\1'},
      {"a time beyond 2^63", 33, '\x80'},
      {"SHA-1", 43, '\2'},
      {"DSA", 44, '\2'},
  }));
  INFO(why);
  std::string bytes = ALog().Promise(AnEntry(), kNow).Encode();
  bytes[place] = octet;
  CHECK_REASON(SignedCertificateTimestamp::Parse(bytes), Reason::kMalformed);
}

TEST_CASE("the octets of a signature are those of RFC 6962 section 3.2", "[CT-12]") {
  const Entry pre{
      .type = Entry::Type::kPrecertificate, .issuer_key_hash = std::string(32, 'H'), .body = "tbs"};
  CHECK(SignedOctets(7, pre, "e") == std::string("\0\0\0\0\0\0\0\0\0\7\0\1", 12) +
                                         std::string(32, 'H') + std::string("\0\0\3tbs\0\1e", 9));
  CHECK(SignedOctets(7, Entry::Certificate("der"), "") ==
        std::string("\0\0\0\0\0\0\0\0\0\7\0\0\0\0\3der\0\0", 20));
  // A leaf of the tree differs in its first two octets' meaning only.
  CHECK(MerkleTreeLeaf(7, pre, "e") == SignedOctets(7, pre, "e"));
  CHECK(pre.issuer_key_hash.size() == 32);
  CHECK(AnEntry().issuer_key_hash == crypto::Sha256(ALog().key().spki_der()));
}

TEST_CASE("an SCT verifies for its log, its entry and its extensions alone", "[CT-12][CT-13]") {
  const KeyType type = GENERATE(KeyType::kEcP256, KeyType::kRsa);
  const TestLog log(type);
  const Entry entry = AnEntry();
  const std::string extensions = LeafIndexExtensions(12345);
  SignedCertificateTimestamp sct = log.Promise(entry, kNow, extensions);
  CHECK_OK(VerifySct(sct, log.key(), entry));

  SECTION("another log") {
    const TestLog other(type);
    CHECK_REASON(VerifySct(sct, other.key(), entry), Reason::kIncorrectResponse);
    sct.log_id = LogIdOf(other.key());
    CHECK_REASON(VerifySct(sct, other.key(), entry), Reason::kIncorrectResponse);
  }
  SECTION("another entry") {
    Entry other = entry;
    other.body += "x";
    CHECK_REASON(VerifySct(sct, log.key(), other), Reason::kIncorrectResponse);
    other = entry;
    other.issuer_key_hash[0] ^= 1;
    CHECK_REASON(VerifySct(sct, log.key(), other), Reason::kIncorrectResponse);
    CHECK_REASON(VerifySct(sct, log.key(), Entry::Certificate(entry.body)),
                 Reason::kIncorrectResponse);
  }
  SECTION("another time") {
    ++sct.timestamp;
    CHECK_REASON(VerifySct(sct, log.key(), entry), Reason::kIncorrectResponse);
  }
  SECTION("stripped or changed extensions") {
    sct.extensions = "";
    CHECK_REASON(VerifySct(sct, log.key(), entry), Reason::kIncorrectResponse);
    sct.extensions = LeafIndexExtensions(12346);
    CHECK_REASON(VerifySct(sct, log.key(), entry), Reason::kIncorrectResponse);
  }
  SECTION("a changed signature, and one that says it is of the other algorithm") {
    SignedCertificateTimestamp other = sct;
    other.signature.signature.back() ^= 1;
    CHECK_REASON(VerifySct(other, log.key(), entry), Reason::kIncorrectResponse);
    sct.signature.algorithm = type == KeyType::kRsa ? DigitallySigned::Algorithm::kEcdsa
                                                    : DigitallySigned::Algorithm::kRsa;
    CHECK_REASON(VerifySct(sct, log.key(), entry), Reason::kIncorrectResponse);
  }
}

TEST_CASE("only P-256 and big RSA keys are keys of logs") {
  for (const KeyType type : {KeyType::kEcP384, KeyType::kEcP521, KeyType::kEd25519}) {
    const auto key = crypto::PrivateKey::Generate(type);
    CHECK_REASON(CheckLogKey(key.public_key()), Reason::kBadPublicKey);
  }
  const auto small = crypto::PrivateKey::Generate(KeyType::kRsa, 1024);
  CHECK_REASON(CheckLogKey(small.public_key()), Reason::kBadPublicKey);
  CHECK_OK(CheckLogKey(ALog().key()));
}

TEST_CASE("an SCT is from the past, but not too old", "[CT-12]") {
  const auto at = [](absl::Duration age) { return ALog().Promise(AnEntry(), kNow - age); };
  CHECK_OK(CheckSctTime(at(absl::ZeroDuration()), kNow, absl::Hours(24)));
  CHECK_OK(CheckSctTime(at(absl::Hours(24)), kNow, absl::Hours(24)));
  CHECK_OK(CheckSctTime(at(-absl::Seconds(10)), kNow, absl::Hours(24)));
  CHECK_REASON(CheckSctTime(at(-absl::Seconds(11)), kNow, absl::Hours(24)),
               Reason::kIncorrectResponse);
  CHECK_REASON(CheckSctTime(at(absl::Hours(24) + absl::Milliseconds(1)), kNow, absl::Hours(24)),
               Reason::kIncorrectResponse);
}

TEST_CASE("a leaf index has eight octets, and unknown extensions are ignored", "[CT-13]") {
  SignedCertificateTimestamp sct = ALog().Promise(AnEntry(), kNow);
  const auto index_of = [&](std::string extensions) {
    sct.extensions = std::move(extensions);
    return sct.LeafIndex();
  };
  CHECK(base::ToHex(LeafIndexExtensions(0x0102030405)) == "0000050102030405");
  CHECK(index_of(LeafIndexExtensions(0x0102030405)).value() == 0x0102030405);
  CHECK(index_of("").value() == std::nullopt);
  CHECK(index_of(std::string("\7\0\1x", 4)).value() == std::nullopt);
  CHECK(index_of(std::string("\7\0\1x", 4) + LeafIndexExtensions(9)).value() == 9);
  CHECK_REASON(index_of(LeafIndexExtensions(1) + LeafIndexExtensions(2)), Reason::kMalformed);
  CHECK_REASON(index_of(std::string("\0\0\4abcd", 7)), Reason::kMalformed);
  CHECK_REASON(index_of(std::string("\0\0\6abcdef", 9)), Reason::kMalformed);
  CHECK_REASON(index_of("x"), Reason::kMalformed);
}

TEST_CASE("a list of SCTs is read as it was written", "[CT-14]") {
  const TestLog other;
  const std::vector<SignedCertificateTimestamp> scts = {
      ALog().Promise(AnEntry(), kNow), other.Promise(AnEntry(), kNow, LeafIndexExtensions(1))};
  const std::string list = EncodeSctList(scts);
  const auto read = ParseSctList(list);
  REQUIRE_OK(read);
  CHECK(*read == scts);

  SECTION("an empty list is refused") {
    CHECK_REASON(ParseSctList(std::string("\0\0", 2)), Reason::kMalformed);
    CHECK_REASON(ParseSctList(""), Reason::kMalformed);
  }
  SECTION("an empty SCT is refused") {
    CHECK_REASON(ParseSctList(std::string("\0\2\0\0", 4)), Reason::kMalformed);
  }
  SECTION("two SCTs of one log are refused") {
    CHECK_REASON(ParseSctList(EncodeSctList(std::vector{scts[0], scts[0]})), Reason::kMalformed);
  }
  SECTION("lengths that don't add up are refused") {
    CHECK_REASON(ParseSctList(list + "x"), Reason::kMalformed);
    CHECK_REASON(ParseSctList(list.substr(0, list.size() - 1)), Reason::kMalformed);
    CHECK_REASON(ParseSctList(TlsVector(list.substr(2) + "x", 2)), Reason::kMalformed);
  }
}

}  // namespace
}  // namespace cairn::ct
