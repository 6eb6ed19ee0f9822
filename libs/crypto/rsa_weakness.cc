#include "libs/crypto/rsa_weakness.h"

#include <array>
#include <bitset>
#include <cstdint>

#include "libs/base/invariant.h"
#include "libs/crypto/openssl.h"

namespace cairn::crypto {
namespace {

BigNumPtr Number() {
  BigNumPtr number(BN_new());
  INVARIANT(number != nullptr, "BN_new fails only without memory");
  return number;
}

BigNumPtr Number(std::string_view big_endian) {
  BigNumPtr number(BN_bin2bn(Octets(big_endian), static_cast<int>(big_endian.size()), nullptr));
  INVARIANT(number != nullptr, "BN_bin2bn fails only without memory");
  return number;
}

BigNumContextPtr Context() {
  BigNumContextPtr context(BN_CTX_new());
  INVARIANT(context != nullptr, "BN_CTX_new fails only without memory");
  return context;
}

void Must(int result) { INVARIANT(result == 1, "arithmetic fails only without memory"); }

bool IsPrime(unsigned number) {
  for (unsigned divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return false;
  }
  return number >= 2;
}

// The greatest integer whose square is at most n, by Newton's method from above.
BigNumPtr SquareRoot(const BIGNUM* n, BN_CTX* context) {
  BigNumPtr root = Number();
  BigNumPtr next = Number();
  Must(BN_set_bit(root.get(), (BN_num_bits(n) + 1) / 2));
  while (true) {
    Must(BN_div(next.get(), nullptr, n, root.get(), context));
    Must(BN_add(next.get(), next.get(), root.get()));
    Must(BN_rshift1(next.get(), next.get()));
    if (BN_cmp(next.get(), root.get()) >= 0) return root;
    root.swap(next);
  }
}

// The residues that squares have.
template <size_t Modulus>
std::bitset<Modulus> SquaresModulo() {
  std::bitset<Modulus> squares;
  for (size_t i = 0; i < Modulus; ++i) squares.set(i * i % Modulus);
  return squares;
}

bool IsSquare(const BIGNUM* n, BN_CTX* context) {
  // Nearly every number that is no square shows it here, without a square root.
  static const std::bitset<64> kModulo64 = SquaresModulo<64>();
  static const std::bitset<63> kModulo63 = SquaresModulo<63>();
  static const std::bitset<65> kModulo65 = SquaresModulo<65>();
  static const std::bitset<11> kModulo11 = SquaresModulo<11>();
  if (!kModulo64[BN_mod_word(n, 64)] || !kModulo63[BN_mod_word(n, 63)] ||
      !kModulo65[BN_mod_word(n, 65)] || !kModulo11[BN_mod_word(n, 11)]) {
    return false;
  }
  const BigNumPtr root = SquareRoot(n, context);
  const BigNumPtr square = Number();
  Must(BN_sqr(square.get(), root.get(), context));
  return BN_cmp(square.get(), n) == 0;
}

}  // namespace

bool HasSmallFactor(std::string_view modulus) {
  const BigNumPtr n = Number(modulus);
  for (unsigned prime = 2; prime < 752; ++prime) {
    if (IsPrime(prime) && BN_mod_word(n.get(), prime) == 0) return true;
  }
  return false;
}

bool HasRocaFingerprint(std::string_view modulus) {
  const BigNumPtr n = Number(modulus);
  // The primes that divide the generator's constant at every size of key.
  for (unsigned prime = 3; prime <= 167; prime += 2) {
    if (!IsPrime(prime)) continue;
    const auto residue = static_cast<unsigned>(BN_mod_word(n.get(), prime));
    bool is_power = false;
    unsigned power = 1;
    do {
      is_power = is_power || power == residue;
      power = power * (65537 % prime) % prime;
    } while (power != 1);
    if (!is_power) return false;
  }
  return true;
}

bool FactorsByFermat(std::string_view modulus, int rounds) {
  const BigNumContextPtr context = Context();
  const BigNumPtr n = Number(modulus);
  BigNumPtr a = SquareRoot(n.get(), context.get());
  const BigNumPtr difference = Number();
  Must(BN_sqr(difference.get(), a.get(), context.get()));
  Must(BN_sub(difference.get(), difference.get(), n.get()));
  if (BN_is_zero(difference.get())) return true;
  for (int round = 0; round < rounds; ++round) {
    // difference = a² - n: from one a to the next it grows by 2a + 1.
    Must(BN_add(difference.get(), difference.get(), a.get()));
    Must(BN_add_word(a.get(), 1));
    Must(BN_add(difference.get(), difference.get(), a.get()));
    if (IsSquare(difference.get(), context.get())) return true;
  }
  return false;
}

bool IsPrimePower(std::string_view modulus) {
  const BigNumContextPtr context = Context();
  const BigNumPtr n = Number(modulus);
  const BigNumPtr two = Number();
  Must(BN_set_word(two.get(), 2));
  const BigNumPtr power = Number();
  Must(BN_mod_exp(power.get(), two.get(), n.get(), n.get(), context.get()));
  Must(BN_mod_sub(power.get(), power.get(), two.get(), n.get(), context.get()));
  // 2^n = 2: n is a prime, or as good as one.
  if (BN_is_zero(power.get())) return true;
  const BigNumPtr divisor = Number();
  Must(BN_gcd(divisor.get(), power.get(), n.get(), context.get()));
  return !BN_is_one(divisor.get());
}

}  // namespace cairn::crypto
