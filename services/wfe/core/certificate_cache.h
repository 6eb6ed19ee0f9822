#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace cairn::wfe {

// The PEM chains of certificates that were just issued: the answer to the poll
// that finds an order valid brings the certificate along, and the download is
// the client's next request. A certificate never changes. Thread-safe.
class CertificateCache {
 public:
  explicit CertificateCache(size_t limit) : limit_(limit) {}

  // `owner` is the account whose certificate it is.
  void Put(const std::string& serial, const std::string& owner, std::string pem);
  // Nothing for another account's certificate.
  std::optional<std::string> Get(const std::string& serial, const std::string& owner);

 private:
  struct Entry {
    std::string serial;
    std::string owner;
    std::string pem;
  };
  using Used = std::list<Entry>;  // the latest first

  const size_t limit_;
  std::mutex mutex_;
  Used used_;
  std::map<std::string, Used::iterator> index_;
};

}  // namespace cairn::wfe
