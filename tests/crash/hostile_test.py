#!/usr/bin/env python3
"""Requests that nobody honest sends: each gets a problem document, and leaves nothing behind."""
import base64
import http.client
import json
import os
import random
import socket
import ssl
import unittest

from tests.crash import world as worlds

ROUNDS = 60


def protected(**members):
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def jws(header, payload="e30", signature="AAAA"):
    return json.dumps({"protected": header, "payload": payload, "signature": signature}).encode()


def bodies(url, chance):
    """Bodies of a POST, by what is wrong with them."""
    good = {"alg": "ES256", "nonce": "AAAA", "url": url}
    return {
        "nothing": b"",
        "no JSON": b"\x00\x01\x02",
        "an array": b"[]",
        "cut off": jws(protected(**good))[:-10],
        "deep JSON": b"[" * 30000,
        "a deep header": jws(base64.urlsafe_b64encode(b'{"alg":' + b"[" * 9000).decode()),
        "no UTF-8": b'{"protected":"\xff\xfe","payload":"","signature":""}',
        "not base64url": jws("=!=!"),
        "members twice": b'{"protected":"e30","protected":"e30","payload":"","signature":"AAAA"}',
        "alg none": jws(protected(**{**good, "alg": "none"})),
        "a symmetric alg": jws(protected(**{**good, "alg": "HS256"})),
        "a key that is none": jws(protected(**good, jwk={"kty": "EC", "crv": "P-256", "x": "AA",
                                                         "y": "AA"})),
        "a point off the curve": jws(protected(**good, jwk={
            "kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43})),
        "a huge RSA key": jws(protected(**good, jwk={"kty": "RSA", "e": "AQAB", "n": "_" * 40000})),
        "random octets": chance.randbytes(chance.randrange(1, 5000)),
    }


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = worlds.World()
        cls.addClassCleanup(cls.world.remove)
        cls.trust = ssl.create_default_context(cafile=cls.world.stack.path("acme-ca.pem"))
        cls.chance = random.Random(8555)

    def connection(self):
        return http.client.HTTPSConnection("localhost", self.world.stack.acme_port, timeout=30,
                                           context=self.trust)

    def post(self, connection, path, body):
        connection.request("POST", path, body=body,
                           headers={"Content-Type": "application/jose+json"})
        answer = connection.getresponse()
        return answer, answer.read()

    def one_round(self):
        for path in self.paths:
            connection = self.connection()
            for what, body in bodies("https://localhost" + path, self.chance).items():
                answer, text = self.post(connection, path, body)
                with self.subTest(path=path, what=what):
                    self.assertIn(answer.status, (400, 401, 403, 413), text)
                    self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                    self.assertIn("urn:ietf:params:acme:error:", json.loads(text)["type"])
            connection.close()
            # More than may be sent is refused before it is read, and the connection ends:
            # whether we get to read the answer is a race between the two.
            connection = self.connection()
            try:
                answer, _ = self.post(connection, path, b"x" * 200000)
                self.assertEqual(answer.status, 413)
            except (OSError, http.client.HTTPException):
                pass
            connection.close()
        for octets in (b"\x16\x03\x01\x02", b"GET / HTTP/9.9\r\n\r\n", self.chance.randbytes(500)):
            with socket.create_connection(("127.0.0.1", self.world.stack.acme_port)) as raw:
                raw.sendall(octets)

    def csrs(self):
        """Finalize requests that are signed well, with a CSR that is none."""
        order = self.world.client.order(self.order_url)
        for csr in (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80\x00\x00",
                    self.chance.randbytes(800), b"\x30" * 4000):
            with self.assertRaises(worlds.acme.Problem) as raised:
                self.world.client.post(order["finalize"], {"csr": worlds.acme.base64url(csr)})
            self.assertIn(raised.exception.type, ("badCSR", "malformed", "orderNotReady"))

    def memory(self):
        rows, _ = self.world.stack.status()
        return {name: rows[name]["memory_kb"] for name in ("wfe", "ra", "sa")}

    def test_thousands_of_bad_requests_leave_nothing_behind(self):
        pids = dict(self.world.pids)
        self.paths = [self.world.client.urls[name].partition(str(self.world.stack.acme_port))[2]
                      for name in ("newAccount", "newOrder")]
        self.order_url = self.world.client.new_order("hostile.test")
        # The first rounds fill caches, pools and arenas.
        for _ in range(ROUNDS // 3):
            self.one_round()
            self.csrs()
        before = self.memory()
        for _ in range(ROUNDS):
            self.one_round()
            self.csrs()
        after = self.memory()
        print("memory in kB: %s, then %s" % (before, after))
        for name, kilobytes in before.items():
            # A sanitizer keeps what was freed.
            if not self.world.stack.is_sanitized():
                self.assertLess(after[name] - kilobytes, 3000,
                                "%s: %s, then %s" % (name, before, after))
        order = self.world.client.finish(self.order_url, self.world.responder)
        self.assertEqual(order["status"], "valid", order)
        self.world.check(self)
        for name, pid in pids.items():
            self.assertTrue(os.path.exists("/proc/%d" % pid), name)

    def test_many_slow_clients_keep_nobody_out(self):
        slow = []
        try:
            for _ in range(300):
                one = socket.create_connection(("127.0.0.1", self.world.stack.acme_port))
                slow.append(one)
                one.sendall(b"\x16\x03\x01")  # the beginning of a handshake, and no more
            order = self.world.client.issue(self.world.responder, "between-slow-ones.test")
            self.assertEqual(order["status"], "valid", order)
            # They are hung up on, without a word of theirs.
            for one in slow:
                one.settimeout(60)
                while one.recv(1000):
                    pass
        finally:
            for one in slow:
                one.close()


if __name__ == "__main__":
    unittest.main()
