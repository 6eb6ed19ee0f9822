#pragma once

#include <string>

namespace cairn::testing {

// What a test tells faulty_module.so, a PKCS#11 module that hands every call on to
// SoftHSM unless it is to fail. Functions go by name: "C_Sign". Thread-safe.
class FaultyModule {
 public:
  virtual ~FaultyModule() = default;

  // As before any test.
  virtual void Reset() = 0;
  // The next `times` calls return `code` and do nothing else.
  virtual void FailNext(const std::string& function, unsigned long code, int times = 1) = 0;
  // How often it was called since Reset.
  virtual int Calls(const std::string& function) = 0;

  // The next call stands still before it does anything, until Release.
  virtual void HoldNext(const std::string& function) = 0;
  virtual void WaitUntilHeld() = 0;
  virtual void Release() = 0;

  // The next `times` searches find nothing.
  virtual void HideObjects(int times) = 0;
  // The next signature has one wrong bit.
  virtual void SpoilSignature() = 0;
  // The next signature is one octet short.
  virtual void ShortenSignature() = 0;
  // What the token says of itself has these flags, too.
  virtual void AddTokenFlags(unsigned long flags) = 0;
  // All tokens say that they have this label.
  virtual void LabelAll(const std::string& label) = 0;
};

// The path of the module, and the one object in it.
std::string FaultyModulePath();
FaultyModule& TheFaultyModule();

}  // namespace cairn::testing
