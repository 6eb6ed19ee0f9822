#pragma once

#include <string_view>

// Tests that a modulus fails when its RSA key can be broken by known, cheap means
// (BR 6.1.1.3(5), 6.1.6). The modulus is big-endian, odd and at least 512 bits.
// Pure and thread-safe; all together take some milliseconds at 4096 bits.
namespace cairn::crypto {

// Whether a prime below 752 divides it.
bool HasSmallFactor(std::string_view modulus);

// Whether it looks like one of Infineon's library (ROCA, CVE-2017-15361): modulo
// each small prime it is a power of 65537. One in 2^27 good keys does too.
bool HasRocaFingerprint(std::string_view modulus);

// Whether Fermat's method finds its factors within `rounds`: its two primes are
// close to each other. Squares are found at once.
bool FactorsByFermat(std::string_view modulus, int rounds);

// Whether it is a prime, or a power of one (SP 800-89 5.3.3): by the greatest
// common divisor of n and 2^n - 2, which is 1 for any other modulus but those
// made to have one.
bool IsPrimePower(std::string_view modulus);

}  // namespace cairn::crypto
