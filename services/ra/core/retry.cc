#include "services/ra/core/retry.h"

#include "libs/errors/errors.h"

namespace cairn::ra {

bool IsTransient(const absl::Status& status) {
  switch (errors::ReasonOf(status)) {
    case errors::Reason::kUnavailable:
    case errors::Reason::kOverloaded:
    case errors::Reason::kDeadlineExceeded:
      return true;
    default:
      return false;
  }
}

}  // namespace cairn::ra
