#include "services/publisher/core/read_log.h"

#include <memory>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/ct/leaf.h"
#include "libs/errors/errors.h"
#include "libs/x509/certificate.h"

namespace cairn::publisher {
namespace {

using Found = v1::ReadLogResponse::Found;

// Whether the leaf is one of ours; `found` says what it is.
bool IsOurs(const ct::Leaf& leaf, const std::vector<x509::Certificate>& issuers, Found& found) {
  for (const x509::Certificate& issuer : issuers) {
    if (leaf.certificate.find(issuer.tbs().subject_der) == leaf.certificate.npos) continue;
    const auto certificate = x509::Certificate::Parse(leaf.certificate);
    if (certificate.ok()) {
      if (certificate->tbs().issuer_der != issuer.tbs().subject_der ||
          !certificate->VerifySignature(issuer.public_key())) {
        continue;
      }
      found.set_serial(certificate->tbs().serial);
    }
    found.set_certificate(leaf.certificate);
    found.set_precertificate(leaf.entry.type == ct::Entry::Type::kPrecertificate);
    return true;
  }
  return false;
}

}  // namespace

v1::ListLogsResponse ReadLog::List() const {
  v1::ListLogsResponse response;
  const std::shared_ptr<const ct::LogList> list = logs_();
  for (const ct::Log& log : list->logs()) {
    if (log.state != ct::LogState::kUsable && log.state != ct::LogState::kQualified &&
        log.state != ct::LogState::kReadOnly) {
      continue;
    }
    v1::ListLogsResponse::Log& listed = *response.add_logs();
    listed.set_log_id(log.id);
    listed.set_name(log.description);
  }
  return response;
}

absl::StatusOr<v1::ReadLogResponse> ReadLog::Run(const base::Call& call,
                                                 const v1::ReadLogRequest& request) const {
  std::vector<x509::Certificate> issuers;
  for (const std::string& der : request.issuers()) {
    ASSIGN_OR_RETURN(x509::Certificate issuer, x509::Certificate::Parse(der));
    issuers.push_back(std::move(issuer));
  }
  const std::shared_ptr<const ct::LogList> list = logs_();
  const ct::Log* const log = list->Find(request.log_id());
  if (log == nullptr) {
    return errors::Make(errors::Reason::kNotFound, "the log isn't in the list");
  }
  ASSIGN_OR_RETURN(const ct::TreeHead head, client_.GetTreeHead(call, *log));
  v1::ReadLogResponse response;
  response.set_tree_size(head.size);
  response.set_next(request.begin());
  if (request.begin() >= head.size) return response;
  ASSIGN_OR_RETURN(const std::vector<ct::Leaf> leaves,
                   client_.GetEntries(call, *log, request.begin(), head.size));
  for (const ct::Leaf& leaf : leaves) {
    Found found;
    found.set_index(response.next());
    response.set_next(response.next() + 1);
    if (IsOurs(leaf, issuers, found)) *response.add_found() = std::move(found);
  }
  return response;
}

}  // namespace cairn::publisher
