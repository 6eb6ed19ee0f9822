#include "tests/harness/dns/zone.h"

#include <absl/time/clock.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/testing/temp_dir.h"
#include "tests/harness/program.h"

namespace cairn::harness {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string UnsignedText(const Zone& zone) {
  return base::Cat("$ORIGIN ", zone.name, "\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 60\n",
                   "@ NS ns\nns A ", zone.server, "\n", zone.records);
}

std::string Seconds(absl::Time time) { return base::Cat(absl::ToUnixSeconds(time)); }

}  // namespace

ZoneFile Sign(const Zone& zone) {
  ZoneFile file{.text = UnsignedText(zone)};
  if (zone.algorithm.empty()) return file;
  const testing::TempDir folder;
  folder.Write("zone", file.text);
  std::vector<std::string> keygen = {"ldns-keygen", "-k", "-a", zone.algorithm};
  if (zone.algorithm.starts_with("RSA")) keygen.insert(keygen.end(), {"-b", "2048"});
  keygen.push_back(zone.name);
  std::string key = RunProgram(keygen, folder.path());
  key.erase(key.find_last_not_of('\n') + 1);
  const absl::Time now = absl::Now();
  std::vector<std::string> sign = {"ldns-signzone",
                                   "-i",
                                   Seconds(now + zone.inception),
                                   "-e",
                                   Seconds(now + zone.expiration),
                                   "-o",
                                   zone.name};
  if (zone.denial != Zone::Denial::kNsec) {
    sign.insert(sign.end(), {"-n", "-t", base::Cat(zone.iterations)});
  }
  if (zone.denial == Zone::Denial::kNsec3OptOut) sign.push_back("-p");
  sign.insert(sign.end(), {"-f", "signed", "zone", key});
  RunProgram(sign, folder.path());
  file.text = ReadFile(folder.File("signed"));
  file.dnskey = ReadFile(folder.File(key + ".key"));
  file.ds = RunProgram({"ldns-key2ds", "-n", "-2", key + ".key"}, folder.path());
  file.ds_sha1 = RunProgram({"ldns-key2ds", "-n", "-1", key + ".key"}, folder.path());
  return file;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  INVARIANT(at != text.npos, "the zone has what is to be replaced");
  for (; at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

std::string WithoutSignatures(const std::string& zone_file, const std::string& owner) {
  std::istringstream lines(zone_file);
  std::string line, rest;
  while (std::getline(lines, line)) {
    const bool signature = line.starts_with(owner) && line.find("\tRRSIG\t") != line.npos;
    if (!signature) rest += line + '\n';
  }
  INVARIANT(rest.size() < zone_file.size(), "the zone has such signatures");
  return rest;
}

}  // namespace cairn::harness
