#include <google/protobuf/descriptor.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "protos/ca/v1/ca.pb.h"
#include "protos/ra/v1/ra.pb.h"
#include "protos/sa/v1/sa.pb.h"

namespace cairn::ca {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

// The fields of a message, and of those in it, that speak of private keys.
void Collect(const Descriptor& message, std::set<const Descriptor*>& seen,
             std::vector<std::string>& found) {
  if (!seen.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const std::string& name = message.field(i)->name();
    for (const char* word : {"private", "secret", "pkcs8", "pkcs12"}) {
      if (name.find(word) != std::string::npos) found.push_back(message.field(i)->full_name());
    }
    if (message.field(i)->message_type() != nullptr) {
      Collect(*message.field(i)->message_type(), seen, found);
    }
  }
}

TEST_CASE("no call between services carries a private key: subscribers make their own",
          "[KEY-14]") {
  std::set<const Descriptor*> seen;
  std::vector<std::string> found;
  for (const FileDescriptor* file : {v1::SignCertificateRequest::descriptor()->file(),
                                     ra::v1::FinalizeOrderRequest::descriptor()->file(),
                                     sa::v1::CreateAccountRequest::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      Collect(*file->message_type(i), seen, found);
    }
  }
  CHECK(found == std::vector<std::string>{});
  CHECK(seen.size() > 50);
}

}  // namespace
}  // namespace cairn::ca
