"""Ordinary traffic for the victim services: varied, seeded, at a steady rate.

    with Traffic(shop_request(port), rate=40) as traffic:
        ...                                        # runs in the background until the block ends
    print(traffic.done, traffic.failed)
"""

import base64
import http.client
import pickle
import random
import socket
import string
import time
import urllib.parse
from collections.abc import Callable

from .clients import Clients

# Makes one request; the generator belongs to the calling client thread.
Request = Callable[[random.Random], None]

_WORDS = ["tea", "cup", "red", "green", "kettle", "s", "e", "tin", "spoon", "nothing like it", ""]


def shop_request(port: int) -> Request:
    """Visits the shop as customers and staff do: mostly one request a connection, at times several."""

    def visit(chance: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            for _ in range(chance.choice([1, 1, 1, 2, 4])):
                _shop_page(connection, chance)
        finally:
            connection.close()

    return visit


def _shop_page(connection: http.client.HTTPConnection, chance: random.Random) -> None:
    kind = chance.choices(["home", "search", "file", "order", "reach", "missing"], [30, 30, 15, 15, 6, 4])[0]
    if kind == "order":
        form = {"name": chance.choice(_WORDS), "amount": chance.randint(1, 9)}
        connection.request("POST", "/order", urllib.parse.urlencode(form))
    else:
        path = {
            "home": "/",
            "search": "/search?" + urllib.parse.urlencode({"q": chance.choice(_WORDS)}),
            "file": f"/files/leaflet-{chance.choice([1, 1, 16, 64, 256])}.pdf",
            "reach": f"/reach?host=127.0.0.{chance.choice([1, 1, 1, 9])}",
            "missing": "/files/" + "".join(chance.choices(string.ascii_lowercase, k=8)),
        }[kind]
        connection.request("GET", path)
    reply = connection.getresponse()
    reply.read()
    if reply.status >= 500:
        raise OSError(f"status {reply.status}")


def worker_request(port: int) -> Request:
    """Talks to the worker: a connection of one to twenty lines."""

    def talk(chance: random.Random) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection, \
                connection.makefile("rw", encoding="utf-8", newline="\n") as stream:
            for _ in range(chance.choice([1, 3, 8, 20])):
                stream.write(_worker_line(chance) + "\n")
                stream.flush()
                if not stream.readline():
                    raise OSError("the worker closed the connection")

    return talk


def _worker_line(chance: random.Random) -> str:
    kind = chance.choices(["HASH", "PUT", "GET", "RESTORE"], [5, 2, 4, 1])[0]
    key = f"k{chance.randrange(200)}"
    text = "".join(chance.choices(string.ascii_letters + " ", k=chance.choice([5, 40, 400])))
    if kind == "RESTORE":
        session = {f"item{i}": i for i in range(chance.randrange(1, 20))}
        return "RESTORE " + base64.b64encode(pickle.dumps(session)).decode()
    return {"HASH": f"HASH {text}", "PUT": f"PUT {key} {text}", "GET": f"GET {key}"}[kind]


class Traffic(Clients):
    """A few client threads that together make `rate` requests a second; without a rate, all they can."""

    def __init__(self, request: Request, rate: float | None = None, clients: int = 3, limit: int | None = None,
                 seed: int = 1):
        super().__init__()
        self._request = request
        self._pause = clients / rate if rate else 0.0
        self._limit = limit
        self._started = 0
        for number in range(clients):
            self.add(self._live, seed * 1000 + number)

    def _live(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._stop.is_set():
            with self._lock:
                if self._started == self._limit:
                    return
                self._started += 1
            started = time.monotonic()
            try:
                self._request(chance)
                self.count_done()
            except (OSError, http.client.HTTPException) as error:
                self.count_failed(f"{type(error).__name__}: {error}")
                self._stop.wait(0.05)
            # Uneven, as customers are; the mean is the rate asked for.
            pause = self._pause * chance.uniform(0.5, 1.5) - (time.monotonic() - started)
            if pause > 0:
                self._stop.wait(pause)
