#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace cairn::crypto::pkcs11 {

// A PKCS#11 module, loaded and initialised for many threads. There is one object
// for each path in a process, as C_Initialize and C_Finalize concern all of it.
// Thread-safe. The library stays loaded for ever: modules don't unload well.
class Module {
 public:
  // kMalformed where the path is not absolute or is no module; kUnavailable where it
  // can't be initialised now.
  static absl::StatusOr<std::shared_ptr<Module>> Load(const std::string& path);
  // C_Finalize.
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // The right to call functions of the module. While anybody has it, Restart waits.
  class Use {
   public:
    Use(Use&& other) noexcept;
    Use& operator=(Use&&) = delete;
    ~Use();

    const CK_FUNCTION_LIST& functions() const { return *module_->functions_; }
    // Handles of sessions and objects live as long as a generation.
    uint64_t generation() const { return generation_; }

   private:
    friend class Module;
    Use(Module& module, uint64_t generation) : module_(&module), generation_(generation) {}

    Module* module_;
    const uint64_t generation_;
  };
  // Waits while the module is restarted.
  Use Enter();
  uint64_t generation() const;

  // C_Finalize and C_Initialize, after everybody has left; nothing, if `generation`
  // is over already. kUnavailable if a call does not come back, or if the module
  // does not initialise. The caller may not hold a Use.
  absl::Status Restart(uint64_t generation);

 private:
  Module(std::string path, CK_FUNCTION_LIST* functions)
      : path_(std::move(path)), functions_(functions) {}

  absl::Status Initialize();

  const std::string path_;
  CK_FUNCTION_LIST* const functions_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t users_ = 0;
  bool restarting_ = false;
  bool initialized_ = false;
  uint64_t generation_ = 1;
};

}  // namespace cairn::crypto::pkcs11
