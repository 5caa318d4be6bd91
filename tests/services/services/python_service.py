"""An asyncio HTTP service with SQLite: its clients, a nightly report, health checks."""

import random
import urllib.parse

from .base import Chore, Instance, Service
from .http_client import Browser, fetch, look_around
from .python_attacks import ATTACKS

WORDS = ["tea", "cup", "kettle 1", "", "nothing like it", "it's", "9"]
SUMS = ["1+1", "2**64", "sum(range(1000))", "round(3.14159, 2)", "1/0", "max(3, 4)"]
HEALTH = "import urllib.request, os; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/').read()"


class Python(Service):
    def __init__(self, backend: str) -> None:
        super().__init__("python", "/usr/bin/python3.11", ATTACKS, (
            Chore("health check", 4, 8, lambda instance, _: instance.exec("python3", "-c", HEALTH)),
            Chore("report", 10, 20, lambda instance, _: instance.exec("python3", "/srv/report.py")),
            Chore("look at the log", 15, 30, lambda instance, _: instance.exec("tail", "-n", "5", "/srv/log/service.log")),
        ), environment={"BACKEND": backend})

    def ping(self, instance: Instance) -> None:
        fetch(instance.port, "/")

    def visit(self, instance: Instance, chance: random.Random) -> int:
        return look_around(instance.port, chance, one_page)


def one_page(browser: Browser, chance: random.Random) -> None:
    kind = chance.choices(["home", "search", "order", "files", "login", "rates", "calc", "export", "missing", "early"],
                          [20, 25, 15, 12, 8, 6, 5, 3, 4, 2])[0]
    if kind == "order":
        browser.post("/order", {"item": chance.randrange(240), "note": "n" * chance.choice([3, 300, 20_000])})
    elif kind == "login":
        user = chance.choice(["ann", "bob", "eve"])
        browser.post("/login", {"name": user, "password": f"{user}-secret" if chance.random() < 0.7 else "forgotten"})
    elif kind == "early":
        browser.leave_early("/search?q=tea")
    elif kind == "calc":
        term = chance.choice([sum for sum in SUMS if sum != "1/0"])
        browser.get("/calc?" + urllib.parse.urlencode({"x": term}))
    elif kind == "files":
        name = f"leaflet-{chance.choice([1, 16, 64, 256])}.pdf" if chance.random() < 0.85 else f"{chance.random()}.pdf"
        browser.get(f"/files?name={name}")
    else:
        path = {"home": "/", "search": "/search?" + urllib.parse.urlencode({"q": chance.choice(WORDS)}),
                "rates": "/rates", "export": "/export", "missing": f"/{chance.randrange(10**6)}"}[kind]
        browser.get(path)
