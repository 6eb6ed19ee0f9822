"""A DNS server that gives every name one address, and has no other records."""
import socket
import struct
import threading

A = 1


class PlainDns:
    """Answers on a port of 127.0.0.1 until `close`."""

    def __init__(self, address="127.0.0.1"):
        self._address = socket.inet_aton(address)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.where = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._closed = threading.Event()
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def up_options(self):
        """For `./dev up`: a stack of the Web PKI to which this is the public DNS."""
        return ["--policy", "webpki", "--resolver", self.where, "--no-dnssec",
                "--allow-address", "127.0.0.0/8"]

    def close(self):
        self._closed.set()
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._closed.is_set():
            try:
                query, client = self._socket.recvfrom(4096)
            except socket.timeout:
                continue
            self._socket.sendto(self._answer(query), client)

    def _answer(self, query):
        end = 12
        while query[end]:
            end += query[end] + 1
        question = query[12:end + 5]
        (kind,) = struct.unpack(">H", query[end + 1:end + 3])
        # A response, recursion wanted and available, no error.
        answer = query[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, kind == A, 0, 0) + question
        if kind == A:
            answer += b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 60, 4) + self._address
        return answer
