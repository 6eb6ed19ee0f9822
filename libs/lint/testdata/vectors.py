#!/usr/bin/env python3
"""Makes the vectors of the lints: a folder for each lint, a file for each object.

    python3 vectors.py          in this folder; it takes half a minute

What the file of an object expects is written below by hand, not taken from the
C++ code: the lint of its folder, and every other that must speak as well.
"""
import datetime
import hashlib
import os
import shutil

import objects as o
from der import (bits, boolean, dump, explicit, generalized, integer, null, octets, oid, pem, seq,
                 setof, tlv, utc)
from objects import (DAY, HERE, HOUR, NOW, SECOND, crl, entry, ext, leaf, named, ocsp, precert, root,
                     signer, single, subca)

UTC = "%Y-%m-%dT%H:%M:%SZ"
count = {}


def write(lint, verdict, says, der, *, kind="subscriber", at=NOW, policy="webpki", issuer="ec",
          also="", suffixes=True, blocklist=True, logs=True, names="", profile="", first=b"",
          crl_url="", previous=""):
    """One vector. `also`: what else must be found."""
    number = count[lint, verdict] = count.get((lint, verdict), 0) + 1
    folder = os.path.join(HERE, lint)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "%s%s.txt" % (verdict, number if number > 1 else ""))
    label = "X509 CRL" if "crl" in kind else "OCSP RESPONSE" if kind.startswith("ocsp_r") \
        else "CERTIFICATE"
    expected = sorted(also.split() + ([lint] if verdict == "fail" else []))
    with open(path, "w", encoding="ascii") as file:
        print(says, file=file)
        print("\nKIND: %s\nAT: %s\nPOLICY: %s" % (kind, at.strftime(UTC), policy), file=file)
        for key, value in (("ISSUER", issuer), ("PUBLIC_SUFFIXES", suffixes), ("BLOCKLIST", blocklist),
                           ("LOGS", logs), ("NAMES", names), ("PROFILE", profile),
                           ("CRL_URL", crl_url), ("PREVIOUS_CRL_NUMBER", previous)):
            if value:
                print("%s: %s" % (key, "yes" if value is True else value), file=file)
        print("", file=file)
        print("\n".join(dump(der)), file=file)
        print("\n" + pem(label, der), end="", file=file)
        if first:
            print("\n" + pem("PRECERTIFICATE", first), end="", file=file)
        print("\nEXPECT: %s" % (" ".join(expected) or "nothing"), file=file)


def fail(lint, says, der, **how):
    write(lint, "fail", says, der, **how)


def good(lint, says, der, **how):
    """The lint looks at it, and finds nothing."""
    write(lint, "pass", says, der, **how)


def before(lint, says, der, **how):
    """The lint is not in force, or not for such an object."""
    write(lint, "out_of_force", says, der, **how)


def common_files():
    def put(name, text):
        with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
            file.write(text)

    rsa_ca = subca(key=o.rsa_key(o.rsa_modulus(2048)), days=1096)
    for name, der in (("ec", subca()), ("rsa", rsa_ca), ("root", root()),
                      ("ending", subca(lasts=3 * DAY))):
        put("issuer_%s.pem" % name, pem("CERTIFICATE", der))
    put("public_suffixes.txt",
        "// ===BEGIN ICANN DOMAINS===\ncom\nuk\nco.uk\narpa\nonion\ntest\n// ===END ICANN DOMAINS===\n")
    put("blocklist.txt", "%s vectors.py\n" % hashlib.sha256(
        o.ec_key(o.P384, "1.3.132.0.34")).hexdigest())
    put("logs.txt", "".join("%s %s %s %s\n" % (o.log_id(log).hex(), *[part.replace(" ", "_") for part in row])
                            for log, row in o.LOGS.items()))


    corpus = os.path.join(HERE, "fuzz")
    os.makedirs(corpus, exist_ok=True)
    kinds = ("subscriber", "precertificate", "ocsp_signer", "subordinate_ca", "cross", "root", "crl", "ca_crl",
             "ocsp_response", "issuer", "guessed")
    for name, der in (("subscriber", named(("C", "XX"), CN)), ("precertificate", precert()),
                      ("ocsp_signer", signer()), ("subordinate_ca", subca()), ("root", root()),
                      ("crl", crl()), ("ca_crl", crl(entries=[])),
                      ("ocsp_response", ocsp(singles=[single(o.revoked(1))])), ("issuer", leaf()),
                      ("guessed", leaf(key=o.rsa_key(o.moduli()["good"])))):
        with open(os.path.join(corpus, name), "wb") as file:
            file.write(bytes([kinds.index(name)]) + der)


CN = ("CN", "example.com")


def certificates():
    good("e_object_malformed", "a certificate that can be taken apart", leaf())
    fail("e_object_malformed", "a certificate whose last octet is missing", leaf()[:-1])
    fail("e_object_malformed", "a certificate with an octet after its end", leaf() + b"\0")
    fail("e_object_malformed", "no ASN.1 at all", b"not a certificate")
    good("e_not_der", "strict DER", leaf())
    fail("e_not_der", "a serial number with a leading zero too many", leaf(serial=tlv(2, b"\0" + b"\x11" * 16)))
    good("e_invalid_certificate_version", "version 3", leaf())
    fail("e_invalid_certificate_version", "version 1, by leaving it out", leaf(version=b""))
    fail("e_invalid_certificate_version", "version 2", leaf(version=explicit(0, integer(1))))

    good("e_serial_number_not_positive", "a positive serial number whose top bit is set behind a zero octet",
         leaf(serial=integer(0x81 << 120)))
    fail("e_serial_number_not_positive", "a negative serial number", leaf(serial=tlv(2, b"\x81" + b"\x11" * 15)))
    fail("e_serial_number_not_positive", "the serial number zero", leaf(serial=integer(0)),
         also="e_serial_number_low_entropy")
    good("e_serial_number_longer_than_20_octets", "2^159 - 1, the greatest there is", leaf(serial=integer(2**159 - 1)))
    fail("e_serial_number_longer_than_20_octets", "2^159", leaf(serial=integer(2**159)))
    good("e_serial_number_low_entropy", "a serial number of 8 octets", leaf(serial=integer(0x7a << 56)))
    fail("e_serial_number_low_entropy", "a serial number of 7 octets", leaf(serial=integer(0x7a << 48)))
    cairn = "validity=7776000 names=100 last=scts"
    good("e_serial_number_not_of_generator", "16 octets, as the generator draws them", leaf(), profile=cairn)
    fail("e_serial_number_not_of_generator", "18 octets", leaf(serial=integer(0x7a << 136)), profile=cairn)
    fail("e_serial_number_not_of_generator", "16 octets and the sign's zero: no signer has the number 0x81",
         leaf(serial=integer(0x81 << 120)), profile=cairn)

    good("e_cert_sig_alg_not_match_tbs_sig_alg", "the same algorithm twice", leaf())
    fail("e_cert_sig_alg_not_match_tbs_sig_alg", "SHA-384 inside, SHA-256 outside",
         leaf(algorithm=o.ECDSA384, outer=o.ECDSA256))
    pss = seq(oid("1.2.840.113549.1.1.10"), seq(
        explicit(0, seq(oid("2.16.840.1.101.3.4.2.1"), null())),
        explicit(1, seq(oid("1.2.840.113549.1.1.8"), seq(oid("2.16.840.1.101.3.4.2.1"), null()))),
        explicit(2, integer(32))))
    good("e_signature_algorithm_not_supported", "RSASSA-PSS with the parameters of the list",
         leaf(algorithm=pss), issuer="rsa")
    fail("e_signature_algorithm_not_supported", "RSASSA-PSS with a salt of 20 octets",
         leaf(algorithm=pss[:-1] + b"\x14"), issuer="rsa")
    fail("e_signature_algorithm_not_supported", "Ed25519", leaf(algorithm=seq(oid("1.3.101.112"))), issuer="rsa")
    good("e_tbs_signature_rsa_encryption_parameter_not_null", "RSA with NULL", leaf(algorithm=o.RSA256), issuer="rsa")
    fail("e_tbs_signature_rsa_encryption_parameter_not_null", "RSA without parameters",
         leaf(algorithm=seq(oid("1.2.840.113549.1.1.11"))), issuer="rsa",
         also="e_signature_algorithm_not_supported")
    good("e_mp_ecdsa_signature_encoding_correct", "ECDSA without parameters", leaf())
    fail("e_mp_ecdsa_signature_encoding_correct", "ECDSA with NULL",
         leaf(algorithm=seq(oid("1.2.840.10045.4.3.2"), null())), also="e_signature_algorithm_not_supported")
    good("e_ecdsa_hash_does_not_fit_curve", "an issuer on P-256 and SHA-256", leaf())
    fail("e_ecdsa_hash_does_not_fit_curve", "an issuer on P-256 and SHA-384", leaf(algorithm=o.ECDSA384))
    good("e_sub_cert_or_sub_ca_using_sha1", "SHA-256", leaf())
    fail("e_sub_cert_or_sub_ca_using_sha1", "RSA with SHA-1",
         leaf(algorithm=seq(oid("1.2.840.113549.1.1.5"), null())), issuer="rsa",
         also="e_signature_algorithm_not_supported")
    fail("e_sub_cert_or_sub_ca_using_sha1", "a CRL signed with ECDSA and SHA-1",
         crl(algorithm=seq(oid("1.2.840.10045.4.1"))), kind="crl",
         also="e_signature_algorithm_not_supported e_ecdsa_hash_does_not_fit_curve")

    good("e_issuer_dn_not_subject_of_issuer", "the issuer's name, octet by octet", leaf())
    fail("e_issuer_dn_not_subject_of_issuer", "the same text, but in a PrintableString",
         leaf(issuer=o.name(("C", "XX"), ("O", "Example Trust", 0x13), ("CN", "Example CA"))))
    good("e_issuer_field_empty", "an issuer with a name", leaf(), issuer="")
    fail("e_issuer_field_empty", "an empty issuer", leaf(issuer=seq()), issuer="")

    begin = NOW - HOUR
    good("e_validity_time_not_positive", "one second", leaf(end=utc(begin)))
    fail("e_validity_time_not_positive", "notAfter a second before notBefore", leaf(end=utc(begin - SECOND)))
    three = o.sct_list("oak", "elm", "fir")
    y26, y27, y29 = (datetime.datetime(y, 3, 15) for y in (2026, 2027, 2029))
    for limit, at, w in ((200, NOW, 199), (100, y27, 99), (47, y29, 46)):
        e = "e_server_cert_valid_time_longer_than_%d_days" % limit
        soft = "w_server_cert_valid_time_longer_than_%d_days" % w
        over = leaf(lasts=limit * DAY + SECOND, at=at, scts=three)
        good(e, "%d days to the second" % limit, leaf(days=limit, at=at, scts=three), at=at, also=soft)
        fail(e, "%d days and a second" % limit, over, at=at, also=soft)
        good(soft, "%d days to the second" % w, leaf(days=w, at=at, scts=three), at=at)
        fail(soft, "%d days and a second" % w, leaf(lasts=w * DAY + SECOND, at=at, scts=three), at=at)
        start = y26 if limit == 200 else at
        eve = leaf(lasts=limit * DAY + SECOND, at=start - SECOND, scts=three)
        before(e, "%d days and a second, signed a second before the rule" % limit, eve, at=start - SECOND)
    good("e_validity_exceeds_profile", "90 days, as the profile says", leaf(), profile=cairn)
    fail("e_validity_exceeds_profile", "90 days and a second", leaf(lasts=90 * DAY + SECOND), profile=cairn)
    good("e_not_before_backdated", "48 hours", leaf(age=48 * HOUR))
    fail("e_not_before_backdated", "48 hours and a second", leaf(age=48 * HOUR + SECOND))
    fail("e_not_before_backdated", "two days and a second ahead", leaf(age=-48 * HOUR - SECOND))
    how = {"kind": "subordinate_ca", "issuer": "root"}
    good("e_ca_not_before_backdated", "a day", subca(age=DAY), **how)
    fail("e_ca_not_before_backdated", "a day and a second", subca(age=DAY + SECOND), **how)
    fail("e_ca_not_before_backdated", "a second ahead", root(age=-SECOND), kind="root", issuer="")
    good("e_not_after_exceeds_issuer", "as long as the issuer", leaf(lasts=3 * DAY), issuer="ending")
    fail("e_not_after_exceeds_issuer", "a second longer than the issuer", leaf(lasts=3 * DAY + SECOND),
         issuer="ending")
    good("e_wrong_time_format_pre2050", "a root that ends in 2051, in GeneralizedTime", root(), kind="root", issuer="")
    fail("e_wrong_time_format_pre2050", "2026 in GeneralizedTime", leaf(start=generalized(begin)))
    good("e_utc_time_does_not_include_seconds", "times with seconds", leaf())
    fail("e_utc_time_does_not_include_seconds", "a time without seconds", leaf(start=tlv(0x17, b"2611261100Z")),
         also="e_not_der", logs=False)
    good("e_utc_time_not_in_zulu", "times in Zulu", leaf())
    fail("e_utc_time_not_in_zulu", "a time with an offset", leaf(start=tlv(0x17, b"261126110000+0000")),
         also="e_not_der", logs=False)
    good("e_generalized_time_includes_fraction_seconds", "GeneralizedTime without fraction", root(),
         kind="root", issuer="")
    fail("e_generalized_time_includes_fraction_seconds", "half a second",
         root(end=tlv(0x18, b"20511126110000.5Z")), kind="root", issuer="", also="e_not_der")
    good("e_cert_contains_unique_identifier", "no unique identifier", leaf())
    fail("e_cert_contains_unique_identifier", "an issuerUniqueID", leaf(unique=tlv(0x81, b"\0\1")))
    fail("e_cert_contains_unique_identifier", "a subjectUniqueID", leaf(unique=tlv(0x82, b"\0\1")))


def subjects():
    dv = "e_cab_dv_subject_invalid_values"
    good(dv, "a country alone", named(("C", "XX")))
    fail(dv, "a surname", named(("SN", "Doe")))
    good("e_organizational_unit_name_prohibited", "no OU", named(("C", "XX")))
    fail("e_organizational_unit_name_prohibited", "a CA with an OU",
         subca(subject=o.name(("C", "XX"), ("O", "Example Trust"), ("OU", "Web"), ("CN", "Example CA"))),
         kind="subordinate_ca", issuer="root")
    for lint, kind in (("locality", "L"), ("org", "O"), ("postal", "POSTAL"), ("province", "ST"),
                       ("street", "STREET")):
        lint = "e_cab_dv_conflicts_with_" + lint
        good(lint, "a country alone", named(("C", "XX")))
        fail(lint, "the attribute " + kind, named((kind, "Somewhere")), also=dv)
    included = "w_subject_common_name_included"
    good("e_invalid_subject_rdn_order", "C, then CN", named(("C", "XX"), CN), also=included)
    fail("e_invalid_subject_rdn_order", "CN, then C", named(CN, ("C", "XX")), also=included)
    both = seq(setof(o.attribute("C", "XX"), o.attribute("CN", "example.com")))
    good("n_multiple_subject_rdn", "C and CN apart", named(("C", "XX"), CN), also=included)
    fail("n_multiple_subject_rdn", "C and CN in one relative name",
         leaf(subject=both, san=(False, o.dns("example.com"))), also=included)
    good("e_duplicate_subject_attribs", "one country", named(("C", "XX")))
    fail("e_duplicate_subject_attribs", "two countries", named(("C", "XX"), ("C", "XX")))
    good("e_subject_rdns_correct_encoding", "a country in a PrintableString", named(("C", "XX")))
    fail("e_subject_rdns_correct_encoding", "a country in a UTF8String", named(("C", "XX", 0x0c)))
    fail("e_subject_rdns_correct_encoding", "a common name in a TeletexString",
         named((*CN, 0x14)), also=included)
    for size, write_one in ((64, good), (65, fail)):
        text = "a" * 40 + "." + "b" * (size - 45) + ".com"
        write_one("e_subject_common_name_max_length", "a common name of %d characters" % size,
                  named(("CN", text), san=o.dns(text)), also=included)
        write_one("e_subject_attribute_max_length", "a CA whose organization has %d characters" % size,
                  subca(subject=o.name(("C", "XX"), ("O", "x" * size), ("CN", "Example CA"))),
                  kind="subordinate_ca", issuer="root")
    lint = "e_subject_common_name_not_exactly_from_san"
    good(lint, "an address in its one text form", named(("CN", "2001:4860:4860::8888"),
         san=seq(tlv(0x87, bytes.fromhex("20014860486000000000000000008888")))), also=included)
    fail(lint, "another name", named(("CN", "mail.example.com")), also=included)
    fail(lint, "upper case", named(("CN", "EXAMPLE.com")), also=included)
    good("w_extra_subject_common_names", "one common name", named(CN), also=included)
    fail("w_extra_subject_common_names", "two common names", named(CN, ("CN", "www.example.com")),
         also=included + " e_duplicate_subject_attribs")
    good(included, "no common name", leaf())
    fail(included, "a common name", named(CN))
    before(included, "a common name in a private network", named(CN), policy="private")
    good("e_subject_country_not_iso", "DE", named(("C", "DE")))
    fail("e_subject_country_not_iso", "DD, which is no country any more", named(("C", "DD")))
    fail("e_subject_country_not_iso", "lower case", named(("C", "de")))
    for kind, lint in (("C", "country"), ("O", "organization"), ("CN", "common")):
        pairs = [p for p in (("C", "XX"), ("O", "Example Trust"), ("CN", "Example CA")) if p[0] != kind]
        how = {"kind": "subordinate_ca", "issuer": "root"}
        good("e_ca_%s_name_missing" % lint, "C, O and CN", subca(), **how)
        fail("e_ca_%s_name_missing" % lint, "without " + kind, subca(subject=o.name(*pairs)), **how)


def alternative_names():
    def bad(lint, says, *names, **how):
        fail(lint, says, leaf(san=o.dns(*names)), **how)

    def fine(lint, says, *names, **how):
        good(lint, says, leaf(san=o.dns(*names)), **how)

    def raw(*names):
        return leaf(san=seq(*names))

    good("e_ext_san_missing", "with names", leaf())
    fail("e_ext_san_missing", "without subjectAltName", leaf(san=None))
    good("e_ext_san_no_entries", "two names", leaf())
    fail("e_ext_san_no_entries", "an empty list of names", leaf(san=seq()))
    good("e_ext_san_not_critical_without_subject", "critical, with an empty subject", leaf())
    fail("e_ext_san_not_critical_without_subject", "not critical, with an empty subject",
         leaf(san=(False, o.dns("example.com"))))
    good("w_ext_san_critical_with_subject_dn", "not critical, with a subject", named(("C", "XX")))
    fail("w_ext_san_critical_with_subject_dn", "critical, with a subject", leaf(subject=o.name(("C", "XX"))))
    host = tlv(0x82, b"example.com")
    for lint, says, other in (
            ("other_name", "an otherName", tlv(0xa0, oid("1.3.6.1.4.1.99999.1"), explicit(0, null()))),
            ("rfc822_name", "a mail address", tlv(0x81, b"a@example.com")),
            ("x400_address", "an X.400 address", tlv(0xa3, seq())),
            ("directory_name", "a directory name", tlv(0xa4, o.CA_NAME)),
            ("edi_party_name", "an EDI party", tlv(0xa5, tlv(0xa1, tlv(0x13, b"x")))),
            ("uniform_resource_identifier", "a URI", tlv(0x86, b"http://example.com/")),
            ("registered_id", "a registered id", tlv(0x88, oid("1.3.6.1.4.1.99999.1")[2:]))):
        lint = "e_ext_san_%s_present" % lint
        good(lint, "a DNS name and an address", raw(host, tlv(0x87, b"\x08\x08\x08\x08")))
        fail(lint, says, raw(host, other))
    fine("n_san_dns_name_duplicate", "two names", "example.com", "www.example.com")
    bad("n_san_dns_name_duplicate", "a name twice, once in upper case", "example.com", "EXAMPLE.com")
    fail("n_san_dns_name_duplicate", "an address twice", raw(*[tlv(0x87, b"\x08\x08\x08\x08")] * 2))
    profile = "validity=7776000 names=2 last=scts"
    good("e_san_count_above_profile", "two names where two are allowed", leaf(), profile=profile)
    fail("e_san_count_above_profile", "three names where two are allowed",
         leaf(san=o.dns("a.example.com", "b.example.com", "c.example.com")), profile=profile)
    good("e_names_differ_from_order", "the names of the order", leaf(), names="example.com www.example.com")
    fail("e_names_differ_from_order", "a name more than ordered", leaf(), names="example.com")
    fail("e_names_differ_from_order", "a name fewer than ordered", leaf(),
         names="example.com www.example.com mail.example.com")

    fine("e_ext_san_dns_not_ia5_string", "ASCII", "example.com")
    bad("e_ext_san_dns_not_ia5_string", "an umlaut in Latin-1", b"m\xfcnchen.com")
    fine("e_san_dns_name_includes_null_char", "no NUL", "example.com")
    bad("e_san_dns_name_includes_null_char", "a NUL", b"example.com\0.example.com")
    fine("e_ext_san_space_dns_name", "no blank", "example.com")
    bad("e_ext_san_space_dns_name", "a blank", "exam ple.com")
    ldh = "e_dnsname_bad_character_in_label"
    fine(ldh, "letters, digits, hyphens", "a-1.example.com", "*.example.com")
    bad(ldh, "an exclamation mark", "exam!ple.com")
    fine("e_underscore_not_permissible_in_dnsname", "a hyphen", "a-b.example.com")
    bad("e_underscore_not_permissible_in_dnsname", "an underscore", "a_b.example.com")
    fine("e_dnsname_label_too_long", "a label of 63 octets", "a" * 63 + ".example.com")
    bad("e_dnsname_label_too_long", "a label of 64 octets", "a" * 64 + ".example.com")
    long = ".".join(["a" * 60] * 4)
    fine("e_ext_san_dns_name_too_long", "253 octets", long + ".abcde.com")
    bad("e_ext_san_dns_name_too_long", "254 octets", long + ".abcdef.com")
    fine("e_dnsname_empty_label", "no empty label", "a.example.com")
    bad("e_dnsname_empty_label", "an empty label", "a..example.com")
    fine("e_san_dns_name_starts_with_period", "no dot in front", "example.com")
    bad("e_san_dns_name_starts_with_period", "a dot in front", ".example.com")
    fine("e_san_dns_name_ends_with_period", "no dot at the end", "example.com")
    bad("e_san_dns_name_ends_with_period", "a dot at the end", "example.com.", suffixes=False)
    fine("e_dnsname_hyphen_at_edge_of_label", "an inner hyphen", "a-b.example.com")
    bad("e_dnsname_hyphen_at_edge_of_label", "a hyphen in front", "-a.example.com")
    bad("e_dnsname_hyphen_at_edge_of_label", "a hyphen at the end", "a-.example.com")
    fine("e_dnsname_contains_prohibited_reserved_label", "xn--", "xn--bcher-kva.com")
    bad("e_dnsname_contains_prohibited_reserved_label", "ab--", "ab--cd.example.com")
    fine("e_international_dns_name_not_unicode", "an A-label", "xn--bcher-kva.com")
    bad("e_international_dns_name_not_unicode", "what ends within a number", "xn--9.example.com")
    bad("e_international_dns_name_not_unicode", "plain ASCII as an A-label", "xn--abc-.example.com",
        also="e_dnsname_hyphen_at_edge_of_label")
    for says, label in (("u with diaeresis, composed", "b\u00fccher"), ("Hangul", "\ud55c\uad6d"),
                        ("Devanagari that is never composed", "\u0915\u093c"),
                        ("a mark that finds nothing to join", "q\u0301")):
        fine("e_international_dns_name_not_nfc", says, "xn--%s.com" % label.encode("punycode").decode())
    for says, label in (("e and an accent, apart", "e\u0301"), ("marks in the wrong order", "q\u0307\u0323"),
                        ("Hangul letters, apart", "\u1112\u1161\u11ab"), ("the Kelvin sign", "\u212a"),
                        ("a composed letter and a mark that belongs below", "\u00e9\u0323")):
        bad("e_international_dns_name_not_nfc", says, "xn--%s.com" % label.encode("punycode").decode())
    fine("e_dnsname_not_valid_tld", "com", "example.com")
    bad("e_dnsname_not_valid_tld", "corp", "mail.corp")
    before("e_dnsname_not_valid_tld", "corp in a private network", leaf(san=o.dns("mail.corp")), policy="private")
    fine("e_dnsname_contains_bare_iana_suffix", "below co.uk", "example.co.uk")
    bad("e_dnsname_contains_bare_iana_suffix", "co.uk", "co.uk")
    fine("e_dnsname_wildcard_left_of_public_suffix", "below co.uk", "*.example.co.uk")
    bad("e_dnsname_wildcard_left_of_public_suffix", "all of co.uk", "*.co.uk")
    fine("e_dnsname_left_label_wildcard_correct", "a wildcard as a whole label", "*.example.com")
    bad("e_dnsname_left_label_wildcard_correct", "a wildcard within a label", "f*.example.com", also=ldh)
    fine("e_dnsname_wildcard_only_in_left_label", "a wildcard at the left", "*.example.com")
    bad("e_dnsname_wildcard_only_in_left_label", "a wildcard in the middle", "www.*.example.com", also=ldh)
    arpa = ("1.0.0.8.in-addr.arpa",)
    fine("e_arpa_domain_not_allowed", "another name below arpa", "example.arpa")
    bad("e_arpa_domain_not_allowed", "the name of an address", *arpa)
    bad("e_arpa_domain_not_allowed", "the name of an IPv6 address", "8.b.d.0.1.0.0.2.IP6.arpa")
    eve = datetime.datetime(2026, 3, 14, 23, 59, 59)
    before("e_arpa_domain_not_allowed", "the name of an address, a second before the rule",
           leaf(san=o.dns(*arpa), at=eve), at=eve)
    fine("e_san_dns_name_onion_invalid", "no onion", "onion.example.com")
    bad("e_san_dns_name_onion_invalid", "an onion name", "a" * 56 + ".onion")
    for lint, says, value, expected in (
            ("contains_reserved_ip", "10.0.0.1", b"\x0a\0\0\1", ""),
            ("contains_reserved_ip", "a documentation address", bytes.fromhex("20010db8") + b"\0" * 11 + b"\1", ""),
            ("ip_wrong_length", "five octets", b"\x08\x08\x08\x08\x08", ""),
            ("ip_is_v4_mapped", "::ffff:8.8.8.8", b"\0" * 10 + b"\xff\xff\x08\x08\x08\x08",
             "e_ext_san_contains_reserved_ip")):
        if ("e_ext_san_" + lint, "pass") not in count:
            good("e_ext_san_" + lint, "8.8.8.8", raw(tlv(0x87, b"\x08\x08\x08\x08")))
        fail("e_ext_san_" + lint, says, raw(tlv(0x87, value)), also=expected)


def keys():
    known = o.moduli()
    usual = known["good"]
    plain = leaf(key=o.rsa_key(usual))
    malformed = "e_public_key_malformed"

    def rsa(lint, says, modulus, exponent=65537, **how):
        fail(lint, says, leaf(key=o.rsa_key(modulus, exponent)), **how)

    for lint in ("e_rsa_mod_less_than_2048_bits", "e_mp_modulus_must_be_divisible_by_8",
                 "e_rsa_mod_longer_than_8192_bits", "e_rsa_public_exponent_not_odd",
                 "e_rsa_public_exponent_too_small", "w_rsa_public_exponent_not_in_range",
                 "w_rsa_mod_not_odd", "w_rsa_mod_factors_smaller_than_752", "w_rsa_mod_prime_power",
                 "e_rsa_roca_fingerprint", "e_rsa_fermat_factorization",
                 "e_spki_rsa_encryption_parameter_not_null"):
        good(lint, "2048 bits, 65537", plain)
    rsa("e_rsa_mod_less_than_2048_bits", "2040 bits", o.rsa_modulus(2040))
    rsa("e_mp_modulus_must_be_divisible_by_8", "2049 bits", o.rsa_modulus(2049))
    rsa("e_rsa_mod_longer_than_8192_bits", "8200 bits", o.dice.getrandbits(8200) | 1 << 8199 | 1)
    rsa("e_rsa_public_exponent_not_odd", "65538", usual, 65538, also=malformed)
    rsa("e_rsa_public_exponent_too_small", "1", usual, 1,
        also="w_rsa_public_exponent_not_in_range " + malformed)
    rsa("w_rsa_public_exponent_not_in_range", "3", usual, 3)
    rsa("w_rsa_public_exponent_not_in_range", "2^256 + 1", usual, 2**256 + 1, also=malformed)
    rsa("w_rsa_mod_not_odd", "an even modulus", usual - 1, also=malformed)
    rsa("w_rsa_mod_factors_smaller_than_752", "751 divides it, from libs/crypto/testdata",
        known["factor 751"])
    rsa("w_rsa_mod_prime_power", "the third power of a prime, from libs/crypto/testdata", known["cube"])
    rsa("e_rsa_roca_fingerprint", "a key of Infineon's library, from libs/crypto/testdata", known["roca"])
    rsa("e_rsa_fermat_factorization", "two primes that are neighbours, from libs/crypto/testdata",
        known["adjacent primes"])
    improper = "e_algorithm_identifier_improper_encoding"
    k1 = ("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
          "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")
    good("e_ec_improper_curves", "P-256", leaf())
    fail("e_ec_improper_curves", "secp256k1", leaf(key=o.ec_key(k1, "1.3.132.0.10")),
         also=improper + " " + malformed)
    good(improper, "rsaEncryption with NULL", plain)
    ed = seq(seq(oid("1.3.101.112")), bits(bytes.fromhex(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")))
    fail(improper, "Ed25519", leaf(key=ed))
    fail("e_spki_rsa_encryption_parameter_not_null", "rsaEncryption without NULL",
         leaf(key=o.rsa_key(usual, algorithm=seq(oid("1.2.840.113549.1.1.1")))),
         also=improper + " " + malformed)
    good("e_mp_rsassa-pss_in_spki", "rsaEncryption", plain)
    fail("e_mp_rsassa-pss_in_spki", "a key for RSASSA-PSS alone",
         leaf(key=o.rsa_key(usual, algorithm=seq(oid("1.2.840.113549.1.1.10")))),
         also=improper + " " + malformed)
    good(malformed, "a point of the curve", leaf())
    fail(malformed, "a point off the curve", leaf(key=o.ec_key(o.P256[:-1] + "4")))
    fail(malformed, "a compressed point", leaf(key=o.ec_key(o.P256[:64], form=b"\x03")))
    good("e_key_blocklisted", "a key that nobody knows", leaf())
    fail("e_key_blocklisted", "the key 1 on P-384, which is on the list",
         leaf(key=o.ec_key(o.P384, "1.3.132.0.34")))


if __name__ == "__main__":
    import extension_vectors
    for old in os.listdir(HERE):
        if old[:2] in ("e_", "w_", "n_"):
            shutil.rmtree(os.path.join(HERE, old))
    common_files()
    certificates()
    subjects()
    alternative_names()
    keys()
    extension_vectors.make(fail, good, before)
    print("%d vectors of %d lints" % (sum(count.values()), len({lint for lint, _ in count})))
