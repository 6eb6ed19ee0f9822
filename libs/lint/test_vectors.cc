#include "libs/lint/test_vectors.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "libs/base/encoding.h"
#include "libs/base/invariant.h"
#include "libs/base/strings.h"

namespace cairn::lint {
namespace {

constexpr char kFolder[] = "libs/lint/testdata";

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

// Of a line "KEY: value"; empty if there is none.
std::string ValueOf(const std::string& text, const std::string& key) {
  const size_t at = text.find("\n" + key + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size() + 3;
  return text.substr(begin, text.find('\n', begin) - begin);
}

Vector ReadVector(const std::filesystem::path& path) {
  const std::string text = ReadFile(path);
  Vector vector{.path = path};
  vector.lint = path.parent_path().filename().string();
  const std::string stem = path.stem().string();
  vector.verdict = stem.substr(0, stem.find_first_of("0123456789"));
  vector.says = text.substr(0, text.find('\n'));
  vector.kind = ValueOf(text, "KIND");
  vector.policy = ValueOf(text, "POLICY");
  vector.issuer = ValueOf(text, "ISSUER");
  vector.names = ValueOf(text, "NAMES");
  vector.profile = ValueOf(text, "PROFILE");
  vector.crl_url = ValueOf(text, "CRL_URL");
  vector.previous_crl_number = ValueOf(text, "PREVIOUS_CRL_NUMBER");
  vector.has_public_suffixes = !ValueOf(text, "PUBLIC_SUFFIXES").empty();
  vector.has_blocklist = !ValueOf(text, "BLOCKLIST").empty();
  vector.has_logs = !ValueOf(text, "LOGS").empty();
  std::string error;
  INVARIANT(absl::ParseTime(absl::RFC3339_full, ValueOf(text, "AT"), &vector.at, &error),
            "a vector says at what time it is judged");
  for (const char* label : {"CERTIFICATE", "X509 CRL", "OCSP RESPONSE"}) {
    if (const auto der = FromPem(text, label)) vector.der = *der;
  }
  INVARIANT(!vector.der.empty(), "a vector has an object");
  vector.precertificate_der = FromPem(text, "PRECERTIFICATE");
  vector.expected = Words(ValueOf(text, "EXPECT"));
  INVARIANT(!vector.expected.empty(), "a vector says what it expects");
  if (vector.expected.front() == "nothing") vector.expected.clear();
  return vector;
}

policy::PublicSuffixes ReadSuffixes() {
  auto suffixes = policy::PublicSuffixes::Parse(
      ReadFile(std::filesystem::path(kFolder) / "public_suffixes.txt"));
  INVARIANT(suffixes.ok(), "the vectors' list is well-formed");
  return *std::move(suffixes);
}

policy::KeyBlocklist ReadBlocklist() {
  auto list = policy::KeyBlocklist::FromFile(std::string(kFolder) + "/blocklist.txt");
  INVARIANT(list.ok(), "the vectors' list is well-formed");
  return *std::move(list);
}

}  // namespace

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  INVARIANT(file.is_open(), "testdata is there");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::string> FromPem(std::string_view text, std::string_view label) {
  const std::string begin = base::Cat("-----BEGIN ", label, "-----\n");
  size_t at = text.find(begin);
  if (at == std::string_view::npos) return std::nullopt;
  at += begin.size();
  std::string body(text.substr(at, text.find("-----END", at) - at));
  body.erase(std::remove(body.begin(), body.end(), '\n'), body.end());
  return base::FromBase64(body);
}

const std::vector<Vector>& AllVectors() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<Vector>;
    for (const auto& file : std::filesystem::recursive_directory_iterator(kFolder)) {
      const std::string folder = file.path().parent_path().filename().string();
      const bool is_vector =
          folder.starts_with("e_") || folder.starts_with("w_") || folder.starts_with("n_");
      if (file.is_regular_file() && is_vector) all->push_back(ReadVector(file.path()));
    }
    std::sort(all->begin(), all->end(),
              [](const Vector& a, const Vector& b) { return a.path < b.path; });
    return all;
  }();
  return *kAll;
}

const Vector& FindVector(std::string_view lint, std::string_view file) {
  const auto& all = AllVectors();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Vector& vector) {
    return vector.lint == lint && vector.path.filename().string() == file;
  });
  INVARIANT(found != all.end(), "the test names a vector that is there");
  return *found;
}

World::World() : public_suffixes(ReadSuffixes()), key_blocklist(ReadBlocklist()) {
  std::istringstream lines(ReadFile(std::filesystem::path(kFolder) / "logs.txt"));
  for (std::string id, name, form, state; lines >> id >> name >> form >> state;) {
    logs[base::FromHex(id).value()] = {
        .operator_name = name, .is_static = form == "static", .is_approved = state == "approved"};
  }
}

std::string World::Issuer(std::string_view name) const {
  const auto path = std::filesystem::path(kFolder) / base::Cat("issuer_", name, ".pem");
  return FromPem(ReadFile(path), "CERTIFICATE").value();
}

VectorSubject::VectorSubject(const Vector& vector, const World& world) {
  subject.der = vector.der;
  subject.now = vector.at;
  subject.pack = policy::PackFromName(vector.policy).value();
  subject.kind = KindFromName(vector.kind);
  if (!vector.issuer.empty()) {
    issuer_der_ = world.Issuer(vector.issuer);
    subject.issuer_der = issuer_der_;
  }
  if (vector.precertificate_der.has_value()) {
    subject.precertificate_der = *vector.precertificate_der;
  }
  if (vector.has_public_suffixes) subject.public_suffixes = &world.public_suffixes;
  if (vector.has_blocklist) subject.key_blocklist = &world.key_blocklist;
  if (vector.has_logs) subject.logs = &world.logs;
  if (!vector.names.empty()) {
    names_.dns = Words(vector.names);
    names_.Normalize();
    subject.names = &names_;
  }
  if (!vector.crl_url.empty()) subject.crl_url = vector.crl_url;
  if (!vector.previous_crl_number.empty()) {
    previous_ = base::FromHex(vector.previous_crl_number).value();
    subject.previous_crl_number = previous_;
  }
  if (vector.profile.empty()) return;
  const std::vector<std::string> words = Words(vector.profile);
  const auto number = [&](const std::string& key) {
    const auto at = std::find_if(words.begin(), words.end(),
                                 [&](const std::string& word) { return word.starts_with(key); });
    INVARIANT(at != words.end(), "a profile has the number");
    return std::stol(at->substr(key.size()));
  };
  const bool has_common_name = std::find(words.begin(), words.end(), "cn") != words.end();
  profile_ = CairnProfile(absl::Seconds(number("validity=")), has_common_name,
                          ProfileExtension{.oid = "1.3.6.1.4.1.11129.2.4.2"});
  profile_.max_names = static_cast<size_t>(number("names="));
  subject.profile = &profile_;
}

}  // namespace cairn::lint
