#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace cairn::crypto {

// The digests, fetched from OpenSSL's provider once per process: a fetch at
// each use costs as much as hashing a kilobyte.
const EVP_MD* Sha256Algorithm();
const EVP_MD* Sha384Algorithm();
const EVP_MD* Sha512Algorithm();

std::string Digest(const EVP_MD* algorithm, std::string_view data);

}  // namespace cairn::crypto
