"""A small ACME client that goes on after any failure, from what the server says.

An order is driven by its own state alone: whatever request got lost, the next
look at the order says what is left to be done.
"""
import base64
import hashlib
import http.client
import http.server
import json
import ssl
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils


class Problem(Exception):
    """An answer that is a problem document (RFC 7807)."""

    def __init__(self, status, headers, document):
        super().__init__("%d %s" % (status, document))
        self.status = status
        self.retry_after = headers.get("Retry-After")
        self.content_type = headers.get("Content-Type")
        self.type = document.get("type", "").rpartition(":")[2]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Client:
    def __init__(self, directory, trust, timeout=20):
        """directory: its URL; trust: the file that verifies its HTTPS."""
        self._where = urllib.parse.urlsplit(directory)
        self._context = ssl.create_default_context(cafile=trust)
        self._timeout = timeout
        self._connection = None
        self._nonce = None
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self._jwk = {"crv": "P-256", "kty": "EC", "x": base64url(numbers.x.to_bytes(32, "big")),
                     "y": base64url(numbers.y.to_bytes(32, "big"))}
        self.account = None
        self.urls = self._request("GET", directory)[2]

    def _request(self, method, url, body=None):
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                self._where.hostname, self._where.port, timeout=self._timeout,
                context=self._context)
        try:
            self._connection.request(method, urllib.parse.urlsplit(url).path, body=body,
                                     headers={"Content-Type": "application/jose+json"})
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise
        self._nonce = answer.headers.get("Replay-Nonce") or self._nonce
        is_json = "json" in answer.headers.get("Content-Type", "")
        data = json.loads(text) if is_json and text else text
        if answer.status >= 400:
            raise Problem(answer.status, answer.headers, data if is_json else {})
        return answer.status, answer.headers, data

    def _sign(self, url, payload):
        if self._nonce is None:
            self._request("HEAD", self.urls["newNonce"])
        header = {"alg": "ES256", "nonce": self._nonce, "url": url}
        self._nonce = None
        header.update({"kid": self.account} if self.account else {"jwk": self._jwk})
        protected = base64url(json.dumps(header).encode())
        body = base64url(b"" if payload is None else json.dumps(payload).encode())
        r, s = utils.decode_dss_signature(
            self._key.sign(("%s.%s" % (protected, body)).encode(), ec.ECDSA(hashes.SHA256())))
        signature = base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return json.dumps({"protected": protected, "payload": body, "signature": signature})

    def post(self, url, payload=None):
        """One request; None: POST-as-GET. Only a nonce that got old is tried again."""
        for last in (False, False, True):
            try:
                return self._request("POST", url, self._sign(url, payload))
            except Problem as problem:
                if problem.type != "badNonce" or last:
                    raise

    def register(self):
        self.account = self.post(self.urls["newAccount"],
                                 {"termsOfServiceAgreed": True})[1]["Location"]

    def key_authorization(self, token):
        thumbprint = hashlib.sha256(
            json.dumps(self._jwk, sort_keys=True, separators=(",", ":")).encode()).digest()
        return token + "." + base64url(thumbprint)

    def new_order(self, *names):
        return self.post(self.urls["newOrder"], {
            "identifiers": [{"type": "dns", "value": name} for name in names]})[1]["Location"]

    def order(self, url):
        return self.post(url)[2]

    def answer_challenges(self, order, responder):
        for url in order["authorizations"]:
            authorization = self.post(url)[2]
            (challenge,) = [c for c in authorization["challenges"] if c["type"] == "http-01"]
            if authorization["status"] == "pending" and challenge["status"] == "pending":
                token = challenge["token"]
                responder.answers[token] = self.key_authorization(token)
                self.post(challenge["url"], {})

    def finalize(self, order):
        names = [x509.DNSName(one["value"]) for one in order["identifiers"]]
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
            x509.SubjectAlternativeName(names), critical=False).sign(
                ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        self.post(order["finalize"], {
            "csr": base64url(request.public_bytes(serialization.Encoding.DER))})

    def step(self, url, responder):
        """The next thing that there is to do for an order; returns how it was before."""
        order = self.order(url)
        if order["status"] == "pending":
            self.answer_challenges(order, responder)
        elif order["status"] == "ready":
            self.finalize(order)
        elif order["status"] == "valid":
            order["chain"] = self.post(order["certificate"])[2]
        return order

    def persist(self, what, *arguments, seconds=90):
        """Calls until it works; a server that is away, or busy, is asked again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return what(*arguments)
            except (OSError, http.client.HTTPException) as error:
                last = error
            except Problem as problem:
                # Somebody, maybe we ourselves before an answer got lost, was faster.
                if problem.status < 500 and problem.type not in ("orderNotReady", "malformed"):
                    raise
                last = problem
            if time.monotonic() > deadline:
                raise AssertionError("no end after %d s: %r" % (seconds, last))
            time.sleep(0.05)

    def issue(self, responder, *names, seconds=90):
        """From a new order to its end; the order as it is then."""
        deadline = time.monotonic() + seconds
        url = self.persist(self.new_order, *names, seconds=seconds)
        return self.finish(url, responder, deadline - time.monotonic())

    def finish(self, url, responder, seconds=90):
        deadline = time.monotonic() + seconds
        while True:
            order = self.persist(self.step, url, responder, seconds=deadline - time.monotonic())
            if order["status"] in ("valid", "invalid"):
                return order
            if time.monotonic() > deadline:
                raise AssertionError("the order is %s after %d s" % (order["status"], seconds))
            time.sleep(0.02)


class Responder:
    """Answers http-01 on 127.0.0.1:port, as all names under .test do.

    answers: what has get(token), which is the text to answer with, or None.
    """

    def __init__(self, port, answers=None):
        self.answers = answers = {} if answers is None else answers

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                answer = answers.get(self.path.rpartition("/")[2])
                self.send_response(200 if answer else 404)
                self.send_header("Content-Length", str(len(answer or "")))
                self.end_headers()
                self.wfile.write((answer or "").encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
