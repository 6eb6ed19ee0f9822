#include "tools/ceremony/read_plan.h"

#include <algorithm>
#include <filesystem>

#include "libs/base/encoding.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/values.h"
#include "libs/crypto/digest.h"
#include "libs/der/value.h"
#include "libs/errors/errors.h"
#include "libs/x509/ca_name.h"
#include "protos/config/ceremony.pb.h"
#include "tools/ceremony/text.h"
#include "tools/ceremony/words.h"

namespace cairn::ceremony {
namespace {

using config::Checks;
using errors::Reason;
using Message = config::Ceremony;

constexpr size_t kMaxLine = 500;
constexpr size_t kMaxPeople = 50;

// Takes a message apart into a Plan, noting each mistake with its field.
class PlanReader {
 public:
  PlanReader(const Message& message, std::filesystem::path folder, Plan& plan)
      : message_(message), folder_(std::move(folder)), plan_(plan) {}

  absl::Status Run() {
    plan_.title = Line(message_.title(), "title");
    const std::optional<policy::Pack> pack = policy::PackFromName(message_.policy_pack());
    checks_.Require(pack.has_value(), "policy_pack", "is \"webpki\" or \"private\"");
    plan_.pack = pack.value_or(policy::Pack::kWebPki);
    plan_.local_stack = message_.local_stack();
    plan_.window_begin = Instant(message_.window().begin(), "window.begin");
    plan_.window_end = Instant(message_.window().end(), "window.end");
    plan_.required = message_.operators().required();
    plan_.operators = People(message_.operators().people(), "operators.people");
    plan_.witnesses = People(message_.witnesses(), "witnesses");
    plan_.filmed = message_.filmed();
    plan_.token = Token(message_.token(), "token");
    ReadAct();
    return checks_.ToStatus();
  }

 private:
  void ReadAct() {
    switch (message_.act_case()) {
      case Message::kKey:
        plan_.act = Act::kKey;
        plan_.new_key = New(message_.key().key(), "key.key");
        break;
      case Message::kRoot:
        plan_.act = Act::kRoot;
        plan_.new_key = New(message_.root().key(), "root.key");
        Subject(message_.root().subject(), "root.subject");
        Certificate(message_.root(), "root");
        break;
      case Message::kIntermediate:
        plan_.act = Act::kIntermediate;
        Signer(message_.intermediate().signer(), "intermediate.signer");
        SubjectKey(message_.intermediate().key(), "intermediate.key");
        Subject(message_.intermediate().subject(), "intermediate.subject");
        Certificate(message_.intermediate(), "intermediate");
        Authority(message_.intermediate(), "intermediate");
        break;
      case Message::kCross:
        plan_.act = Act::kCross;
        Signer(message_.cross().signer(), "cross.signer");
        Existing(message_.cross());
        Certificate(message_.cross(), "cross");
        Authority(message_.cross(), "cross");
        break;
      case Message::kOcspSigner:
        plan_.act = Act::kOcspSigner;
        Signer(message_.ocsp_signer().signer(), "ocsp_signer.signer");
        SubjectKey(message_.ocsp_signer().key(), "ocsp_signer.key");
        Subject(message_.ocsp_signer().subject(), "ocsp_signer.subject");
        Certificate(message_.ocsp_signer(), "ocsp_signer");
        break;
      case Message::kCrl:
        plan_.act = Act::kCrl;
        Signer(message_.crl().signer(), "crl.signer");
        Crl(message_.crl());
        break;
      case Message::kDestroy:
        plan_.act = Act::kDestroy;
        Destroy(message_.destroy());
        break;
      case Message::ACT_NOT_SET:
        checks_.Fail(
            "act", "one of key, root, intermediate, cross, ocsp_signer, crl, destroy is required");
        break;
    }
  }

  std::string Line(const std::string& text, const std::string& field) {
    checks_.Require(IsOneLine(text, kMaxLine), field,
                    "is required: one line of at most 500 octets, without blanks at its ends");
    return text;
  }

  std::string Label(const std::string& text, const std::string& field) {
    checks_.Require(IsLabel(text), field,
                    "is required: at most 64 letters, digits, hyphens, underscores and dots");
    return text;
  }

  absl::Time Instant(const std::string& text, const std::string& field) {
    const std::optional<absl::Time> time = ParseInstant(text);
    checks_.Require(time.has_value(), field, "is an instant like 2026-12-01T09:00:00Z");
    return time.value_or(absl::UnixEpoch());
  }

  std::optional<std::string> Url(const std::string& text, const std::string& field) {
    if (text.empty()) return std::nullopt;
    checks_.Require(IsHttpUrl(text), field, "is not a plain http:// URL");
    return text;
  }

  std::vector<std::string> Oids(const google::protobuf::RepeatedPtrField<std::string>& list,
                                const std::string& field) {
    for (int i = 0; i < list.size(); ++i) {
      checks_.Require(IsOid(list[i]), base::Cat(field, "[", i, "]"),
                      "is not an object identifier in dotted form");
    }
    return {list.begin(), list.end()};
  }

  // In place of a key that can't be read, so that reading goes on to the end.
  static crypto::PublicKey SomeKey() {
    return crypto::PublicKey::FromEd25519(std::string(31, '\0') + '\1').value();
  }

  template <typename List>
  std::vector<Person> People(const List& list, const std::string& field) {
    std::vector<Person> people;
    checks_.Require(list.size() <= static_cast<int>(kMaxPeople), field, "has too many people");
    for (int i = 0; i < list.size(); ++i) {
      const std::string here = base::Cat(field, "[", i, "]");
      const std::string name = Line(list[i].name(), here + ".name");
      const std::optional<std::string> der = base::FromBase64(list[i].public_key());
      absl::StatusOr<crypto::PublicKey> key = crypto::PublicKey::FromSpkiDer(der.value_or(""));
      if (!der.has_value() || !key.ok() ||
          (key->type() != crypto::KeyType::kEcP256 && key->type() != crypto::KeyType::kEcP384 &&
           key->type() != crypto::KeyType::kEd25519)) {
        checks_.Fail(here + ".public_key",
                     "is not a P-256, P-384 or Ed25519 key as \"ceremony public-key\" prints it");
        key = SomeKey();
      }
      people.push_back(
          {.name = name, .key = *std::move(key), .qualified_auditor = list[i].qualified_auditor()});
    }
    return people;
  }

  TokenName Token(const Message::Token& token, const std::string& field) {
    checks_.Require(token.module().starts_with('/') && IsOneLine(token.module(), kMaxLine),
                    field + ".module", "is required: the absolute path of a PKCS#11 module");
    // CK_TOKEN_INFO has 32 octets for it.
    checks_.Require(IsLabel(token.label()) && token.label().size() <= 32, field + ".label",
                    "is required: at most 32 letters, digits, hyphens, underscores and dots");
    checks_.Require(token.validation().empty() || IsOneLine(token.validation(), kMaxLine),
                    field + ".validation", "is not one line");
    checks_.Require(token.serial().empty() || IsLabel(token.serial()), field + ".serial",
                    "is not a serial number of a token");
    return {.module = token.module(),
            .label = token.label(),
            .validation = token.validation(),
            .serial = token.serial()};
  }

  NewKey New(const Message::NewKey& key, const std::string& field) {
    const std::optional<crypto::KeyType> type = crypto::KeyTypeFromConfig(key.type());
    if (checks_.Require(type.has_value(), field + ".type", "is rsa, p256, p384 or p521")) {
      const bool is_rsa = *type == crypto::KeyType::kRsa;
      checks_.Require(is_rsa == (key.rsa_bits() != 0), field + ".rsa_bits",
                      is_rsa ? "is required for an RSA key" : "is for RSA keys only");
      checks_.Require(!is_rsa || (key.rsa_bits() >= 1024 && key.rsa_bits() <= 16384),
                      field + ".rsa_bits", "is not a size of RSA keys");
    }
    return {.token = key.has_token() ? Token(key.token(), field + ".token") : plan_.token,
            .label = Label(key.label(), field + ".label"),
            .type = type.value_or(crypto::KeyType::kEcP384),
            .rsa_bits = static_cast<int>(key.rsa_bits())};
  }

  // The file's content, once its name is safe; noted among the inputs.
  std::optional<std::string> Content(const Message::File& file, const std::string& field) {
    if (!checks_.Require(IsLabel(file.file()) && file.file()[0] != '.', field + ".file",
                         "is required: the name of a file beside the plan")) {
      return std::nullopt;
    }
    absl::StatusOr<std::string> content = config::ReadFile((folder_ / file.file()).string());
    if (!content.ok()) {
      checks_.Fail(field + ".file", errors::PayloadOf(content.status()).detail());
      return std::nullopt;
    }
    const bool is_new =
        std::none_of(plan_.inputs.begin(), plan_.inputs.end(),
                     [&](const InputFile& input) { return input.name == file.file(); });
    if (is_new) plan_.inputs.push_back({file.file(), *content});
    return *std::move(content);
  }

  void CheckHash(std::string_view octets, const std::string& expected, const std::string& field) {
    const std::string hash = base::ToHex(crypto::Sha256(octets));
    checks_.Require(hash == expected, field + ".sha256",
                    base::Cat("is not that of the file, which is ", hash));
  }

  std::optional<x509::Certificate> OneCertificate(const Message::File& file,
                                                  const std::string& field) {
    const std::optional<std::string> pem = Content(file, field);
    if (!pem.has_value()) return std::nullopt;
    absl::StatusOr<std::vector<x509::Certificate>> list = x509::Certificate::ListFromPem(*pem);
    if (!list.ok()) {
      checks_.Fail(field + ".file", errors::PayloadOf(list.status()).detail());
      return std::nullopt;
    }
    if (!checks_.Require(list->size() == 1, field + ".file", "has several certificates")) {
      return std::nullopt;
    }
    CheckHash(list->front().der(), file.sha256(), field);
    return std::move(list->front());
  }

  void Signer(const Message::SigningKey& signer, const std::string& field) {
    const std::string label = Label(signer.label(), field + ".label");
    std::optional<x509::Certificate> certificate =
        OneCertificate(signer.certificate(), field + ".certificate");
    if (certificate.has_value()) plan_.signer = SigningKey{label, *std::move(certificate)};
  }

  void SubjectKey(const Message::SubjectKey& key, const std::string& field) {
    if (!checks_.Require(key.has_generate() != key.has_public_key(), field,
                         "has either generate or public_key")) {
      return;
    }
    if (key.has_generate()) {
      plan_.new_key = New(key.generate(), field + ".generate");
      return;
    }
    const std::optional<std::string> pem = Content(key.public_key(), field + ".public_key");
    if (!pem.has_value()) return;
    absl::StatusOr<crypto::PublicKey> given = crypto::PublicKey::FromPem(*pem);
    if (!given.ok()) {
      checks_.Fail(field + ".public_key.file", errors::PayloadOf(given.status()).detail());
      return;
    }
    CheckHash(given->spki_der(), key.public_key().sha256(), field + ".public_key");
    plan_.given_key = *std::move(given);
  }

  void Subject(const Message::Subject& subject, const std::string& field) {
    const x509::CaName name = {.country = subject.country(),
                               .state = subject.state(),
                               .locality = subject.locality(),
                               .organization = subject.organization(),
                               .common_name = subject.common_name()};
    const absl::Status status = x509::CheckCaName(name);
    checks_.Take(status, field);
    if (!status.ok()) return;
    plan_.subject_der = x509::ComposeCaName(name).bytes();
    plan_.subject_organization = subject.organization();
  }

  std::string Serial(const std::string& text, const std::string& field) {
    const std::optional<std::string> octets = base::FromHex(text);
    const bool is_right = octets.has_value() && octets->size() >= 16 && octets->size() <= 20 &&
                          (*octets)[0] != '\0' && ((*octets)[0] & 0x80) == 0;
    checks_.Require(is_right, field,
                    "is 32 to 40 lower-case hexadecimal digits, the first two 01 to 7f");
    return is_right ? *octets : std::string("\x01");
  }

  template <typename ActMessage>
  void Certificate(const ActMessage& act, const std::string& field) {
    plan_.not_before = Instant(act.validity().not_before(), field + ".validity.not_before");
    plan_.not_after = Instant(act.validity().not_after(), field + ".validity.not_after");
    checks_.Require(plan_.not_before < plan_.not_after, field + ".validity",
                    "ends before it begins");
    plan_.serial = Serial(act.serial(), field + ".serial");
  }

  template <typename ActMessage>
  void Authority(const ActMessage& act, const std::string& field) {
    if (act.has_path_length()) {
      checks_.Require(act.path_length() <= 10, field + ".path_length", "is at most 10");
      plan_.path_length = static_cast<int>(act.path_length());
    }
    plan_.extended_key_usage = Oids(act.extended_key_usage(), field + ".extended_key_usage");
    plan_.policies = Oids(act.policies(), field + ".policies");
    plan_.ca_issuers_url = Url(act.ca_issuers_url(), field + ".ca_issuers_url");
    plan_.crl_url = Url(act.crl_url(), field + ".crl_url");
  }

  void Existing(const Message::CrossAct& act) {
    plan_.existing = OneCertificate(act.existing(), "cross.existing");
    plan_.program_approval = act.program_approval();
    checks_.Require(act.program_approval().empty() || IsOneLine(act.program_approval(), kMaxLine),
                    "cross.program_approval", "is not one line");
    if (!plan_.existing.has_value()) return;
    // PROF-69: the very octets of the name, and the very key.
    plan_.subject_der = plan_.existing->tbs().subject_der;
    plan_.subject_organization = OrganizationOf(plan_.subject_der);
    plan_.given_key = plan_.existing->public_key();
  }

  void Crl(const Message::CrlAct& act) {
    plan_.not_before = Instant(act.this_update(), "crl.this_update");
    plan_.not_after = Instant(act.next_update(), "crl.next_update");
    checks_.Require(plan_.not_before < plan_.not_after, "crl.next_update",
                    "is not after this_update");
    CrlPlan crl;
    for (int shift = 56; shift >= 0; shift -= 8) {
      const char octet = static_cast<char>((act.number() >> shift) & 0xff);
      if (!crl.number.empty() || octet != '\0') crl.number += octet;
    }
    if (crl.number.empty()) crl.number.assign(1, '\0');
    if (checks_.Require(act.first() != act.has_previous(), "crl.previous",
                        "is required, or `first: true` in its place") &&
        act.has_previous()) {
      Previous(act.previous(), crl);
    }
    for (int i = 0; i < act.revoked_size(); ++i) {
      Revoked(act.revoked(i), base::Cat("crl.revoked[", i, "]"), crl);
    }
    plan_.crl = std::move(crl);
  }

  void Previous(const Message::File& file, CrlPlan& crl) {
    const std::optional<std::string> pem = Content(file, "crl.previous");
    if (!pem.has_value()) return;
    absl::StatusOr<x509::Crl> previous = x509::Crl::FromPem(*pem);
    if (!previous.ok()) {
      checks_.Fail("crl.previous.file", errors::PayloadOf(previous.status()).detail());
      return;
    }
    CheckHash(previous->der(), file.sha256(), "crl.previous");
    crl.previous = *std::move(previous);
  }

  void Revoked(const Message::RevokedCertificate& entry, const std::string& field, CrlPlan& crl) {
    const std::optional<std::string> serial = base::FromHex(entry.serial());
    // Those of other times may be shorter than what we draw today.
    checks_.Require(serial.has_value() && !serial->empty() && serial->size() <= 20 &&
                        (*serial)[0] != '\0' && (serial->size() < 20 || ((*serial)[0] & 0x80) == 0),
                    field + ".serial",
                    "is a serial number in lower-case hexadecimal, without zeros in front");
    const auto reason = x509::RevocationReasonFromName(entry.reason());
    checks_.Require(reason.has_value(), field + ".reason",
                    "is required: keyCompromise, affiliationChanged, superseded, "
                    "cessationOfOperation or privilegeWithdrawn");
    crl.revoked.push_back({.serial = serial.value_or("\x01"),
                           .revoked_at = Instant(entry.revoked_at(), field + ".revoked_at"),
                           .reason = reason});
  }

  void Destroy(const Message::DestroyAct& act) {
    const std::optional<std::string> hash = base::FromHex(act.public_key_sha256());
    checks_.Require(hash.has_value() && hash->size() == 32, "destroy.public_key_sha256",
                    "is 64 lower-case hexadecimal digits");
    plan_.destroy = DestroyPlan{.label = Label(act.label(), "destroy.label"),
                                .spki_sha256 = hash.value_or(""),
                                .reason = Line(act.reason(), "destroy.reason"),
                                .other_copies = Line(act.other_copies(), "destroy.other_copies"),
                                .nothing_left_to_revoke = act.nothing_left_to_revoke()};
  }

  const Message& message_;
  const std::filesystem::path folder_;
  Plan& plan_;
  Checks checks_;
};

}  // namespace

absl::StatusOr<Plan> ReadPlan(const std::string& path) {
  Plan plan;
  absl::StatusOr<std::string> text = config::ReadFile(path);
  if (!text.ok()) {
    return errors::Make(Reason::kNotFound, errors::PayloadOf(text.status()).detail());
  }
  plan.text = *std::move(text);
  plan.sha256 = crypto::Sha256(plan.text);
  Message message;
  const std::filesystem::path file(path);
  RETURN_IF_ERROR(config::ParseYaml(file.filename().string(), plan.text, &message, &plan.places));
  RETURN_IF_ERROR(plan.places.Locate(PlanReader(message, file.parent_path(), plan).Run()));
  return plan;
}

}  // namespace cairn::ceremony
