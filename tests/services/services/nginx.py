"""nginx before a backend: static files, uploads, staff, a cache, TLS; reloads, log rotation, health checks."""

import random
import shutil
import tempfile
from pathlib import Path

from demo_files.stack import free_port

from .base import IMAGES, Chore, Instance, Service
from .http_client import Browser, fetch, look_around
from .implant import compile_library
from .nginx_attacks import ATTACKS, credentials

HEALTH = 'test -s /run/nginx.pid && kill -0 "$(cat /run/nginx.pid)"'


class Nginx(Service):
    def __init__(self, backend: str) -> None:
        super().__init__("nginx", "/usr/sbin/nginx", ATTACKS, (
            Chore("health check", 4, 8, lambda nginx, _: nginx.exec("sh", "-c", HEALTH)),
            Chore("reload", 20, 35, lambda nginx, _: nginx.exec("nginx", "-s", "reload")),
            Chore("log rotation", 25, 40, lambda nginx, _: nginx.exec("logrotate", "-f", "/etc/logrotate.d/shop")),
        ), environment={"BACKEND": backend})
        self._tls_ports: dict[str, int] = {}

    def build(self) -> None:
        with tempfile.TemporaryDirectory(prefix="da-nginx-") as directory:
            context = Path(directory) / "nginx"
            shutil.copytree(IMAGES / "nginx", context)
            compile_library("backdoor.c", context / "libcache.so")
            self.build_from(context)

    def start(self, name: str) -> Instance:
        self._tls_ports[name] = free_port()
        return self.start_with(name, {"TLS_PORT": str(self._tls_ports[name])})

    def ping(self, instance: Instance) -> None:
        fetch(instance.port, "/")

    def visit(self, instance: Instance, chance: random.Random) -> int:
        secure = chance.random() < 0.4
        return look_around(self._tls_ports[instance.name] if secure else instance.port, chance, self._one_page, secure)

    def _one_page(self, browser: Browser, chance: random.Random) -> None:
        kind = chance.choices(["page", "order", "media", "part", "unchanged", "upload", "staff", "rates", "large", "send",
                               "partner", "missing", "odd"], [25, 10, 12, 4, 6, 6, 6, 12, 4, 5, 4, 6, 3])[0]
        if kind == "page":
            path = chance.choice(["/", f"/pages/{chance.randrange(1, 9)}.html"])
            browser.get(path, chance.choice(["GET", "GET", "GET", "HEAD"]))
        elif kind == "order":
            browser.get(f"/orders/{chance.randrange(1, 1001)}.txt")
        elif kind == "media":
            browser.get("/media/" + chance.choice(["", *(f"film-{size}.mp4" for size in (1, 16, 16, 250, 1500))]))
        elif kind == "part":
            browser.ask("GET", "/media/film-250.mp4", headers={"Range": f"bytes={chance.randrange(200_000)}-"})
        elif kind == "unchanged":
            browser.ask("GET", "/pages/5.html", headers={"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"})
        elif kind == "upload":
            path = f"/uploads/photo{chance.randrange(200)}.jpg"
            content = chance.randbytes(chance.choice([100, 10_000, 300_000]))
            browser.ask(*chance.choice([("PUT", path, content), ("PUT", path, content), ("GET", path), ("DELETE", path)]))
        elif kind == "staff":
            user = chance.choice(["ann", "bob", "eve"])
            password = f"{user}-secret" if chance.random() < 0.7 else "forgotten"
            browser.ask("GET", "/staff/", headers=credentials(user, password))
        elif kind == "send":
            browser.ask("POST", "/api/order", chance.randbytes(chance.choice([50, 3000, 60_000])))
        elif kind == "odd":
            chance.choice([browser.say_nonsense, lambda: browser.leave_early("/media/film-250.mp4")])()
        else:
            browser.get({"rates": f"/api/rates?{chance.randrange(30)}", "large": "/api/large",
                         "partner": f"/partner/{self.environment['BACKEND']}/rates",
                         "missing": f"/old/{chance.randrange(10**6)}.html"}[kind])
