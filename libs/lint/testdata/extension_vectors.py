"""Vectors of the lints about extensions, CAs, OCSP and CRLs; see vectors.py."""
import datetime

import objects as o
from der import (bits, boolean, enumerated, explicit, generalized, integer, null, octets, oid, seq,
                 tlv, utc)
from objects import (DAY, DV, HOUR, NOW, SECOND, URL, crl, entry, ext, leaf, named, ocsp, precert,
                     purposes, root, signer, single, subca, usage)

CA = {"kind": "subordinate_ca", "issuer": "root"}
ROOT = {"kind": "root", "issuer": ""}
SIGNER = {"kind": "ocsp_signer"}
CRL = {"kind": "crl"}
OCSP = {"kind": "ocsp_response"}


def identifiers(fail, good):
    lint = "e_mp_authority_key_identifier_correct"
    good(lint, "the keyIdentifier alone", leaf())
    good(lint, "a root without one", root(), **ROOT)
    fail(lint, "none", leaf(aki=None))
    fail(lint, "the issuer and the serial number too",
         leaf(aki=o.authority(o.CA_NAME, tlv(0xa1, tlv(0xa4, o.ROOT_NAME)), tlv(0x82, b"\1"))))
    lint = "e_authority_key_identifier_not_of_issuer"
    good(lint, "the issuer's", leaf())
    fail(lint, "another's", leaf(aki=o.authority(o.ROOT_NAME)))
    lint = "e_ext_authority_key_identifier_critical"
    good(lint, "not critical", leaf())
    fail(lint, "critical", leaf(aki=(True, o.authority())))
    lint = "w_ext_subject_key_identifier_not_recommended_subscriber"
    ski = ext("2.5.29.14", octets(b"k" * 20))
    good(lint, "none", leaf())
    fail(lint, "a subject key identifier in a leaf", leaf(more=ski))
    lint = "e_ext_subject_key_identifier_missing_ca"
    good(lint, "a CA with a subject key identifier", subca(), **CA)
    fail(lint, "a CA without one", subca(ski=None), **CA)
    lint = "e_ext_subject_key_identifier_critical"
    good(lint, "not critical", subca(), **CA)
    fail(lint, "critical", subca(ski=(True, octets(o.key_id(o.CA_NAME)))), **CA)


def key_usages(fail, good):
    rsa = o.rsa_key(o.moduli()["good"])
    ec_only = "e_cabf_ecc_allowed_key_usages"
    for lint, says, changed in (
            ("w_ext_key_usage_missing", "none", {"ku": None}),
            ("w_ext_key_usage_not_critical", "not critical", {"ku": (False, usage(0))}),
            ("e_superfluous_ku_encoding", "seven zero bits after the last one", {"ku": bits(b"\x80")}),
            ("e_superfluous_ku_encoding", "an octet of zeros after the last bit", {"ku": bits(b"\x80\0", 7)}),
            (ec_only, "keyEncipherment with an EC key", {"ku": usage(0, 2)}),
            (ec_only, "keyAgreement alone", None),
            ("w_cabf_ecc_ku_keyagreement_present", "digitalSignature and keyAgreement", {"ku": usage(0, 4)}),
            ("e_rsa_allowed_ku_ee", "nonRepudiation with an RSA key", {"key": rsa, "ku": usage(0, 1)}),
            ("w_rsa_ku_dataencipherment_present", "dataEncipherment", {"key": rsa, "ku": usage(0, 3)})):
        if changed is None:
            fail(lint, says, leaf(ku=usage(4)), also="w_cabf_ecc_ku_keyagreement_present")
        else:
            fail(lint, says, leaf(**changed))
    fail("e_ext_key_usage_without_bits", "no bit", leaf(ku=bits(b"")), also=ec_only)
    fail("e_sub_cert_key_usage_cert_sign_bit_set", "keyCertSign", leaf(ku=usage(0, 5)), also=ec_only)
    fail("e_sub_cert_key_usage_crl_sign_bit_set", "cRLSign", leaf(ku=usage(0, 6)), also=ec_only)
    for lint in ("w_ext_key_usage_missing", "w_ext_key_usage_not_critical", "e_superfluous_ku_encoding",
                 ec_only, "w_cabf_ecc_ku_keyagreement_present", "e_ext_key_usage_without_bits",
                 "e_sub_cert_key_usage_cert_sign_bit_set", "e_sub_cert_key_usage_crl_sign_bit_set"):
        good(lint, "an EC key and digitalSignature", leaf())
    for lint in ("e_rsa_allowed_ku_ee", "w_rsa_ku_dataencipherment_present"):
        good(lint, "an RSA key, digitalSignature and keyEncipherment", leaf(key=rsa, ku=usage(0, 2)))


def leaf_purposes(fail, good, before):
    for lint, says, eku, also in (
            ("e_sub_cert_eku_missing", "none", None, ""),
            ("e_eku_critical", "critical", (True, purposes("server")), ""),
            ("e_sub_cert_eku_server_auth_client_auth_missing", "clientAuth alone", purposes("client"), ""),
            ("e_sub_cert_eku_check", "codeSigning too", purposes("server", "code"), ""),
            ("e_sub_cert_eku_check", "anyExtendedKeyUsage too", purposes("server", "2.5.29.37.0"), ""),
            ("w_sub_cert_eku_extra_values", "a private purpose too", purposes("server", "1.3.6.1.4.1.99999.1"), "")):
        fail(lint, says, leaf(eku=eku), also=also)
    for lint in ("e_sub_cert_eku_missing", "e_eku_critical",
                 "e_sub_cert_eku_server_auth_client_auth_missing", "e_sub_cert_eku_check",
                 "w_sub_cert_eku_extra_values"):
        good(lint, "serverAuth and clientAuth", leaf(eku=purposes("server", "client")))
    lint = "e_client_auth_not_allowed"
    day = datetime.datetime(2027, 3, 15)
    both = {"eku": purposes("server", "client")}
    good(lint, "serverAuth alone", leaf(at=day), at=day)
    fail(lint, "clientAuth, in the first second of the rule", leaf(at=day, **both), at=day)
    before(lint, "clientAuth, a second before the rule", leaf(at=day - SECOND, **both), at=day - SECOND)


def constraints(fail, good):
    fail("e_sub_cert_not_is_ca", "a leaf that says it is a CA", leaf(bc=seq(boolean(True))))
    fail("e_basic_constr_invalid_der", "FALSE, spelt out", leaf(bc=seq(boolean(False))))
    fail("e_basic_constr_invalid_der", "a path length", leaf(bc=seq(integer(0))))
    fail("e_sub_cert_basic_constraints_not_critical", "not critical", leaf(bc=(False, seq())))
    for lint in ("e_sub_cert_not_is_ca", "e_basic_constr_invalid_der",
                 "e_sub_cert_basic_constraints_not_critical"):
        good(lint, "critical and empty", leaf())
        good(lint, "none", leaf(bc=None))
    for lint, oid_text in (("e_ext_name_constraints_not_in_ca", "2.5.29.30"),
                           ("e_ext_policy_constraints_not_in_ca", "2.5.29.36"),
                           ("e_ext_subject_info_access_in_leaf", "1.3.6.1.5.5.7.1.11")):
        good(lint, "none", leaf())
        fail(lint, "one", leaf(more=ext(oid_text, seq(), True)))


def leaf_policies(fail, good):
    def qualified(kind, value):
        return seq(seq(oid(DV), seq(seq(oid("1.3.6.1.5.5.7.2.%d" % kind), value))))

    reserved = "e_sub_cert_reserved_policy_not_exactly_one"
    cps = "e_policy_qualifiers_other_than_cps_not_permitted"
    own = "1.3.6.1.4.1.99999.2"
    fail("e_sub_cert_certificate_policies_missing", "none", leaf(policies=None))
    good(cps, "a pointer to a CPS", leaf(policies=qualified(1, tlv(0x16, b"https://example.com/cps"))))
    fail(cps, "a notice to the user", leaf(policies=qualified(2, seq(tlv(0x0c, b"hello")))))
    fail(cps, "a pointer by mail", leaf(policies=qualified(1, tlv(0x16, b"mailto:a@example.com"))))
    fail("e_ext_cert_policy_duplicate", "a policy twice", leaf(policies=o.policies(DV, own, own)))
    fail(reserved, "OV beside DV", leaf(policies=o.policies(DV, "2.23.140.1.2.2")))
    fail(reserved, "none that is reserved", leaf(policies=o.policies(own)))
    fail("e_sub_cert_any_policy_present", "anyPolicy beside DV", leaf(policies=o.policies(DV, "2.5.29.32.0")))
    fail("e_ext_cert_policies_critical", "critical", leaf(policies=(True, o.policies(DV))))
    for lint in ("e_sub_cert_certificate_policies_missing", "e_ext_cert_policy_duplicate", reserved,
                 "e_sub_cert_any_policy_present", "e_ext_cert_policies_critical"):
        good(lint, "DV, then one of the CA's own", leaf(policies=o.policies(DV, own)))
    lint = "e_sub_ca_policies_not_reserved"
    good(lint, "DV", subca(), **CA)
    good(lint, "anyPolicy alone", subca(policies=o.policies("2.5.29.32.0")), **CA)
    fail(lint, "none", subca(policies=None), **CA)
    fail(lint, "anyPolicy beside DV", subca(policies=o.policies(DV, "2.5.29.32.0")), **CA)
    fail(lint, "DV, but not first", subca(policies=o.policies(own, DV)), **CA)


def pointers(fail, good, before):
    one, other = "http://ca.example.test/1.cer", "http://ocsp.example.test"
    for lint, says, aia in (
            ("e_aia_ca_issuers_must_have_http_only", "https", o.access((2, "https://ca.example.test/1.cer"))),
            ("e_aia_ca_issuers_must_have_http_only", "LDAP", o.access((2, "ldap://ca.example.test/"))),
            ("e_aia_must_contain_permitted_access_method", "a time stamping service", o.access((3, one))),
            ("e_aia_unique_access_locations", "the same twice", o.access((2, one), (2, one))),
            ("e_aia_critical", "critical", (True, o.access((2, one))))):
        if ("done", lint) not in seen:
            seen.add(("done", lint))
            good(lint, "the issuer's certificate and OCSP", leaf(aia=o.access((2, one), (1, other))))
        fail(lint, says, leaf(aia=aia))
    switch = datetime.datetime(2026, 10, 4)
    for lint, at, eve in (("w_sub_cert_aia_missing", switch, switch - SECOND),
                          ("e_sub_cert_aia_missing", switch - SECOND, switch)):
        twin = {"w": "e", "e": "w"}[lint[0]] + lint[1:]
        good(lint, "there is one", leaf(at=at), at=at)
        fail(lint, "none", leaf(at=at, aia=None), at=at)
        before(lint, "none, and the other severity speaks", leaf(at=eve, aia=None), at=eve, also=twin)

    point = explicit(0, explicit(0, o.uri(URL)))
    relative = explicit(0, tlv(0xa1, o.attribute("CN", "crl1")))
    for lint, says, crldp in (
            ("e_crl_distrib_points_not_http", "https", o.points("https://crl.example.test/1.crl")),
            ("e_crlissuer_must_not_be_present_in_cdp", "a cRLIssuer",
             seq(seq(point, tlv(0xa2, tlv(0xa4, o.CA_NAME))))),
            ("e_crl_distrib_points_not_full_name", "a name relative to the issuer", seq(seq(relative))),
            ("e_crl_distrib_points_not_full_name", "reasons", seq(seq(point, tlv(0x81, b"\1\6")))),
            ("e_crl_distrib_points_not_exactly_one", "two", o.points(URL, "http://crl.example.test/2.crl")),
            ("e_crl_distrib_points_critical", "critical", (True, o.points(URL)))):
        if ("done", lint) not in seen:
            seen.add(("done", lint))
            good(lint, "one http URL", leaf())
        fail(lint, says, leaf(crldp=crldp))
    lint = "e_missing_crl_distrib_point"
    ocsp_too = o.access((2, one), (1, other))
    good(lint, "none, but an OCSP URL", leaf(crldp=None, aia=ocsp_too))
    good(lint, "none, and valid for six days", leaf(crldp=None, days=6))
    fail(lint, "none, and valid for 90 days", leaf(crldp=None))
    fail(lint, "none, and valid for ten days and a second", leaf(crldp=None, lasts=10 * DAY + SECOND))
    before(lint, "none, in a private network", leaf(crldp=None), policy="private")
    lint = "e_short_lived_longer_than_7_days"
    rule = datetime.datetime(2026, 3, 15)
    good(lint, "604,800 seconds without a CRL", leaf(crldp=None, days=7))
    fail(lint, "604,801 seconds without a CRL", leaf(crldp=None, lasts=7 * DAY + SECOND))
    before(lint, "ten days without a CRL, a second before the rule",
           leaf(crldp=None, days=10, at=rule - SECOND), at=rule - SECOND)
    lint = "e_sub_ca_crl_distrib_points_missing"
    good(lint, "one", subca(), **CA)
    fail(lint, "none", subca(crldp=None), **CA)


def unknown(fail, good):
    lint = "e_ext_duplicate_extension"
    good(lint, "each once", leaf())
    fail(lint, "extKeyUsage twice", leaf(more=ext("2.5.29.37", purposes("server"))))
    lint = "e_cert_ext_invalid_der"
    good(lint, "all can be read", leaf())
    fail(lint, "an octet after the value of authorityInfoAccess",
         leaf(aia=o.access((2, "http://ca.example.test/1.cer")) + b"\0"))
    fail(lint, "a keyUsage that is an OCTET STRING", leaf(ku=octets(b"\x80")))
    lint = "e_ext_unknown"
    good(lint, "all are known", leaf())
    fail(lint, "an extension of a private arc", leaf(more=ext("1.3.6.1.4.1.99999.3", null())))
    fail(lint, "TLS feature, which asks for a stapled OCSP answer", leaf(more=ext("1.3.6.1.5.5.7.1.24", seq(integer(5)))))
    lint = "e_cert_without_extensions"
    good(lint, "there are some", leaf())
    fail(lint, "none at all", leaf(no_extensions=True),
         also="e_mp_authority_key_identifier_correct w_ext_key_usage_missing e_sub_cert_eku_missing "
              "e_sub_cert_certificate_policies_missing w_sub_cert_aia_missing e_missing_crl_distrib_point "
              "e_ext_san_missing w_sct_list_missing")
    lint = "e_extensions_differ_from_profile"
    profile = {"profile": "validity=7776000 names=100 last=scts"}
    cn = {"profile": "validity=7776000 names=100 last=scts cn"}
    good(lint, "the order of the profile", leaf(), **profile)
    good(lint, "the order of the profile, without what is optional", leaf(aia=None, crldp=None, days=7),
         also="w_sub_cert_aia_missing", **profile)
    good(lint, "names that are not critical, beside a common name", named(("CN", "example.com")),
         also="w_subject_common_name_included", **cn)
    fail(lint, "basicConstraints at the end", leaf(bc=None, more=ext("2.5.29.19", seq(), True)), **profile)
    fail(lint, "without basicConstraints", leaf(bc=None), **profile)
    fail(lint, "an extension more", leaf(more=ext("2.5.29.14", octets(b"k" * 20))),
         also="w_ext_subject_key_identifier_not_recommended_subscriber", **profile)
    fail(lint, "names that are not critical, where the profile has no common name",
         leaf(san=(False, o.dns("example.com"))), also="e_ext_san_not_critical_without_subject", **profile)


def transparency(fail, good, before):
    pre = {"kind": "precertificate"}
    lint = "e_precert_poison_incorrect"
    good(lint, "critical and NULL", precert(), **pre)
    fail(lint, "none", precert(poison=None), **pre)
    fail(lint, "not critical", precert(poison=(False, null())), **pre)
    fail(lint, "not NULL", precert(poison=octets(b"")), **pre)
    lint = "e_precert_with_sct_list"
    good(lint, "none", precert(), **pre)
    fail(lint, "an SCT list", precert(more=ext("1.3.6.1.4.1.11129.2.4.2", o.sct_list("oak"))), **pre)
    lint = "e_poison_in_certificate"
    good(lint, "none", leaf())
    fail(lint, "a poison beside the SCT list", leaf(more=ext("1.3.6.1.4.1.11129.2.4.3", null(), True)))

    lint = "w_sct_list_missing"
    good(lint, "there is one", leaf())
    fail(lint, "none", leaf(scts=None))
    before(lint, "none, in a private network", leaf(scts=None), policy="private")
    lint = "e_sct_list_critical"
    good(lint, "not critical", leaf())
    fail(lint, "critical", leaf(scts=(True, o.sct_list("oak", "fir"))))
    lint = "e_empty_sct_list"
    good(lint, "two SCTs", leaf())
    fail(lint, "an empty list", leaf(scts=octets(b"\0\0")), logs=False)
    lint = "e_sct_list_malformed"
    whole = o.sct_list("oak", "fir")
    good(lint, "two SCTs", leaf())
    fail(lint, "a length that is too great", leaf(scts=octets(b"\0\x70" + b"x" * 20)), logs=False)
    fail(lint, "an SCT of version 2", leaf(scts=whole.replace(b"\0" + o.log_id("oak"), b"\1" + o.log_id("oak"))),
         logs=False)

    lint = "w_ct_sct_policy_count_unsatisfied"
    good(lint, "180 days and two SCTs", leaf(days=180))
    good(lint, "181 days and three SCTs", leaf(days=181, scts=o.sct_list("oak", "elm", "fir")))
    fail(lint, "180 days and a second, and two SCTs", leaf(lasts=180 * DAY + SECOND))
    fail(lint, "three SCTs, two of them of one log",
         leaf(days=181, scts=o.sct_list("oak", "oak", "fir")))
    fail(lint, "an SCT of a log that nobody knows", leaf(scts=o.sct_list("oak", "nobody")),
         also="e_scts_from_same_operator")
    lint = "e_scts_from_same_operator"
    good(lint, "two operators", leaf())
    fail(lint, "two logs of one operator", leaf(scts=o.sct_list("oak", "elm")),
         also="w_ct_sct_policy_count_unsatisfied")
    lint = "e_scts_of_no_approved_log"
    good(lint, "a retired log, and one that is approved", leaf(scts=o.sct_list("bay", "fir")))
    fail(lint, "two retired logs", leaf(scts=o.sct_list("bay", "fig")))
    lint = "e_scts_of_static_logs_only"
    good(lint, "one static log, and one of RFC 6962", leaf(scts=o.sct_list("oak", "yew")))
    fail(lint, "two static logs", leaf(scts=o.sct_list("yew", "box")))

    lint = "e_certificate_differs_from_precertificate"
    good(lint, "the certificate of a precertificate", leaf(), first=precert())
    for says, changed in (
            ("another serial number", {"serial": integer(0x05a1b2c3d4e5f60718293a4b5c6d7e8f)}),
            ("a second less", {"lasts": 90 * DAY - SECOND}),
            ("another key", {"key": o.ec_key("".join([o.P256[:64], o.P256_NEGATIVE]))}),
            ("a name less", {"san": o.dns("example.com")}),
            ("an extension that changed its place",
             {"bc": None, "more": ext("2.5.29.19", seq(), True)})):
        fail(lint, says, leaf(**changed), first=precert())
    fail(lint, "a certificate in place of the precertificate", leaf(), first=leaf())


def authorities(fail, good, before):
    lint = "e_ca_is_ca"
    good(lint, "a root", root(), **ROOT)
    fail(lint, "a root that does not say it is a CA", root(bc=seq()), **ROOT)
    lint = "e_ca_basic_constraints_not_critical"
    good(lint, "critical", root(), **ROOT)
    fail(lint, "not critical", root(bc=(False, seq(boolean(True)))), **ROOT)
    lint = "w_root_path_length_present"
    good(lint, "none", root(), **ROOT)
    fail(lint, "one", root(bc=seq(boolean(True), integer(1))), **ROOT)
    lint = "n_sub_ca_path_length_not_zero"
    good(lint, "zero", subca(), **CA)
    fail(lint, "none", subca(bc=seq(boolean(True))), **CA)
    for lint, says, numbers in (("e_ca_key_cert_sign_not_set", "cRLSign alone", (6,)),
                                ("e_ca_crl_sign_not_set", "keyCertSign alone", (5,)),
                                ("e_ca_key_usage_other_bits", "keyAgreement too", (4, 5, 6))):
        good(lint, "digitalSignature, keyCertSign and cRLSign", subca(ku=usage(0, 5, 6)), **CA)
        fail(lint, says, subca(ku=usage(*numbers)), **CA)
    lint = "e_sub_ca_eku_server_auth_missing"
    good(lint, "serverAuth", subca(), **CA)
    fail(lint, "none", subca(eku=None), **CA)
    lint = "e_sub_ca_eku_client_auth"
    day = datetime.datetime(2026, 6, 15)
    both = purposes("server", "client")
    good(lint, "serverAuth alone", subca(at=day), at=day, **CA)
    fail(lint, "clientAuth too", subca(at=day, eku=both), at=day, **CA)
    before(lint, "clientAuth, a second before the rule", subca(at=day - SECOND, eku=both),
           at=day - SECOND, **CA)
    lint = "e_sub_ca_eku_other_purposes"
    good(lint, "serverAuth", subca(), **CA)
    fail(lint, "codeSigning too", subca(eku=purposes("server", "code")), **CA)
    lint = "e_root_eku_present"
    good(lint, "none", root(), **ROOT)
    fail(lint, "one", root(more=ext("2.5.29.37", purposes("server"))), **ROOT)
    lint = "e_ca_eku_ocsp_signing"
    good(lint, "serverAuth", subca(), **CA)
    fail(lint, "OCSPSigning too", subca(eku=purposes("server", "ocsp")), also="e_sub_ca_eku_other_purposes", **CA)
    lint = "e_root_validity_out_of_range"
    good(lint, "9132 days", root(), **ROOT)
    good(lint, "2922 days", root(days=2922), **ROOT)
    fail(lint, "2921 days", root(days=2921), **ROOT)
    fail(lint, "9132 days and a second", root(lasts=9132 * DAY + SECOND), **ROOT)
    lint = "w_sub_ca_valid_longer_than_3_years"
    good(lint, "1096 days", subca(), **CA)
    fail(lint, "1096 days and a second", subca(lasts=1096 * DAY + SECOND), **CA)
    lint = "e_root_not_self_issued"
    good(lint, "its own issuer", root(), **ROOT)
    fail(lint, "another issuer", root(issuer=o.CA_NAME), **ROOT)
    lint = "e_root_authority_key_identifier_not_own"
    good(lint, "its own", root(more=ext("2.5.29.35", o.authority(o.ROOT_NAME))), **ROOT)
    fail(lint, "another's", root(more=ext("2.5.29.35", o.authority(o.CA_NAME))), **ROOT)
    lint = "w_root_superfluous_extension"
    good(lint, "none", root(), **ROOT)
    fail(lint, "a CRL distribution point", root(more=ext("2.5.29.31", o.points(URL))), **ROOT)


def responders(fail, good):
    for lint, says, changed in (
            ("e_ocsp_signer_purpose", "serverAuth too", {"eku": purposes("ocsp", "server")}),
            ("e_ocsp_signer_key_usage", "nonRepudiation too", {"ku": usage(0, 1)}),
            ("e_ocsp_signer_nocheck", "none", {"nocheck": None}),
            ("e_ocsp_signer_nocheck", "critical", {"nocheck": (True, null())}),
            ("e_ocsp_signer_forbidden_extension", "a name of a server",
             {"more": ext("2.5.29.17", o.dns("ocsp.example.com"))}),
            ("w_ocsp_signer_avoided_extension", "no subject key identifier", {"ski": None})):
        if ("done", lint) not in seen:
            seen.add(("done", lint))
            good(lint, "an OCSP signer as it should be", signer(), **SIGNER)
        fail(lint, says, signer(**changed), **SIGNER)

    reason = ext("2.5.29.21", enumerated(1))
    half = tlv(0x18, b"20261126110000.5Z")
    for lint, says, changed, also in (
            ("e_ocsp_response_type", "a type that is not basic", {"kind": "1.3.6.1.5.5.7.48.1.9"}, ""),
            ("w_ocsp_responder_not_by_key", "by name", {"responder": explicit(1, o.CA_NAME)}, ""),
            ("w_ocsp_not_one_plain_answer", "two answers", {"singles": [single(), single()]}, ""),
            ("w_ocsp_not_one_plain_answer", "a nonce",
             {"more": ext("1.3.6.1.5.5.7.48.1.2", octets(b"n" * 16))}, ""),
            ("e_ocsp_reason_code_extension", "a reasonCode of CRLs", {"singles": [single(more=reason)]}, ""),
            ("e_ocsp_reason_not_allowed", "certificateHold", {"singles": [single(o.revoked(6))]}, ""),
            ("e_ocsp_next_update_missing", "none", {"singles": [single(end=b"")]}, ""),
            ("e_ocsp_validity_interval", "eight hours less a second",
             {"singles": [single(lasts=8 * HOUR - SECOND)]}, ""),
            ("e_ocsp_validity_interval", "ten days and a second",
             {"singles": [single(lasts=10 * DAY + SECOND)]}, ""),
            ("e_ocsp_time_form", "half a second", {"singles": [single(this_der=half)]}, "e_not_der"),
            ("e_ocsp_time_form", "UTCTime", {"singles": [single(this_der=utc(NOW - HOUR))]}, ""),
            ("e_ocsp_time_order", "thisUpdate after producedAt",
             {"produced": NOW - 2 * HOUR}, ""),
            ("e_ocsp_time_order", "signed in the future", {"produced": NOW + HOUR}, "")):
        if ("done", lint) not in seen:
            seen.add(("done", lint))
            good(lint, "revoked for a compromised key, for ten days",
                 ocsp(singles=[single(o.revoked(1), lasts=10 * DAY)]), **OCSP)
        fail(lint, says, ocsp(**changed), also=also, **OCSP)
    lint = "e_ocsp_next_update_after_signer"
    good(lint, "as long as the signer", ocsp(singles=[single(lasts=3 * DAY)]), kind="ocsp_response", issuer="ending")
    fail(lint, "a second longer than the signer", ocsp(singles=[single(lasts=3 * DAY + SECOND)]),
         kind="ocsp_response", issuer="ending")


def lists(fail, good, before):
    ca = {"kind": "ca_crl"}
    lint = "e_crl_next_update_invalid"
    good(lint, "ten days", crl(lasts=10 * DAY), **CRL)
    good(lint, "a year, for CA certificates", crl(lasts=366 * DAY, entries=[]), **ca)
    fail(lint, "none", crl(end=b""), **CRL)
    fail(lint, "ten days and a second", crl(lasts=10 * DAY + SECOND), **CRL)
    fail(lint, "a year and a second, for CA certificates", crl(lasts=366 * DAY + SECOND, entries=[]), **ca)
    fail(lint, "at the same time as thisUpdate", crl(lasts=0 * DAY), **CRL)
    lint = "e_crl_this_update_in_future"
    good(lint, "now", crl(begin=NOW), **CRL)
    fail(lint, "in a second", crl(begin=NOW + SECOND), **CRL)
    lint = "e_crl_missing_crl_number"
    good(lint, "one", crl(), **CRL)
    fail(lint, "none", crl(number=None), **CRL)
    lint = "e_crl_number_out_of_range"
    good(lint, "2^159 - 1", crl(number=integer(2**159 - 1)), **CRL)
    fail(lint, "2^159", crl(number=integer(2**159)), **CRL)
    fail(lint, "negative", crl(number=tlv(2, b"\xff")), **CRL)
    lint = "e_crl_number_critical"
    good(lint, "not critical", crl(), **CRL)
    fail(lint, "critical", crl(number=(True, integer(7))), **CRL)
    lint = "e_crl_number_not_increasing"
    good(lint, "one more", crl(number=integer(0x100)), previous="ff", **CRL)
    fail(lint, "the same", crl(number=integer(0xff)), previous="ff", **CRL)
    fail(lint, "one less", crl(number=integer(0xff)), previous="0100", **CRL)
    lint = "e_crl_version_not_v2"
    good(lint, "version 2", crl(), **CRL)
    fail(lint, "version 1, by leaving it out", crl(version=b""), **CRL)
    lint = "e_crl_auth_key_id_only_contains_keyid"
    good(lint, "the keyIdentifier alone", crl(), **CRL)
    fail(lint, "none", crl(aki=None), **CRL)
    fail(lint, "the issuer and the serial number too",
         crl(aki=o.authority(o.CA_NAME, tlv(0xa1, tlv(0xa4, o.ROOT_NAME)), tlv(0x82, b"\1"))), **CRL)
    lint = "e_crl_delta"
    good(lint, "a whole CRL", crl(), **CRL)
    fail(lint, "a delta CRL", crl(more=ext("2.5.29.27", integer(1), True)), **CRL)
    fail(lint, "a pointer to a delta CRL", crl(more=ext("2.5.29.46", o.points(URL))), **CRL)
    lint = "e_crl_extensions_validity"
    good(lint, "all are known", crl(), **CRL)
    fail(lint, "an extension of a private arc", crl(more=ext("1.3.6.1.4.1.99999.3", null())), **CRL)
    point = explicit(0, explicit(0, o.uri(URL)))
    lint = "e_crl_idp_not_critical"
    good(lint, "critical", crl(), **CRL)
    fail(lint, "not critical", crl(idp=(False, seq(point))), **CRL)
    lint = "e_crl_idp_scope"
    good(lint, "for user certificates", crl(), **CRL)
    for says, more in (("for users alone and for CAs alone", tlv(0x81, b"\xff") + tlv(0x82, b"\xff")),
                       ("for some reasons", tlv(0x83, b"\6\x40")), ("indirect", tlv(0x84, b"\xff")),
                       ("for attribute certificates", tlv(0x85, b"\xff"))):
        fail(lint, says, crl(idp=seq(point, more)), **CRL)
    lint = "e_crl_idp_url_not_of_certificates"
    good(lint, "the URL of the certificates", crl(), crl_url=URL, **CRL)
    fail(lint, "another URL", crl(), crl_url="http://crl.example.test/2.crl", **CRL)
    fail(lint, "no distribution point", crl(idp=None), crl_url=URL, **CRL)

    for lint, says, entries, also in (
            ("e_cab_crl_has_valid_reason_code", "certificateHold", [entry(1, reason=6)], ""),
            ("e_cab_crl_has_valid_reason_code", "unspecified, spelt out", [entry(1, reason=0)], ""),
            ("e_cab_crl_reason_code_not_critical", "critical", [entry(1, reason=1, critical=True)], ""),
            ("e_crl_unique_revoked_certificate", "a certificate twice", [entry(1), entry(2), entry(1)], ""),
            ("e_crl_entry_other_extension", "an invalidityDate",
             [entry(1, more=ext("2.5.29.24", generalized(NOW)))], "")):
        if ("done", lint) not in seen:
            seen.add(("done", lint))
            good(lint, "all reasons that are allowed, and none",
                 crl(entries=[entry(n + 1, reason=r) for n, r in enumerate((1, 3, 4, 5, 9, None))]), **CRL)
        fail(lint, says, crl(entries=entries), also=also, **CRL)
    lint = "e_crl_empty_revoked_certificates"
    good(lint, "no list", crl(entries=[]), **CRL)
    fail(lint, "an empty list", crl(entries=[], empty_list=True), **CRL)
    lint = "e_ca_crl_entry_without_reason"
    good(lint, "each has a reason", crl(entries=[entry(1, reason=4)]), **ca)
    fail(lint, "one has none", crl(entries=[entry(1)]), **ca)
    before(lint, "one has none, which subscribers may do", crl(entries=[entry(1)]), **CRL)


seen = set()


def make(fail, good, before):
    identifiers(fail, good)
    key_usages(fail, good)
    leaf_purposes(fail, good, before)
    constraints(fail, good)
    leaf_policies(fail, good)
    pointers(fail, good, before)
    unknown(fail, good)
    transparency(fail, good, before)
    authorities(fail, good, before)
    responders(fail, good)
    lists(fail, good, before)
