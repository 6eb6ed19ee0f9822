#include "libs/crypto/pkcs11/test_token.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "libs/base/invariant.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/faulty_module.h"
#include "libs/crypto/pkcs11/new_token.h"

namespace cairn::testing {

SoftHsm::SoftHsm() {
  std::filesystem::create_directory(dir_.File("tokens"));
  const std::string config =
      dir_.Write("softhsm2.conf", base::Cat("directories.tokendir = ", dir_.File("tokens"),
                                            "\nobjectstore.backend = file\nlog.level = ERROR\n"));
  INVARIANT(setenv("SOFTHSM2_CONF", config.c_str(), 1) == 0, "there is memory");
}

crypto::pkcs11::TokenOptions SoftHsm::AddToken(const std::string& label,
                                               const std::string& module) {
  const std::string so_pin = dir_.Write("so.pin", "so-pin-5678\n");
  const std::string pin = dir_.Write(base::Cat(label, ".pin"), "pin-1234\n");
  const absl::Status made = crypto::pkcs11::InitialiseToken(
      {.module = kSoftHsm, .token_label = label, .so_pin_path = so_pin, .pin_path = pin});
  INVARIANT(made.ok(), "SoftHSM makes as many tokens as one asks for");
  return {.module = module, .token_label = label, .pin_path = pin};
}

void SoftHsm::Remove() const {
  std::filesystem::rename(dir_.File("tokens"), dir_.File("tokens.away"));
}

void SoftHsm::BringBack() const {
  std::filesystem::rename(dir_.File("tokens.away"), dir_.File("tokens"));
}

std::string FaultyModulePath() {
  return std::filesystem::absolute("libs/crypto/pkcs11/faulty_module.so");
}

FaultyModule& TheFaultyModule() {
  // Loaded once more at most, and for ever, as the module is itself.
  void* const library = dlopen(FaultyModulePath().c_str(), RTLD_NOW | RTLD_LOCAL);
  INVARIANT(library != nullptr, "the test has it among its data");
  const auto get = reinterpret_cast<FaultyModule* (*)()>(dlsym(library, "CairnFaultyModule"));
  INVARIANT(get != nullptr, "faulty_module.cc exports it");
  return *get();
}

}  // namespace cairn::testing
