#include "libs/crypto/pkcs11/module.h"

#include <dlfcn.h>

#include <chrono>
#include <map>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/return_value.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Make;
using errors::Reason;

// A call that takes longer than this hangs, and the module with it.
constexpr std::chrono::seconds kLongestCall(10);

// All modules of the process. Held, too, while one is initialised or finalised:
// the next object for the same path must come after the last is gone.
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<Module>> modules;
};

Registry& TheRegistry() {
  // Never destroyed: a token may outlive what is destroyed at the end of main.
  static Registry& registry = *new Registry;
  return registry;
}

absl::StatusOr<CK_FUNCTION_LIST*> LoadFunctions(const std::string& path) {
  if (!path.starts_with('/')) {
    return Make(Reason::kMalformed, base::Cat("module ", path, ": must be an absolute path"));
  }
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = dlerror();
    return Make(Reason::kMalformed, base::Cat("module ", why == nullptr ? path.c_str() : why));
  }
  const auto get =
      reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get == nullptr || get(&functions) != CKR_OK || functions == nullptr) {
    return Make(Reason::kMalformed, base::Cat("module ", path, ": is no PKCS#11 module"));
  }
  if (functions->version.major != 2) {
    return Make(Reason::kMalformed,
                base::Cat("module ", path, ": PKCS#11 version ",
                          static_cast<int>(functions->version.major), " is not 2"));
  }
  return functions;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Module>> Module::Load(const std::string& path) {
  ASSIGN_OR_RETURN(CK_FUNCTION_LIST * functions, LoadFunctions(path));
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  if (std::shared_ptr<Module> module = registry.modules[path].lock()) return module;
  const auto finalize = [](Module* module) {
    std::lock_guard lock(TheRegistry().mutex);
    delete module;
  };
  std::unique_ptr<Module> fresh(new Module(path, functions));
  RETURN_IF_ERROR(fresh->Initialize());
  std::shared_ptr<Module> module(fresh.release(), finalize);
  registry.modules[path] = module;
  return module;
}

Module::~Module() {
  // What it returns no longer matters: all sessions are over either way.
  if (initialized_) (void)functions_->C_Finalize(nullptr);
}

absl::Status Module::Initialize() {
  CK_C_INITIALIZE_ARGS arguments = {};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = functions_->C_Initialize(&arguments);
  if (rv == CKR_OK) {
    initialized_ = true;
    return absl::OkStatus();
  }
  return Make(Reason::kUnavailable, base::Cat("module ", path_, ": C_Initialize: ", NameOf(rv)));
}

Module::Use::Use(Use&& other) noexcept
    : module_(std::exchange(other.module_, nullptr)), generation_(other.generation_) {}

Module::Use::~Use() {
  if (module_ == nullptr) return;
  std::lock_guard lock(module_->mutex_);
  if (--module_->users_ == 0) module_->changed_.notify_all();
}

Module::Use Module::Enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !restarting_; });
  ++users_;
  return Use(*this, generation_);
}

uint64_t Module::generation() const {
  std::lock_guard lock(mutex_);
  return generation_;
}

absl::Status Module::Restart(uint64_t generation) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !restarting_; });
  if (initialized_ && generation_ != generation) return absl::OkStatus();
  restarting_ = true;
  if (!changed_.wait_for(lock, kLongestCall, [this] { return users_ == 0; })) {
    restarting_ = false;
    changed_.notify_all();
    return Make(Reason::kUnavailable, base::Cat("module ", path_, ": a call does not come back"));
  }
  ++generation_;
  initialized_ = false;
  lock.unlock();
  // CKR_CRYPTOKI_NOT_INITIALIZED, if the last attempt failed; and any other code
  // can't be acted on: what counts is whether C_Initialize goes well.
  (void)functions_->C_Finalize(nullptr);
  const absl::Status initialized = Initialize();
  lock.lock();
  restarting_ = false;
  changed_.notify_all();
  return initialized;
}

}  // namespace cairn::crypto::pkcs11
