#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/encoding.h"
#include "libs/crypto/judge_ocsp.h"
#include "libs/crypto/private_key.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/testing/status_matchers.h"
#include "libs/x509/algorithm.h"
#include "libs/x509/names.h"
#include "libs/x509/ocsp_request.h"
#include "libs/x509/ocsp_response.h"
#include "libs/x509/oids.h"
#include "libs/x509/test_certificates.h"

namespace cairn::x509 {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;
using errors::Reason;

const absl::Time kNow = absl::FromUnixSeconds(1795000000);  // 2026-11-18
const std::string kSerial = base::FromHex("0102030405060708090a0b0c0d0e0f10").value();

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

struct Responder {
  Responder()
      : issuer("Issuer", KeyType::kEcP256, kNow - absl::Hours(1), kNow + absl::Hours(9000)),
        key(PrivateKey::Generate(KeyType::kEcP384)) {
    certificate = testing::DelegateOcsp(issuer, key.public_key(), kNow - absl::Hours(1),
                                        kNow + absl::Hours(900));
  }

  OcspContent Content() const {
    return {.responder_key_hash = OcspKeyHash(key.public_key()),
            .produced_at = kNow,
            .certificate = OcspCertIdOf(OcspHash::kSha1, issuer.name_der(),
                                        issuer.key().public_key(), kSerial),
            .revoked = std::nullopt,
            .this_update = kNow - absl::Minutes(1),
            .next_update = kNow + absl::Hours(96)};
  }
  std::string Sign(const OcspContent& content) const {
    const std::string data = ComposeOcspData(content);
    const auto algorithm = CertificateAlgorithm(key.public_key().type());
    return ComposeOcspResponse(data, algorithm, key.Sign(algorithm, data).value(), certificate);
  }

  testing::TestIssuer issuer;
  PrivateKey key;
  std::string certificate;
};

TEST_CASE("OpenSSL accepts what a delegated responder signs, for the issuer's certificate",
          "[OCSP-03][OCSP-10][OCSP-13][OCSP-16][OCSP-17][OCSP-18][OCSP-19]") {
  const Responder responder;
  OcspContent content = responder.Content();
  content.certificate.hash = GENERATE(OcspHash::kSha1, OcspHash::kSha256);
  content.certificate = OcspCertIdOf(content.certificate.hash, responder.issuer.name_der(),
                                     responder.issuer.key().public_key(), kSerial);
  content.revoked =
      GENERATE(std::optional<OcspRevocation>(), OcspRevocation{kNow - absl::Hours(2), std::nullopt},
               OcspRevocation{kNow - absl::Hours(2), RevocationReason::kKeyCompromise});
  const std::string der = responder.Sign(content);

  const absl::StatusOr<crypto::judge::OcspResponse> read = crypto::judge::ReadOcspResponse(der);
  REQUIRE_OK(read);
  CHECK(read->data_der == ComposeOcspData(content));
  CHECK(read->serial == kSerial);
  CHECK(read->revoked == content.revoked.has_value());
  CHECK(read->reason == (content.revoked && content.revoked->reason ? 1 : -1));
  CHECK(read->next_update == content.next_update);
  const std::string& issuer = responder.issuer.certificate_der();
  CHECK_OK(crypto::judge::VerifyOcspResponse(der, issuer, kSerial, kNow));
  CHECK_REASON(crypto::judge::VerifyOcspResponse(der, issuer, "\x05", kNow), Reason::kMalformed);
  CHECK_REASON(
      crypto::judge::VerifyOcspResponse(der, issuer, kSerial, content.next_update + absl::Hours(1)),
      Reason::kMalformed);
  const Responder other;
  CHECK_REASON(
      crypto::judge::VerifyOcspResponse(der, other.issuer.certificate_der(), kSerial, kNow),
      Reason::kMalformed);
}

TEST_CASE("a response is read as it was composed", "[OCSP-10][OCSP-13][OCSP-24]") {
  const Responder responder;
  OcspContent content = responder.Content();
  content.revoked = OcspRevocation{kNow - absl::Hours(2), RevocationReason::kSuperseded};
  const absl::StatusOr<OcspResponse> read = OcspResponse::Parse(responder.Sign(content));
  REQUIRE_OK(read);
  CHECK(read->VerifySignature(responder.key.public_key()));
  CHECK_FALSE(read->VerifySignature(responder.issuer.key().public_key()));
  CHECK(read->content().responder_key_hash == content.responder_key_hash);
  CHECK(read->content().certificate == content.certificate);
  CHECK(read->content().revoked == content.revoked);
  CHECK(read->content().produced_at == content.produced_at);
  CHECK(read->content().this_update == content.this_update);
  CHECK(read->content().next_update == content.next_update);
  REQUIRE(read->responder().has_value());
  CHECK(read->responder()->der() == responder.certificate);
  CHECK(read->algorithm() == crypto::SignatureAlgorithm::kEcdsaSha384);
}

TEST_CASE("what OpenSSL's responder writes in this shape is read", "[OCSP-18]") {
  const auto read = [](const std::string& name) {
    return OcspResponse::Parse(ReadFile("libs/x509/testdata/ocsp_response_fuzz/" + name + ".der"));
  };
  const auto good = read("good");
  REQUIRE_OK(good);
  CHECK_FALSE(good->content().revoked.has_value());
  CHECK(good->content().certificate.serial == kSerial);
  REQUIRE(good->responder().has_value());
  CHECK(good->VerifySignature(good->responder()->public_key()));
  CHECK(good->content().responder_key_hash == OcspKeyHash(good->responder()->public_key()));
  const auto revoked = read("revoked");
  REQUIRE_OK(revoked);
  CHECK(revoked->content().revoked->reason == RevocationReason::kKeyCompromise);
  CHECK_OK(read("direct"));
  // A responder that goes by its name is not one of ours.
  CHECK_REASON(read("by_name"), Reason::kMalformed);
}

// A ResponseData written by hand, each part replaceable by a wrong one.
struct Parts {
  std::vector<der::Value> before;  // the responder
  der::Value responder = der::Explicit(2, der::OctetString(std::string(20, 'k')));
  der::Value produced_at = der::GeneralizedTime(kNow);
  der::Value status = der::Implicit(0, der::Null());
  der::Value this_update = der::GeneralizedTime(kNow);
  std::vector<der::Value> after = {der::Explicit(0, der::GeneralizedTime(kNow + absl::Hours(9)))};
  std::vector<der::Value> extensions;
  int copies = 1;

  std::string Response() const {
    std::vector<der::Value> single = {ComposeOcspCertId(Responder().Content().certificate), status,
                                      this_update};
    single.insert(single.end(), after.begin(), after.end());
    std::vector<der::Value> data = before;
    data.push_back(responder);
    data.push_back(produced_at);
    data.push_back(
        der::Sequence(std::vector<der::Value>(static_cast<size_t>(copies), der::Sequence(single))));
    data.insert(data.end(), extensions.begin(), extensions.end());
    return ComposeOcspResponse(der::Sequence(data).bytes(),
                               crypto::SignatureAlgorithm::kEcdsaSha256, "s", std::nullopt);
  }
};

TEST_CASE("a response of another shape is not read",
          "[OCSP-07][OCSP-10][OCSP-11][OCSP-15][OCSP-16][OCSP-17][OCSP-19]") {
  CHECK_OK(OcspResponse::Parse(Parts{}.Response()));
  const auto refused = [](const std::function<void(Parts&)>& spoil) {
    Parts parts;
    spoil(parts);
    CHECK_REASON(OcspResponse::Parse(parts.Response()), Reason::kMalformed);
  };
  const der::Value none = der::Sequence(std::vector<der::Value>{});
  refused([](Parts& p) { p.before = {der::Explicit(0, der::Integer(0))}; });
  refused([](Parts& p) { p.responder = der::Explicit(1, CommonNameOnly("R")); });
  refused([](Parts& p) { p.responder = der::Explicit(2, der::OctetString("short")); });
  refused([](Parts& p) { p.produced_at = der::Time(kNow); });
  refused([](Parts& p) { p.status = der::Implicit(2, der::Null()); });
  refused([](Parts& p) {
    p.status = der::Implicit(
        1, der::Sequence(der::GeneralizedTime(kNow), der::Explicit(0, der::Wrap(0x0a, "\x06"))));
  });
  refused([](Parts& p) { p.this_update = der::Time(kNow); });
  refused([](Parts& p) { p.after.clear(); });
  refused([&](Parts& p) { p.after.push_back(der::Explicit(1, none)); });
  refused([&](Parts& p) { p.extensions = {der::Explicit(1, none)}; });
  refused([](Parts& p) { p.copies = 0; });
  refused([](Parts& p) { p.copies = 2; });
}

TEST_CASE("an error of a responder, and what is no response, is not read", "[OCSP-18]") {
  CHECK_REASON(OcspResponse::Parse(""), Reason::kMalformed);
  CHECK_REASON(OcspResponse::Parse(base::FromHex("30030a0103").value()), Reason::kMalformed);
  std::string der = Parts{}.Response();
  CHECK_REASON(OcspResponse::Parse(der + "x"), Reason::kMalformed);
  der.pop_back();
  CHECK_REASON(OcspResponse::Parse(der), Reason::kMalformed);
}

TEST_CASE("requests that OpenSSL writes are read", "[OCSP-24][OCSP-26][OCSP-28]") {
  const auto read = [](const std::string& name) {
    return OcspRequest::Parse(ReadFile("libs/x509/testdata/ocsp_request_fuzz/" + name + ".der"));
  };
  for (const char* name : {"sha1", "sha256", "nonce", "signed"}) {
    INFO(name);
    const auto request = read(name);
    REQUIRE_OK(request);
    REQUIRE(request->certificates.size() == 1);
    CHECK(request->certificates[0].serial == kSerial);
    CHECK((request->certificates[0].hash == OcspHash::kSha256) == (name == std::string("sha256")));
    CHECK(request->nonce.has_value() == (name == std::string("nonce")));
  }
  CHECK(read("nonce")->nonce->size() == 16);
  const auto two = read("two");
  REQUIRE_OK(two);
  REQUIRE(two->certificates.size() == 2);
  CHECK(two->certificates[1].serial == "\x05");
}

// A request written by hand.
std::string Request(const std::vector<der::Value>& before, int certificates,
                    const std::vector<der::Value>& entry_after,
                    const std::vector<der::Value>& after) {
  std::vector<der::Value> entry = {ComposeOcspCertId({.hash = OcspHash::kSha1,
                                                      .issuer_name_hash = std::string(20, 'n'),
                                                      .issuer_key_hash = std::string(20, 'k'),
                                                      .serial = kSerial})};
  entry.insert(entry.end(), entry_after.begin(), entry_after.end());
  std::vector<der::Value> tbs = before;
  tbs.push_back(der::Sequence(
      std::vector<der::Value>(static_cast<size_t>(certificates), der::Sequence(entry))));
  tbs.insert(tbs.end(), after.begin(), after.end());
  return der::Sequence(der::Sequence(tbs)).bytes();
}
der::Value Extensions(std::string_view oid, bool critical, std::string_view value) {
  const der::Value octets = der::OctetString(value);
  return der::Sequence(critical ? der::Sequence(der::Oid(oid), der::Boolean(true), octets)
                                : der::Sequence(der::Oid(oid), octets));
}

TEST_CASE("the extensions of a request are ignored only where that is safe", "[OCSP-28][OCSP-29]") {
  const std::string_view other = "1.2.3.4";
  CHECK_OK(OcspRequest::Parse(Request({}, 1, {}, {})));
  CHECK_OK(OcspRequest::Parse(
      Request({}, 1, {}, {der::Explicit(2, Extensions(other, false, "\x05\x00"))})));
  CHECK_OK(
      OcspRequest::Parse(Request({}, 1, {der::Explicit(0, Extensions(other, false, "x"))}, {})));
  CHECK_REASON(
      OcspRequest::Parse(Request({}, 1, {}, {der::Explicit(2, Extensions(other, true, "x"))})),
      Reason::kMalformed);
  CHECK_REASON(
      OcspRequest::Parse(Request({}, 1, {der::Explicit(0, Extensions(other, true, "x"))}, {})),
      Reason::kMalformed);
  for (const auto& [size, good] : std::vector<std::pair<size_t, bool>>{
           {0, false}, {1, true}, {16, true}, {32, true}, {33, false}, {128, false}}) {
    INFO(size);
    const std::string nonce = der::OctetString(std::string(size, 'n')).bytes();
    const auto request = OcspRequest::Parse(
        Request({}, 1, {}, {der::Explicit(2, Extensions(oid::kOcspNonce, false, nonce))}));
    CHECK(request.ok() == good);
    if (good) CHECK(request->nonce == std::string(size, 'n'));
  }
}

TEST_CASE("what is no request, or too much of one, is refused", "[OCSP-21][OCSP-23][OCSP-25]") {
  CHECK_OK(OcspRequest::Parse(Request({der::Explicit(0, der::Integer(0))}, 1, {}, {})));
  CHECK_OK(OcspRequest::Parse(Request({}, 32, {}, {})));
  for (const std::string& bad :
       {std::string(), std::string("GET /"), Request({}, 1, {}, {}) + "x", Request({}, 0, {}, {}),
        Request({}, 33, {}, {}), Request({der::Explicit(0, der::Integer(1))}, 1, {}, {}),
        Request({}, 1, {der::Null()}, {}), Request({}, 1, {}, {der::Null()}),
        Request({}, 1, {der::Explicit(0, Extensions("1.2.3.4", false, std::string(10000, 'x')))},
                {})}) {
    CHECK_REASON(OcspRequest::Parse(bad), Reason::kMalformed);
  }
}

TEST_CASE("a CertID of another hash is read, and names nobody", "[OCSP-09][OCSP-24]") {
  const std::string sha384 = "2.16.840.1.101.3.4.2.2";
  const der::Value id = der::Sequence(der::Sequence(der::Oid(sha384)), der::OctetString("n"),
                                      der::OctetString("k"), der::Integer(5));
  der::Reader reader(id.bytes());
  const auto read = ReadOcspCertId(reader);
  REQUIRE_OK(read);
  CHECK(read->hash == OcspHash::kOther);
  for (const der::Value& bad :
       {der::Sequence(der::Sequence(der::Oid(oid::kSha1)), der::OctetString("n"),
                      der::OctetString(std::string(20, 'k')), der::Integer(5)),
        der::Sequence(der::Sequence(der::Oid(sha384)), der::OctetString("n"), der::OctetString("k"),
                      der::Integer(-5)),
        der::Sequence(der::Sequence(der::Oid(sha384)), der::OctetString("n"), der::OctetString("k"),
                      der::UnsignedInteger(std::string(21, '\x01')))}) {
    der::Reader bad_reader(bad.bytes());
    CHECK_REASON(ReadOcspCertId(bad_reader), Reason::kMalformed);
  }
}

}  // namespace
}  // namespace cairn::x509
