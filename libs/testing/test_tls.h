#pragma once

#include <memory>
#include <string>
#include <vector>

namespace cairn::testing {

// A certificate and its key, both PEM.
struct TlsIdentity {
  std::string certificate_pem;
  std::string key_pem;
  std::string serial_hex;  // upper case, as OpenSSL prints it
};

// A private CA, made anew for each test and valid for a day: for the mutual TLS
// between services, and for HTTPS servers of tests. P-256.
class TestCa {
 public:
  explicit TestCa(const std::string& name = "Test CA");
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  const std::string& pem() const { return pem_; }

  // A leaf for client and server authentication with these SAN DNS names.
  TlsIdentity Issue(const std::vector<std::string>& dns_names) const;

 private:
  struct Keys;

  const std::unique_ptr<Keys> keys_;
  std::string pem_;
};

}  // namespace cairn::testing
