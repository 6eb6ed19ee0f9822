"""Certificates, CRLs and OCSP responses that are right, with parts to replace."""
import datetime
import hashlib
import os
import random

from der import (bits, boolean, enumerated, explicit, generalized, integer, null, octets, oid, seq,
                 setof, tlv, utc)

HERE = os.path.dirname(os.path.abspath(__file__))
NOW = datetime.datetime(2026, 11, 26, 12)
HOUR, DAY, SECOND = (datetime.timedelta(seconds=s) for s in (3600, 86400, 1))
SIGNATURE = bits(b"this is not a signature, it stands where one will be")

# ---- Algorithms ----
ECDSA256 = seq(oid("1.2.840.10045.4.3.2"))
ECDSA384 = seq(oid("1.2.840.10045.4.3.3"))
RSA256 = seq(oid("1.2.840.113549.1.1.11"), null())

# ---- Names ----
ATTRIBUTES = {"C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3", "L": "2.5.4.7",
              "ST": "2.5.4.8", "STREET": "2.5.4.9", "POSTAL": "2.5.4.17", "SN": "2.5.4.4"}


def attribute(kind, text, tag=None):
    return seq(oid(ATTRIBUTES[kind]), tlv(tag or (0x13 if kind == "C" else 0x0c), text.encode()))


def name(*pairs):
    return seq(*[setof(attribute(*pair)) for pair in pairs])


ROOT_NAME = name(("C", "XX"), ("O", "Example Trust"), ("CN", "Example Root"))
CA_NAME = name(("C", "XX"), ("O", "Example Trust"), ("CN", "Example CA"))

# ---- Keys: the generators of the curves, and RSA moduli ----
P256 = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
       "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
P256_NEGATIVE = "%064x" % (0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff - int(P256[64:], 16))
P384 = "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7" \
       "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"


def ec_key(point=P256, curve="1.2.840.10045.3.1.7", form=b"\x04"):
    return seq(seq(oid("1.2.840.10045.2.1"), oid(curve)), bits(form + bytes.fromhex(point)))


def rsa_key(modulus, exponent=65537, algorithm=seq(oid("1.2.840.113549.1.1.1"), null())):
    return seq(algorithm, bits(seq(integer(modulus), integer(exponent))))


def moduli():
    """The weak and good ones of libs/crypto's tests, by name."""
    path = os.path.join(HERE, "../../crypto/testdata/rsa_moduli.txt")
    with open(path, encoding="ascii") as file:
        rows = [line.split(": ") for line in file if not line.startswith("#")]
    return {row[0]: int(row[1], 16) for row in rows}


dice = random.Random(20261126)


def is_prime(n):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(16):
        x = pow(dice.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(low, high):
    while True:
        p = dice.randrange(low, high) | 1
        if is_prime(p):
            return p


def rsa_modulus(size):
    """Of two primes, with exactly that many bits."""
    half = size // 2
    while True:
        n = prime(1 << (half - 1), 1 << half) * prime(1 << (size - half - 1), 1 << (size - half))
        if n.bit_length() == size:
            return n


# ---- Extensions: (oid, critical, value) ----
def ext(dotted, value, critical=False):
    return seq(oid(dotted), boolean(True) if critical else b"", octets(value))


def dns(*names):
    return seq(*[tlv(0x82, n if isinstance(n, bytes) else n.encode()) for n in names])


def usage(*numbers):
    value = 0
    for number in numbers:
        value |= 0x80 >> number
    return bits(bytes([value]), (value & -value).bit_length() - 1)


def purposes(*names):
    known = {"server": 1, "client": 2, "code": 3, "ocsp": 9}
    return seq(*[oid("1.3.6.1.5.5.7.3.%d" % known[n] if n in known else n) for n in names])


def uri(text):
    return tlv(0x86, text.encode())


def access(*pairs):
    return seq(*[seq(oid("1.3.6.1.5.5.7.48.%d" % method), uri(url)) for method, url in pairs])


def points(*urls):
    return seq(*[seq(explicit(0, explicit(0, uri(url)))) for url in urls])


def policies(*dotted):
    return seq(*[seq(oid(one)) for one in dotted])


def key_id(which):
    return hashlib.sha1(which).digest()


def authority(which=CA_NAME, *more):
    return seq(tlv(0x80, key_id(which)), *more)


# Logs of the vectors: (operator, kind, state). The id is the SHA-256 of the name.
LOGS = {
    "oak": ("Operator A", "rfc6962", "approved"), "elm": ("Operator A", "rfc6962", "approved"),
    "ash": ("Operator A", "rfc6962", "approved"), "fir": ("Operator B", "rfc6962", "approved"),
    "yew": ("Operator B", "static", "approved"), "box": ("Operator C", "static", "approved"),
    "bay": ("Operator A", "rfc6962", "retired"), "fig": ("Operator B", "rfc6962", "retired"),
}


def log_id(log):
    return hashlib.sha256(log.encode()).digest()


def sct_list(*logs):
    """RFC 6962 section 3.3, with a signature that nobody made."""
    out = b""
    for log in logs:
        sct = b"\0" + log_id(log) + (1795694400000).to_bytes(8, "big") + b"\0\0" + b"\4\3" \
            + b"\0\x08" + b"\x30\x06\2\1\1\2\1\1"
        out += len(sct).to_bytes(2, "big") + sct
    return octets(len(out).to_bytes(2, "big") + out)


URL = "http://crl.example.test/1.crl"
DV = "2.23.140.1.2.1"
LEAF = [
    ("ku", "2.5.29.15", True, usage(0)),
    ("eku", "2.5.29.37", False, purposes("server")),
    ("bc", "2.5.29.19", True, seq()),
    ("aki", "2.5.29.35", False, authority()),
    ("aia", "1.3.6.1.5.5.7.1.1", False, access((2, "http://ca.example.test/1.cer"))),
    ("crldp", "2.5.29.31", False, points(URL)),
    ("policies", "2.5.29.32", False, policies(DV)),
    ("san", "2.5.29.17", True, dns("example.com", "www.example.com")),
]
SCTS = ("scts", "1.3.6.1.4.1.11129.2.4.2", False, sct_list("oak", "fir"))
POISON = ("poison", "1.3.6.1.4.1.11129.2.4.3", True, null())
AUTHORITY = [
    ("bc", "2.5.29.19", True, seq(boolean(True), integer(0))),
    ("ku", "2.5.29.15", True, usage(5, 6)),
    ("eku", "2.5.29.37", False, purposes("server")),
    ("policies", "2.5.29.32", False, policies(DV)),
    ("aia", "1.3.6.1.5.5.7.1.1", False, access((2, "http://ca.example.test/root.cer"))),
    ("crldp", "2.5.29.31", False, points("http://crl.example.test/root.crl")),
    ("ski", "2.5.29.14", False, octets(key_id(CA_NAME))),
    ("aki", "2.5.29.35", False, authority(ROOT_NAME)),
]
ROOT = [
    ("bc", "2.5.29.19", True, seq(boolean(True))),
    ("ku", "2.5.29.15", True, usage(5, 6)),
    ("ski", "2.5.29.14", False, octets(key_id(ROOT_NAME))),
]
SIGNER = [
    ("ku", "2.5.29.15", True, usage(0)),
    ("eku", "2.5.29.37", False, purposes("ocsp")),
    ("nocheck", "1.3.6.1.5.5.7.48.1.5", False, null()),
    ("aki", "2.5.29.35", False, authority()),
    ("ski", "2.5.29.14", False, octets(key_id(b"signer"))),
]


def extensions(base, changed, more=b""):
    """Each of `changed` is None (leave it out), a value, or (critical, value)."""
    unknown = set(changed) - {row[0] for row in base}
    assert not unknown, unknown
    out = b""
    for short, dotted, critical, value in base:
        if short in changed:
            change = changed[short]
            if change is None:
                continue
            critical, value = change if isinstance(change, tuple) else (critical, change)
        out += ext(dotted, value, critical)
    return out + more


def certificate(base, *, issuer, subject, days=90, at=NOW, age=HOUR, start=None, end=None,
                lasts=None, version=explicit(0, integer(2)),
                serial=integer(0x01a1b2c3d4e5f60718293a4b5c6d7e8f), algorithm=ECDSA256, outer=None,
                key=ec_key(), unique=b"", more=b"", no_extensions=False, **changed):
    begin = at - age
    finish = begin + (lasts or datetime.timedelta(days=days)) - SECOND
    tbs = seq(version, serial, algorithm, issuer,
              seq(start or utc(begin), end or (utc if finish.year < 2050 else generalized)(finish)),
              subject, key, unique,
              b"" if no_extensions else explicit(3, seq(extensions(base, changed, more))))
    return seq(tbs, outer or algorithm, SIGNATURE)


def leaf(**parts):
    return certificate(LEAF + [SCTS], **{"issuer": CA_NAME, "subject": seq(), **parts})


def precert(**parts):
    return certificate(LEAF + [POISON], **{"issuer": CA_NAME, "subject": seq(), **parts})


def named(*pairs, **parts):
    """A leaf with a subject, so that the alternative names are not critical."""
    san = parts.pop("san", LEAF[-1][3])
    return leaf(subject=name(*pairs), san=(False, san), **parts)


def subca(**parts):
    return certificate(AUTHORITY, **{"issuer": ROOT_NAME, "subject": CA_NAME, "days": 1096,
                                     "serial": integer(0x02b1b2c3d4e5f60718293a4b5c6d7e8f), **parts})


def root(**parts):
    return certificate(ROOT, **{"issuer": ROOT_NAME, "subject": ROOT_NAME, "days": 9132,
                                "serial": integer(0x03c1b2c3d4e5f60718293a4b5c6d7e8f), **parts})


def signer(**parts):
    return certificate(SIGNER, **{
        "issuer": CA_NAME, "serial": integer(0x04d1b2c3d4e5f60718293a4b5c6d7e8f),
        "subject": name(("C", "XX"), ("O", "Example Trust"), ("CN", "Example OCSP 1")), **parts})


# ---- CRLs ----
def entry(serial, when=NOW - DAY, reason=None, critical=False, more=b""):
    extension = b"" if reason is None else ext("2.5.29.21", enumerated(reason), critical)
    both = extension + more
    return seq(integer(serial), utc(when), seq(both) if both else b"")


CRL = [
    ("aki", "2.5.29.35", False, authority()),
    ("number", "2.5.29.20", False, integer(1795694400)),
    ("idp", "2.5.29.28", True, seq(explicit(0, explicit(0, uri(URL))), tlv(0x81, b"\xff"))),
]


def crl(*, version=integer(1), algorithm=ECDSA256, outer=None, issuer=CA_NAME, begin=NOW - HOUR,
        lasts=7 * DAY, start=None, end=None, entries=None, empty_list=False, more=b"", **changed):
    if entries is None:
        entries = [entry(0x1001, reason=1), entry(0x1002)]
    listed = seq(*entries) if entries or empty_list else b""
    end = utc(begin + lasts) if end is None else end
    tbs = seq(version, algorithm, issuer, start or utc(begin), end, listed,
              explicit(0, seq(extensions(CRL, changed, more))))
    return seq(tbs, outer or algorithm, SIGNATURE)


# ---- OCSP responses ----
def single(status=tlv(0x80), this=NOW - HOUR, lasts=4 * DAY, this_der=None, end=None, more=b""):
    cert_id = seq(seq(oid("1.3.14.3.2.26"), null()), octets(key_id(b"name")),
                  octets(key_id(CA_NAME)), integer(0x1001))
    end = explicit(0, generalized(this + lasts - SECOND)) if end is None else end
    return seq(cert_id, status, this_der or generalized(this), end,
               explicit(1, seq(more)) if more else b"")


def revoked(reason):
    return tlv(0xa1, generalized(NOW - DAY), explicit(0, enumerated(reason)))


def ocsp(*, kind="1.3.6.1.5.5.7.48.1.1", responder=None, produced=NOW - HOUR, singles=None,
         algorithm=ECDSA256, more=b""):
    responder = responder or explicit(2, octets(key_id(CA_NAME)))
    data = seq(responder, generalized(produced), seq(*(singles or [single()])),
               explicit(1, seq(more)) if more else b"")
    basic = seq(data, algorithm, SIGNATURE)
    return seq(enumerated(0), explicit(0, seq(oid(kind), octets(basic))))
