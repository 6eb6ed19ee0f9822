// See faulty_module.h. Built as a shared library of its own.
#include "libs/crypto/pkcs11/faulty_module.h"

#include <dlfcn.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <string>

namespace cairn::testing {
namespace {

CK_FUNCTION_LIST* softhsm = nullptr;

class Faults final : public FaultyModule {
 public:
  void Reset() override {
    std::lock_guard lock(mutex_);
    functions_.clear();
    hidden_ = 0;
    spoiled_ = shortened_ = held_ = released_ = false;
    flags_ = 0;
    label_.clear();
  }
  void FailNext(const std::string& function, unsigned long code, int times) override {
    std::lock_guard lock(mutex_);
    functions_[function].code = code;
    functions_[function].failures = times;
  }
  int Calls(const std::string& function) override {
    std::lock_guard lock(mutex_);
    return functions_[function].calls;
  }
  void HoldNext(const std::string& function) override {
    std::lock_guard lock(mutex_);
    functions_[function].hold = true;
    held_ = released_ = false;
  }
  void WaitUntilHeld() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_; });
  }
  void Release() override {
    std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  void HideObjects(int times) override {
    std::lock_guard lock(mutex_);
    hidden_ = times;
  }
  void SpoilSignature() override {
    std::lock_guard lock(mutex_);
    spoiled_ = true;
  }
  void ShortenSignature() override {
    std::lock_guard lock(mutex_);
    shortened_ = true;
  }
  void AddTokenFlags(unsigned long flags) override {
    std::lock_guard lock(mutex_);
    flags_ = flags;
  }
  void LabelAll(const std::string& label) override {
    std::lock_guard lock(mutex_);
    label_ = label;
  }

  // What a call returns instead of being handed on; CKR_OK to hand it on.
  CK_RV Called(const char* function) {
    std::unique_lock lock(mutex_);
    Function& known = functions_[function];
    ++known.calls;
    if (known.hold) {
      known.hold = false;
      held_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return released_; });
    }
    if (known.failures == 0) return CKR_OK;
    --known.failures;
    return known.code;
  }

  bool Hides() {
    std::lock_guard lock(mutex_);
    return hidden_ > 0 && hidden_-- > 0;
  }
  void Alter(CK_BYTE_PTR signature, CK_ULONG_PTR size) {
    std::lock_guard lock(mutex_);
    if (spoiled_) signature[0] ^= 1;
    if (shortened_) --*size;
    spoiled_ = shortened_ = false;
  }
  void Alter(CK_TOKEN_INFO& info) {
    std::lock_guard lock(mutex_);
    info.flags |= flags_;
    if (label_.empty()) return;
    std::fill(std::begin(info.label), std::end(info.label), ' ');
    std::copy(label_.begin(), label_.end(), info.label);
  }

 private:
  struct Function {
    CK_RV code = CKR_OK;
    int failures = 0;
    int calls = 0;
    bool hold = false;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Function> functions_;
  int hidden_ = 0;
  bool spoiled_ = false;
  bool shortened_ = false;
  bool held_ = false;
  bool released_ = false;
  CK_FLAGS flags_ = 0;
  std::string label_;
};

Faults& TheFaults() {
  static Faults& faults = *new Faults;
  return faults;
}

// The function of SoftHSM behind its faults.
template <auto Member, const char* kName, typename... Arguments>
CK_RV Call(Arguments... arguments) {
  const CK_RV fault = TheFaults().Called(kName);
  return fault == CKR_OK ? (softhsm->*Member)(arguments...) : fault;
}

#define NAME(function) constexpr char k##function[] = #function
NAME(C_Initialize);
NAME(C_Finalize);
NAME(C_OpenSession);
NAME(C_GetSlotList);
NAME(C_GetSessionInfo);
NAME(C_Login);
NAME(C_SignInit);
NAME(C_Sign);
NAME(C_FindObjects);
NAME(C_GetTokenInfo);
#undef NAME

CK_RV FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG most,
                  CK_ULONG_PTR count) {
  const CK_RV rv =
      Call<&CK_FUNCTION_LIST::C_FindObjects, kC_FindObjects>(session, objects, most, count);
  if (TheFaults().Hides()) *count = 0;
  return rv;
}

CK_RV Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
           CK_ULONG_PTR size) {
  const CK_RV rv =
      Call<&CK_FUNCTION_LIST::C_Sign, kC_Sign>(session, data, data_size, signature, size);
  if (rv == CKR_OK) TheFaults().Alter(signature, size);
  return rv;
}

CK_RV GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  const CK_RV rv = Call<&CK_FUNCTION_LIST::C_GetTokenInfo, kC_GetTokenInfo>(slot, info);
  if (rv == CKR_OK) TheFaults().Alter(*info);
  return rv;
}

}  // namespace
}  // namespace cairn::testing

extern "C" cairn::testing::FaultyModule* CairnFaultyModule() {
  return &cairn::testing::TheFaults();
}

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  using namespace cairn::testing;
  static CK_FUNCTION_LIST functions = [] {
    void* const library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    const auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(
        library == nullptr ? nullptr : dlsym(library, "C_GetFunctionList"));
    if (get == nullptr || get(&softhsm) != CKR_OK) return CK_FUNCTION_LIST{};
    CK_FUNCTION_LIST mine = *softhsm;
    using L = CK_FUNCTION_LIST;
    mine.C_Initialize = Call<&L::C_Initialize, kC_Initialize>;
    mine.C_Finalize = Call<&L::C_Finalize, kC_Finalize>;
    mine.C_OpenSession = Call<&L::C_OpenSession, kC_OpenSession>;
    mine.C_GetSlotList = Call<&L::C_GetSlotList, kC_GetSlotList>;
    mine.C_GetSessionInfo = Call<&L::C_GetSessionInfo, kC_GetSessionInfo>;
    mine.C_Login = Call<&L::C_Login, kC_Login>;
    mine.C_SignInit = Call<&L::C_SignInit, kC_SignInit>;
    mine.C_FindObjects = FindObjects;
    mine.C_Sign = Sign;
    mine.C_GetTokenInfo = GetTokenInfo;
    return mine;
  }();
  *list = &functions;
  return softhsm == nullptr ? CKR_GENERAL_ERROR : CKR_OK;
}
