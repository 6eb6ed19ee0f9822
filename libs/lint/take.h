#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/der/reader.h"
#include "libs/lint/view.h"

// The parts of View::Of. Errors are kMalformed: the object is no such structure.
namespace cairn::lint {

absl::StatusOr<TimeField> TakeTime(der::Reader& reader);
// From the content of a Name.
absl::StatusOr<std::vector<Attribute>> TakeName(std::string_view content);
absl::Status TakeKey(const der::Element& spki, PublicKeyInfo& key);
absl::StatusOr<std::vector<GeneralName>> TakeGeneralNames(der::Reader list);
// The list of extensions; a value that can't be read is put down in view.broken.
absl::Status TakeExtensions(der::Reader wrapper, View& view);
absl::Status ReadExtension(der::Reader& list, Extension& extension);
absl::Status TakeRevoked(der::Reader entry, View& view);
absl::Status TakeOcspResponse(View& view);

// The detail of an error of ours.
std::string Detail(const absl::Status& status);

}  // namespace cairn::lint
