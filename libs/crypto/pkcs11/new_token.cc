#include "libs/crypto/pkcs11/new_token.h"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/pkcs11/module.h"
#include "libs/crypto/pkcs11/pin.h"
#include "libs/crypto/pkcs11/return_value.h"
#include "libs/errors/errors.h"

namespace cairn::crypto::pkcs11 {
namespace {

using errors::Make;
using errors::Reason;

// Cryptoki's parameters have no const; a PIN is only read.
CK_UTF8CHAR_PTR Octets(const Pin& pin) {
  return reinterpret_cast<CK_UTF8CHAR_PTR>(const_cast<char*>(pin.text().data()));
}

struct Slots {
  std::optional<CK_SLOT_ID> fresh;  // the first that is not initialised
  std::optional<CK_SLOT_ID> named;  // that with the label
};

absl::StatusOr<Slots> LookAtSlots(const CK_FUNCTION_LIST& functions, const std::string& label) {
  std::vector<CK_SLOT_ID> list(1000);  // far more than any module has
  CK_ULONG count = list.size();
  RETURN_IF_ERROR(
      ToStatus(label, "C_GetSlotList", functions.C_GetSlotList(CK_TRUE, list.data(), &count)));
  list.resize(count);
  Slots slots;
  for (const CK_SLOT_ID slot : list) {
    CK_TOKEN_INFO info = {};
    if (functions.C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) {
      if (!slots.fresh.has_value()) slots.fresh = slot;
      continue;
    }
    const std::string_view padded(reinterpret_cast<const char*>(info.label), sizeof info.label);
    if (padded.substr(0, padded.find_last_not_of(' ') + 1) == label) slots.named = slot;
  }
  return slots;
}

absl::Status SetPin(const CK_FUNCTION_LIST& functions, const std::string& label, CK_SLOT_ID slot,
                    const Pin& so_pin, const Pin& pin) {
  CK_SESSION_HANDLE session = 0;
  RETURN_IF_ERROR(ToStatus(label, "C_OpenSession",
                           functions.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                                   nullptr, nullptr, &session)));
  absl::Status status = ToStatus(
      label, "C_Login", functions.C_Login(session, CKU_SO, Octets(so_pin), so_pin.text().size()));
  if (status.ok()) {
    status =
        ToStatus(label, "C_InitPIN", functions.C_InitPIN(session, Octets(pin), pin.text().size()));
  }
  // Logs out, as it is the only session.
  (void)functions.C_CloseSession(session);
  return status;
}

}  // namespace

absl::Status InitialiseToken(const NewToken& token) {
  const std::string& label = token.token_label;
  // The field of Cryptoki has no end but its size.
  constexpr size_t kLabelSize = sizeof(CK_TOKEN_INFO::label);
  if (label.empty() || label.size() > kLabelSize) {
    return Make(Reason::kMalformed, "a token has a label of 1 to 32 octets");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<PinSource> so_source,
                   PinSource::Create(token.so_pin_path));
  ASSIGN_OR_RETURN(const std::unique_ptr<PinSource> source, PinSource::Create(token.pin_path));
  ASSIGN_OR_RETURN(const Pin so_pin, so_source->Read());
  ASSIGN_OR_RETURN(const Pin pin, source->Read());
  ASSIGN_OR_RETURN(const std::shared_ptr<Module> module, Module::Load(token.module));
  const Module::Use use = module->Enter();
  ASSIGN_OR_RETURN(const Slots before, LookAtSlots(use.functions(), label));
  if (before.named.has_value()) {
    return Make(Reason::kConflict, base::Cat("token \"", label, "\" exists"));
  }
  if (!before.fresh.has_value()) {
    return Make(Reason::kNotFound, "no slot has a token that is not initialised");
  }
  std::string padded = label;
  padded.resize(kLabelSize, ' ');
  RETURN_IF_ERROR(
      ToStatus(label, "C_InitToken",
               use.functions().C_InitToken(*before.fresh, Octets(so_pin), so_pin.text().size(),
                                           reinterpret_cast<CK_UTF8CHAR_PTR>(padded.data()))));
  // A module may move the token to another slot.
  ASSIGN_OR_RETURN(const Slots after, LookAtSlots(use.functions(), label));
  if (!after.named.has_value()) {
    return Make(Reason::kInternal, base::Cat("token \"", label, "\" did not come to be"));
  }
  return SetPin(use.functions(), label, *after.named, so_pin, pin);
}

}  // namespace cairn::crypto::pkcs11
