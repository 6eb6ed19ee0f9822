#!/usr/bin/env python3
"""The load driver against a small CA of this file's own: what it sends, what it counts."""
import base64
import http.client
import http.server
import itertools
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

BINARY = os.path.join("tests", "load", "acme_load")


def unpack(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ca(http.server.ThreadingHTTPServer):
    """Follows the flow, validates http-01, and misbehaves as a test asks."""

    daemon_threads = True

    def __init__(self, responder_port, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = "http://127.0.0.1:%d" % self.server_port
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
            self.base = "https://localhost:%d" % self.server_port
        self.responder_port = responder_port
        self.lock = threading.Lock()
        self.ids = itertools.count(1)
        self.nonces, self.orders, self.problems = set(), {}, []
        self.refuse_new_order = self.refuse_finalize = self.bad_nonces = 0
        self.drop_a_name = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def validate(self, token):
        connection = http.client.HTTPConnection("127.0.0.1", self.responder_port, timeout=5)
        connection.request("GET", "/.well-known/acme-challenge/" + token)
        body = connection.getresponse().read().decode()
        connection.close()
        return body.startswith(token + ".") and len(body) == len(token) + 44


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one segment

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        with self.server.lock:
            nonce = "n%d" % next(self.server.ids)
            self.server.nonces.add(nonce)
        self.send_response(status)
        self.send_header("Replay-Nonce", nonce)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.answer(200)

    def do_GET(self):
        base = self.server.base
        self.answer(200, {"newNonce": base + "/nonce", "newAccount": base + "/account",
                          "newOrder": base + "/order"})

    def take(self, counter):
        """Whether this request is one of those that a test wants to fail."""
        with self.server.lock:
            left = getattr(self.server, counter)
            setattr(self.server, counter, max(0, left - 1))
            return left > 0

    def do_POST(self):
        ca = self.server
        jws = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        header = json.loads(unpack(jws["protected"]))
        payload = unpack(jws["payload"])
        if header["url"] != ca.base + self.path or len(unpack(jws["signature"])) != 64:
            ca.problems.append(header)
        with ca.lock:
            known = header["nonce"] in ca.nonces
            ca.nonces.discard(header["nonce"])
        if not known or self.take("bad_nonces"):
            return self.answer(400, {"type": "urn:ietf:params:acme:error:badNonce"})
        what, *parts = self.path.strip("/").split("/")
        getattr(self, "post_" + what)(json.loads(payload) if payload else None, *parts)

    def post_account(self, payload):
        self.answer(201, {"status": "valid"}, Location=self.server.base + "/account/1")

    def order_body(self, number):
        ca, order = self.server, self.server.orders[number]
        body = {"status": order["status"], "finalize": "%s/finalize/%d" % (ca.base, number),
                "authorizations": ["%s/authz/%d/%d" % (ca.base, number, i)
                                   for i in range(len(order["names"]))]}
        if order["status"] == "valid":
            body["certificate"] = "%s/certificate/%d" % (ca.base, number)
        return body

    def post_order(self, payload, number=None):
        ca = self.server
        if number is None:
            if self.take("refuse_new_order"):
                return self.answer(503, {"type": "urn:ietf:params:acme:error:rateLimited"},
                                   Retry_After="1")
            number = next(ca.ids)
            ca.orders[number] = {"status": "pending", "done": set(),
                                 "names": [i["value"] for i in payload["identifiers"]]}
            return self.answer(201, self.order_body(number),
                               Location="%s/order/%d" % (ca.base, number))
        number = int(number)
        body = self.order_body(number)
        if ca.orders[number]["status"] == "processing":
            ca.orders[number]["status"] = "valid"
        return self.answer(200, body)

    def post_authz(self, payload, number, position):
        self.answer(200, {"status": "pending", "challenges": [
            {"type": "dns-01", "token": "x", "url": "x"},
            {"type": "http-01", "token": "token-%s-%s" % (number, position),
             "url": "%s/challenge/%s/%s" % (self.server.base, number, position)}]})

    def post_challenge(self, payload, number, position):
        order = self.server.orders[int(number)]
        if payload != {} or not self.server.validate("token-%s-%s" % (number, position)):
            self.server.problems.append("challenge")
        order["done"].add(position)
        if len(order["done"]) == len(order["names"]):
            order["status"] = "ready"
        self.answer(200, {"status": "processing"})

    def post_finalize(self, payload, number):
        if self.take("refuse_finalize"):
            return self.answer(503, b"", Retry_After="1")
        order = self.server.orders[int(number)]
        order["csr"] = unpack(payload["csr"])
        order["status"] = "processing"
        return self.answer(200, self.order_body(int(number)))

    def post_certificate(self, payload, number):
        order = self.server.orders[int(number)]
        names = order["names"][1:] if self.server.drop_a_name else order["names"]
        der = b"0" + ",".join(names).encode()
        self.answer(200, b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) +
                    b"-----END CERTIFICATE-----\n")


class AcmeLoad(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.ca = Ca(self.port)
        self.folder = tempfile.TemporaryDirectory()

    def stop_ca(self):
        self.ca.shutdown()
        self.ca.server_close()

    def tearDown(self):
        self.stop_ca()
        self.folder.cleanup()

    def run_driver(self, *options, code=0):
        path = os.path.join(self.folder.name, "result.json")
        run = subprocess.run(
            [BINARY, "--directory", self.ca.base + "/directory", "--http01-port", str(self.port),
             "--seconds", "1", "--warmup", "0", "--json", path, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(run.returncode, code, run.stdout)
        self.assertEqual(self.ca.problems, [])
        self.output = run.stdout
        with open(path) as file:
            return json.load(file)

    def test_closed_loop(self):
        result = self.run_driver("--clients", "4", "--names-per-cert", "2")
        self.assertGreater(result["certificates_total"], 3)
        self.assertEqual(result["errors_total"], 0)
        valid = [o for o in self.ca.orders.values() if o["status"] == "valid"]
        self.assertEqual(result["certificates_total"], len(valid))
        for order in valid:
            self.assertEqual(len(order["names"]), 2)
            for name in order["names"]:
                self.assertRegex(name, r"^l[0-9a-f]{16}\.load\.test$")
                self.assertIn(name.encode(), order["csr"])
        for step in ("new_order", "authorization", "challenge", "finalize", "finalize_to_valid",
                     "certificate", "whole"):
            self.assertGreater(result["steps"][step]["p50_ms"], 0, step)
        self.assertIn("finalize_to_valid", self.output)

    def test_open_loop_keeps_its_rate(self):
        result = self.run_driver("--rate", "10", "--seconds", "2")
        self.assertEqual(result["mode"], "open")
        self.assertTrue(15 <= result["certificates_total"] <= 21, result)

    def test_refused_orders_are_counted_and_given_up(self):
        self.ca.refuse_new_order = 3
        result = self.run_driver("--clients", "1")
        self.assertEqual(result["refused_total"], 3)
        self.assertEqual(result["errors_total"], 0)

    def test_a_later_step_is_repeated_after_retry_after(self):
        self.ca.refuse_finalize = 1
        result = self.run_driver("--clients", "1", "--seconds", "2")
        self.assertEqual(result["refused_total"], 0)
        self.assertEqual(result["retried"], 1)
        self.assertGreater(result["certificates_total"], 0)

    def test_a_refused_nonce_is_replaced(self):
        self.ca.bad_nonces = 2
        result = self.run_driver("--clients", "1")
        self.assertEqual(result["errors_total"], 0)

    def test_a_certificate_without_a_name_is_an_error(self):
        self.ca.drop_a_name = True
        result = self.run_driver("--clients", "1", code=1)
        self.assertEqual(result["certificates_total"], 0)
        self.assertGreater(result["errors_total"], 0)
        self.assertIn("certificate: without the names", result["error_samples"][0])

    def test_https(self):
        pem = os.path.join(self.folder.name, "ca.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-days", "2",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", pem + ".key",
                        "-out", pem], check=True, stderr=subprocess.DEVNULL)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem, pem + ".key")
        self.stop_ca()
        self.ca = Ca(self.port, tls)
        result = self.run_driver("--clients", "2", "--ca", pem)
        self.assertGreater(result["certificates_total"], 0)

    def test_https_of_another_ca_is_refused(self):
        self.test_https()
        run = subprocess.run([BINARY, "--directory", self.ca.base + "/", "--http01-port",
                              str(self.port)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertEqual(run.returncode, 1)
        self.assertIn("certificate verify failed", run.stderr)

    def test_no_directory_is_said_so(self):
        run = subprocess.run([BINARY, "--directory", "http://127.0.0.1:%d/" % free_port(),
                              "--http01-port", str(self.port)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertEqual(run.returncode, 1)
        self.assertIn("is not an ACME directory", run.stderr)


if __name__ == "__main__":
    unittest.main()
