"""HTTP as many different clients speak it. Used by the web, python and nginx services.

    with Browser(port, chance) as browser:
        browser.get("/search?q=tea")
"""

import http.client
import random
import socket
import ssl
import time
import urllib.parse
from collections.abc import Callable

from .base import AttackFailed

AGENTS = ["curl/7.88", "Mozilla/5.0 (X11; Linux x86_64)", "Googlebot/2.1", "shop-app/3"]


class Browser:
    """One client: keeps its connection or not, is fast or slow, says who it is or not."""

    def __init__(self, port: int, chance: random.Random, secure: bool = False) -> None:
        self.requests = 0
        self._chance = chance
        self._keeps = chance.random() < 0.4
        self._headers = {"User-Agent": chance.choice(AGENTS)} if chance.random() < 0.9 else {}
        self._port = port
        self._secure = secure
        self._connection = (http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=_anyone())
                            if secure else http.client.HTTPConnection("127.0.0.1", port, timeout=30))

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str, method: str = "GET") -> tuple[int, bytes]:
        return self.ask(method, path)

    def post(self, path: str, form: dict[str, object]) -> tuple[int, bytes]:
        return self.ask("POST", path, urllib.parse.urlencode(form).encode(),
                        {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, field: str, name: str, content: bytes) -> tuple[int, bytes]:
        body = (f'--da\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + content + b"\r\n--da--\r\n"
        return self.ask("POST", path, body, {"Content-Type": "multipart/form-data; boundary=da"})

    def leave_early(self, path: str) -> None:
        """Asks, and hangs up before the answer."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        self.requests += 1

    def say_nonsense(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=15) as connection:
            # The first bytes of TLS, but not to who would then wait for the rest.
            connection.sendall(b"not tls\r\n\r\n" if self._secure else b"\x16\x03\x01 not http\r\n\r\n")
            connection.settimeout(15)
            connection.recv(1000)
        self.requests += 1

    def think(self) -> None:
        time.sleep(self._chance.choice([0, 0, 0.01, 0.05, 0.3]))

    def ask(self, method: str, path: str, body: bytes | None = None,
            headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        self.requests += 1
        all_headers = self._headers | (headers or {}) | ({} if self._keeps else {"Connection": "close"})
        try:
            self._connection.request(method, path, body, all_headers)
            reply = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # A kept connection that the server closed meanwhile; a client asks again.
            self._connection.close()
            self._connection.request(method, path, body, all_headers)
            reply = self._connection.getresponse()
        content = reply.read()
        if reply.status >= 500:
            raise OSError(f"{path}: status {reply.status}")
        return reply.status, content


def look_around(port: int, chance: random.Random, one_page: Callable[[Browser, random.Random], None],
                secure: bool = False) -> int:
    """One client's visit, of a page or several. Returns how many requests it made."""
    with Browser(port, chance, secure) as browser:
        for _ in range(chance.choice([1, 1, 2, 3, 8])):
            one_page(browser, chance)
            browser.think()
        return browser.requests


def fetch(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """One request of a plain client."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Connection": "close"} | (headers or {}))
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def must_show(answer: tuple[int, bytes], what: bytes) -> None:
    """Of an attack: got it what it asked for?"""
    if what not in answer[1]:
        raise AttackFailed(f"{what!r} not in the answer: status {answer[0]}, {answer[1][:80]!r}")


def _anyone() -> ssl.SSLContext:
    """Who talks to whatever certificate it is shown."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
