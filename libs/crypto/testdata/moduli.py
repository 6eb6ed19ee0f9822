#!/usr/bin/env python3
"""Makes rsa_moduli.txt: one modulus for each known weakness, and good ones. Takes ten seconds.

    python3 moduli.py > rsa_moduli.txt
"""

import math
import random

random.seed(20261123)  # the same file each time


def is_prime(n, rounds=24):
    """Miller and Rabin's test."""
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % p == 0:
            return n == p
    if n < 2:
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(rounds):
        x = pow(random.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits):
    """With the two highest bits set, so that a product of two has all its bits."""
    while True:
        p = random.getrandbits(bits) | 3 << (bits - 2) | 1
        if is_prime(p):
            return p


def next_prime(p):
    p += 2
    while not is_prime(p):
        p += 2
    return p


# ROCA (CVE-2017-15361): primes of 1024 bits are k * M + 65537^a mod M, with M the product
# of the first 126 primes.
M = math.prod([p for p in range(2, 1000) if is_prime(p)][:126])


def roca_prime(bits):
    size = bits - M.bit_length()
    while True:
        k = random.getrandbits(size) | 3 << (size - 2)
        p = k * M + pow(65537, random.randrange(1 << 200), M)
        if p.bit_length() == bits and is_prime(p):
            return p


def with_length(bits, make):
    while True:
        n = make()
        if n.bit_length() == bits:
            return n


def fermat_round(p, q):
    """In which round Fermat's method finds p and q."""
    return (p + q) // 2 - math.isqrt(p * q)


def main():
    moduli = {"roca": with_length(2048, lambda: roca_prime(1024) * roca_prime(1024))}
    p = prime(1024)
    moduli["adjacent primes"] = p * next_prime(p)
    # About 60 to 80 rounds, where 100 are made.
    near = next_prime(p + int(2 * math.sqrt(2 * 60) * 2**512))
    moduli["found in round %d" % fermat_round(p, near)] = p * near
    far = next_prime(p + 2 * int(2 * math.sqrt(2 * 60)) * 2**512 * 2)
    moduli["not found before round %d" % fermat_round(p, far)] = p * far
    moduli["square"] = prime(1024) ** 2
    moduli["cube"] = prime(683) ** 3
    moduli["prime"] = prime(2048)
    # 751 is the largest prime that BR 6.1.6 bars, 757 the smallest that it doesn't.
    moduli["factor 751"] = with_length(2048, lambda: 751 * prime(2038))
    moduli["factor 757"] = with_length(2048, lambda: 757 * prime(2038))
    moduli["good"] = prime(1024) * prime(1024)

    print("# RSA moduli for rsa_weakness_test, made by moduli.py in this folder. name: hexadecimal")
    for name, n in moduli.items():
        digits = "%x" % n
        print("%s: %s" % (name, digits.zfill(len(digits) + len(digits) % 2)))


if __name__ == "__main__":
    main()
