"""DER for the vectors: a writer of its own, so that no mistake of the C++ code is made twice."""
import base64


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        length = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + length + content


def seq(*parts):
    return tlv(0x30, *parts)


def setof(*parts):
    return tlv(0x31, *parts)


def explicit(number, *parts):
    return tlv(0xa0 | number, *parts)


def boolean(value):
    return tlv(1, b"\xff" if value else b"\x00")


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def enumerated(value):
    return tlv(10, bytes([value]))


def bits(content, unused=0):
    return tlv(3, bytes([unused]), content)


def octets(content):
    return tlv(4, content)


def null():
    return tlv(5)


def oid(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        group = [arc & 0x7f]
        while arc := arc >> 7:
            group.insert(0, arc & 0x7f | 0x80)
        out += bytes(group)
    return tlv(6, out)


def utc(when):
    return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())


def generalized(when):
    return tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def pem(label, der):
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label, "\n".join(lines), label)


NAMES = {
    "2.5.4.3": "commonName", "2.5.4.4": "surname", "2.5.4.6": "countryName",
    "2.5.4.7": "localityName", "2.5.4.8": "stateOrProvinceName", "2.5.4.9": "streetAddress",
    "2.5.4.10": "organizationName", "2.5.4.11": "organizationalUnitName", "2.5.4.17": "postalCode",
    "2.5.29.14": "subjectKeyIdentifier", "2.5.29.15": "keyUsage", "2.5.29.17": "subjectAltName",
    "2.5.29.19": "basicConstraints", "2.5.29.20": "cRLNumber", "2.5.29.21": "reasonCode",
    "2.5.29.27": "deltaCRLIndicator", "2.5.29.28": "issuingDistributionPoint",
    "2.5.29.30": "nameConstraints", "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies", "2.5.29.32.0": "anyPolicy",
    "2.5.29.35": "authorityKeyIdentifier", "2.5.29.36": "policyConstraints",
    "2.5.29.37": "extKeyUsage", "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.3.1": "serverAuth", "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning", "1.3.6.1.5.5.7.48.1": "ocsp",
    "1.3.6.1.5.5.7.48.2": "caIssuers", "1.3.6.1.5.5.7.48.1.5": "ocsp-nocheck",
    "1.3.6.1.4.1.11129.2.4.2": "SCT list", "1.3.6.1.4.1.11129.2.4.3": "poison",
    "2.23.140.1.2.1": "domain-validated", "1.2.840.10045.2.1": "ecPublicKey",
    "1.2.840.10045.3.1.7": "P-256", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.113549.1.1.1": "rsaEncryption", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
}
TAGS = {1: "BOOLEAN", 2: "INTEGER", 3: "BIT STRING", 4: "OCTET STRING", 5: "NULL", 6: "OID",
        10: "ENUMERATED", 12: "UTF8String", 19: "PrintableString", 22: "IA5String", 23: "UTCTime",
        24: "GeneralizedTime", 0x30: "SEQUENCE", 0x31: "SET"}
TEXTS = (12, 19, 22, 23, 24, 0x81, 0x82, 0x86)


def split(data):
    """The elements of `data`, or nothing if it isn't made of whole ones."""
    out = []
    while data:
        if len(data) < 2 or data[0] & 0x1f == 0x1f or data[0] == 0:
            return None
        size, head = data[1], 2
        if size & 0x80:
            head += size & 0x7f
            if size == 0x80 or size > 0x84 or len(data) < head:
                return None
            size = int.from_bytes(data[2:head], "big")
        if len(data) < head + size:
            return None
        out.append((data[0], data[head:head + size]))
        data = data[head + size:]
    return out


def dotted(content):
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 0x7f
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first] + arcs[1:]))


def value_text(tag, content):
    if tag == 6 and content:
        name = dotted(content)
        return NAMES.get(name, name)
    if tag in TEXTS:
        return '"%s"' % "".join(chr(c) if 32 <= c < 127 else "\\x%02x" % c for c in content[:100])
    return content[:24].hex() + ("... (%d octets)" % len(content) if len(content) > 24 else "")


def dump(data, depth=0):
    """Lines for people: one for each element, nested by blanks."""
    elements = split(data)
    if elements is None:
        return ["  " * depth + "not DER: " + data[:32].hex()]
    lines = []
    for tag, content in elements:
        name = TAGS.get(tag, "[%d]" % (tag & 0x1f))
        inner = tag & 0x20 or tag == 4 and content[:1] in (b"\x30", b"\x03", b"\x04", b"\x05", b"\x02") \
            and split(content)
        if inner:
            lines.append("  " * depth + name)
            lines += dump(content, depth + 1)
        else:
            lines.append(("  " * depth + "%s %s" % (name, value_text(tag, content))).rstrip())
    return lines
