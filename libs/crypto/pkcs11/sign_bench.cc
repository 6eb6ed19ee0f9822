// Signatures a second through SoftHSM and with keys in this process's memory.
//
// usage: sign_bench [SECONDS]     for each row; default 2
#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/crypto/pkcs11/new_token.h"
#include "libs/crypto/pkcs11/token.h"
#include "libs/crypto/private_key.h"

namespace cairn::crypto::pkcs11 {
namespace {

struct Kind {
  const char* name;
  KeyType type;
  int bits;
  SignatureAlgorithm algorithm;
};

constexpr Kind kKinds[] = {
    {"RSA-2048", KeyType::kRsa, 2048, SignatureAlgorithm::kRsaPkcs1Sha256},
    {"RSA-4096", KeyType::kRsa, 4096, SignatureAlgorithm::kRsaPkcs1Sha256},
    {"P-256", KeyType::kEcP256, 0, SignatureAlgorithm::kEcdsaSha256},
    {"P-384", KeyType::kEcP384, 0, SignatureAlgorithm::kEcdsaSha384},
};

double PerSecond(int threads, double seconds, const std::function<bool()>& sign) {
  std::atomic<int64_t> done = 0;
  std::atomic<bool> stop = false;
  const absl::Time began = absl::Now();
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < threads; ++i) {
      callers.emplace_back([&] {
        while (!stop) {
          if (!sign()) std::abort();
          ++done;
        }
      });
    }
    absl::SleepFor(absl::Seconds(seconds));
    stop = true;
  }
  return static_cast<double>(done) / absl::ToDoubleSeconds(absl::Now() - began);
}

std::string Write(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

// A token in a folder of its own.
TokenOptions MakeToken(const std::string& folder) {
  std::filesystem::create_directory(folder + "/tokens");
  const std::string config =
      Write(folder + "/softhsm2.conf", "directories.tokendir = " + folder + "/tokens\n");
  if (setenv("SOFTHSM2_CONF", config.c_str(), 1) != 0) std::abort();
  const NewToken token = {.module = "/usr/lib/softhsm/libsofthsm2.so",
                          .token_label = "bench",
                          .so_pin_path = Write(folder + "/so.pin", "so-pin-5678"),
                          .pin_path = Write(folder + "/pin", "pin-1234")};
  if (!InitialiseToken(token).ok()) std::abort();
  return {.module = token.module, .token_label = token.token_label, .pin_path = token.pin_path};
}

void Run(const std::string& folder, double seconds) {
  base::SystemClock clock;
  const std::unique_ptr<Token> token = Token::Open(MakeToken(folder), clock).value();
  const std::string message(1000, 'x');  // as long as a TBSCertificate
  std::printf("%-9s %8s %14s %14s\n", "key", "threads", "SoftHSM 1/s", "memory 1/s");
  for (const Kind& kind : kKinds) {
    if (!token->GenerateKeyPair(kind.name, kind.type, kind.bits).ok()) std::abort();
    const PrivateKey key = PrivateKey::Generate(kind.type, kind.bits);
    for (const int threads : {1, 8}) {
      const double in_token = PerSecond(
          threads, seconds, [&] { return token->Sign(kind.name, kind.algorithm, message).ok(); });
      const double in_memory =
          PerSecond(threads, seconds, [&] { return key.Sign(kind.algorithm, message).ok(); });
      std::printf("%-9s %8d %14.0f %14.0f\n", kind.name, threads, in_token, in_memory);
    }
  }
}

}  // namespace
}  // namespace cairn::crypto::pkcs11

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  if (argc > 2 || seconds <= 0) {
    std::fputs("usage: sign_bench [SECONDS]\n", stderr);
    return 2;
  }
  char folder[] = "/tmp/sign_bench.XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  cairn::crypto::pkcs11::Run(folder, seconds);
  std::filesystem::remove_all(folder);
}
