"""The keys and certificates of the local stack's own TLS, made by the openssl program.

Two authorities that have nothing to do with each other, nor with what the CA issues:
  - of the mutual TLS between the services;
  - of the HTTPS that ACME clients see.
"""
import concurrent.futures
import datetime
import os
import subprocess
import tempfile
import time

from report import Failure

INTERNAL_DOMAIN = "cairn.internal"
# A certificate of the stack itself is made anew when it has less than this left.
RENEW_BEFORE_SECONDS = 30 * 86400


def openssl(*words, stdin=None):
    result = subprocess.run(["openssl", *words], input=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    if result.returncode != 0:
        last = result.stderr.decode(errors="replace").strip().splitlines()
        raise Failure("openssl %s failed: %s" % (words[0], last[-1] if last else "no reason given"))
    return result.stdout


def _private(path, data, mode=0o600):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


# For `openssl req`, which writes the name, and `openssl ca`, which signs: unlike
# `req -x509` it lets one say when a certificate begins.
OPENSSL_CONFIG = """[req]
distinguished_name=subject
prompt=no
string_mask=utf8only
[subject]
%(subject)s[ca]
default_ca=this
[this]
database=%(index)s
new_certs_dir=%(folder)s
rand_serial=yes
unique_subject=no
preserve=yes
policy=any
x509_extensions=extensions
[any]
countryName=optional
organizationName=optional
commonName=supplied
[extensions]
%(extensions)s"""


def make_key(path, algorithm, parameter):
    """A PKCS#8 key in PEM that only its owner can read."""
    option = {"RSA": "rsa_keygen_bits", "EC": "ec_paramgen_curve"}[algorithm]
    _private(path, openssl("genpkey", "-algorithm", algorithm, "-pkeyopt",
                           "%s:%s" % (option, parameter)))


def _certificate(out, subject, key, extensions, days, issuer=None, digest="sha256"):
    """Signs with issuer=(certificate, key), or with `key` itself."""
    now = datetime.datetime.now(datetime.timezone.utc)
    # What is issued is backdated for clients whose clocks are late, and must not
    # begin before its issuer does.
    begin, end = now - datetime.timedelta(days=1), now + datetime.timedelta(days=days)
    with tempfile.TemporaryDirectory() as folder:
        config, request, signed, index = (os.path.join(folder, name)
                                          for name in ("cnf", "request", "signed", "index"))
        with open(config, "w") as file:
            file.write(OPENSSL_CONFIG % {
                "subject": "".join("%s=%s\n" % item for item in subject),
                "extensions": extensions, "index": index, "folder": folder})
        open(index, "w").close()
        openssl("req", "-new", "-config", config, "-key", key, "-out", request)
        words = ["ca", "-batch", "-notext", "-config", config, "-in", request, "-out", signed,
                 "-md", digest, "-startdate", begin.strftime("%Y%m%d%H%M%SZ"), "-enddate",
                 end.strftime("%Y%m%d%H%M%SZ")]
        words += ["-cert", issuer[0], "-keyfile", issuer[1]] if issuer else ["-selfsign",
                                                                            "-keyfile", key]
        openssl(*words)
        with open(signed, "rb") as source, open(out + ".new", "wb") as target:
            target.write(source.read())
    os.rename(out + ".new", out)


def _is_fresh(certificate, *files):
    if not all(os.path.exists(path) for path in (certificate, *files)):
        return False
    return subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-checkend",
                           str(RENEW_BEFORE_SECONDS)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


CA_EXTENSIONS = """basicConstraints=critical,CA:TRUE%s
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
"""


class Authority:
    """Signs the certificates of the stack's own TLS, in a folder under tls/."""

    def __init__(self, state, folder, common_name):
        self._folder = state.path("tls", folder)
        self._common_name = common_name
        os.makedirs(self._folder, mode=0o700, exist_ok=True)

    @property
    def certificate(self):
        return os.path.join(self._folder, "authority.pem")

    @property
    def _key(self):
        return os.path.join(self._folder, "authority.key")

    def ensure(self, names):
        """names: {file name: subjectAltName}. Makes what's missing or about to expire."""
        if not _is_fresh(self.certificate, self._key):
            make_key(self._key, "EC", "P-256")
            _certificate(self.certificate, [("CN", self._common_name)], self._key,
                         CA_EXTENSIONS % ",pathlen:0", 3650)
            stale = list(names)
        else:
            stale = self._stale(names)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self._leaf(name, names[name]), stale))
        return bool(stale)

    def leaf(self, name):
        return os.path.join(self._folder, name + ".pem"), os.path.join(self._folder, name + ".key")

    def _stale(self, names):
        # One openssl per file would cost a second start 0.1 s: all were made
        # together, so the age of the file tells enough.
        limit = time.time() - 335 * 86400
        stale = []
        for name in names:
            paths = self.leaf(name)
            if not all(os.path.exists(p) and os.path.getmtime(p) > limit for p in paths):
                stale.append(name)
        return stale

    def _leaf(self, name, alternative_name):
        certificate, key = self.leaf(name)
        make_key(key, "EC", "P-256")
        _certificate(certificate, [("CN", name)], key,
                     "basicConstraints=critical,CA:FALSE\n"
                     "keyUsage=critical,digitalSignature\n"
                     "extendedKeyUsage=serverAuth,clientAuth\n"
                     "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always\n"
                     "subjectAltName=%s\n" % alternative_name, 365,
                     issuer=(self.certificate, self._key))


def ensure_secret(path, text, mode=0o600):
    """Writes a private file once; it keeps what it has."""
    if not os.path.exists(path):
        _private(path, text.encode() if isinstance(text, str) else text, mode)


def public_key_pem(key):
    return openssl("pkey", "-in", key, "-pubout").decode()

