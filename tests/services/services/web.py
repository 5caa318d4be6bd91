"""Apache with PHP: customers, crawlers and staff; log rotation, a nightly report, health checks."""

import random
import urllib.parse

from .base import Chore, Instance, Service
from .http_client import Browser, fetch, look_around
from .web_attacks import ATTACKS

WORDS = ["tea", "cup", "kettle", "1", "number 2", "", "nothing like it", "red", "it's"]
PAGES = ["about.txt", "terms.txt", "delivery.txt"]


class Web(Service):
    def __init__(self, backend: str) -> None:
        super().__init__("web", "/usr/sbin/apache2", ATTACKS, (
            Chore("health check", 4, 8, lambda web, _: web.exec(
                "sh", "-c", "test -s /run/apache2/apache2.pid && kill -0 $(cat /run/apache2/apache2.pid)")),
            Chore("report", 10, 20, lambda web, _: web.exec("php", "/srv/report.php")),
            Chore("log rotation", 25, 40, lambda web, _: web.exec("logrotate", "-f", "/etc/logrotate.d/shop")),
        ), environment={"BACKEND": backend})

    def ping(self, instance: Instance) -> None:
        fetch(instance.port, "/index.php")

    def visit(self, instance: Instance, chance: random.Random) -> int:
        return look_around(instance.port, chance, one_page)


def one_page(browser: Browser, chance: random.Random) -> None:
    kind = chance.choices(["list", "search", "view", "login", "rates", "upload", "reach", "missing", "static", "odd"],
                          [20, 25, 20, 8, 6, 4, 4, 6, 4, 3])[0]
    if kind == "search":
        browser.get("/index.php?" + urllib.parse.urlencode({"do": "search", "q": chance.choice(WORDS)}))
    elif kind == "view":
        page = chance.choice(PAGES) if chance.random() < 0.9 else f"page{chance.randrange(10**6)}.txt"
        browser.get(f"/index.php?do=view&page={page}")
    elif kind == "login":
        user = chance.choice(["ann", "bob", "eve"])
        password = f"{user}-secret" if chance.random() < 0.7 else "forgotten"
        browser.post("/index.php?do=login", {"name": user, "password": password})
    elif kind == "upload":
        size = chance.choice([100, 3000, 40_000, 400_000])
        browser.upload("/index.php?do=upload", "picture", f"photo{chance.randrange(500)}.jpg", chance.randbytes(size))
    elif kind == "reach":
        browser.get(f"/index.php?do=reach&host={chance.choice(['localhost', '127.0.0.1', 'nowhere.invalid'])}")
    elif kind == "missing":
        browser.get(chance.choice(["/robots.txt", "/favicon.ico", f"/old/{chance.randrange(10**6)}.html"]))
    elif kind == "static":
        browser.get(f"/uploads/photo{chance.randrange(500)}.jpg", chance.choice(["GET", "GET", "HEAD"]))
    elif kind == "odd":
        chance.choice([browser.say_nonsense, lambda: browser.leave_early("/index.php")])()
    else:
        browser.get(f"/index.php?do={kind}")
