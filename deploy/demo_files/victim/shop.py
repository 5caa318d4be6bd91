#!/usr/bin/python3
"""A small web shop with one hole: the victim of the demo and of the end-to-end tests.

    shop.py [PORT]     serves 127.0.0.1:PORT (default 8080), one thread per connection

Pages, a search and orders in SQLite, downloads, an access log. The hole is in /reach?host=ADDRESS, which
tells whether a warehouse answers. Addresses, all that the shop's own staff ever enter, are tried with a
plain socket. For anything else it falls back to an ancient helper through the shell, behind a check that
looks at single lines only: "name\\nCOMMAND" passes it. Ordinary use therefore never runs a shell.
"""

import contextlib
import html
import http.server
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator

DATABASE = "/srv/data/shop.db"
FILES = "/srv/files"
ACCESS_LOG = "/srv/data/access.log"
GOODS = [f"{colour} {thing}" for colour in ("red", "green", "blue", "plain") for thing in
         ("teapot", "kettle", "cup", "saucer", "spoon", "tray", "tin", "sieve")]


class Database:
    """One connection for all threads, one at a time: what waits for it waits here, and not in SQLite's retries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(DATABASE, check_same_thread=False)
        self._connection.execute("pragma journal_mode=wal")
        # By default SQLite carries its log over after 1000 pages: in hours of a small shop's trade. Who learns it
        # in a minute or two must see the whole of its cycle in that time.
        self._connection.execute("pragma wal_autocheckpoint=32")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._connection:
            yield self._connection


def create_tables(connection: sqlite3.Connection) -> None:
    connection.execute("create table if not exists goods(name text primary key, price integer)")
    connection.execute("create table if not exists orders(id integer primary key, name text, amount integer)")
    connection.executemany("insert or ignore into goods values(?, ?)",
                           [(name, 300 + 17 * number) for number, name in enumerate(GOODS)])


def reachable(host: str, port: int) -> str:
    try:
        socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
    except OSError:
        return look_up_by_name(host)
    try:
        socket.create_connection((host, port), timeout=2).close()
        return "answers"
    except OSError as error:
        return f"does not answer: {error.strerror}"


def look_up_by_name(host: str) -> str:
    if not re.search(r"^[a-z0-9.-]+$", host, re.MULTILINE):  # the hole: one good line is enough
        return "not a host name"
    done = subprocess.run(f"getent hosts {host}", shell=True, capture_output=True, timeout=20, check=False)
    return done.stdout.decode(errors="replace")


class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/":
            self.page("Welcome", f"<p>{len(GOODS)} goods</p>")
        elif url.path == "/search":
            with self.server.database.transaction() as connection:
                rows = connection.execute("select name, price from goods where name like ? order by price limit 20",
                                          (f"%{query.get('q', '')}%",)).fetchall()
            self.page("Search", "".join(f"<li>{html.escape(name)} {price}</li>" for name, price in rows))
        elif url.path.startswith("/files/"):
            self.download(os.path.basename(url.path))
        elif url.path == "/reach":
            self.page("Warehouse", html.escape(reachable(query.get("host", ""), self.server.server_port)))
        else:
            self.page("Not found", "", status=404)

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", 0)), 10_000)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode(errors="replace")))
        with self.server.database.transaction() as connection:
            connection.execute("insert into orders(name, amount) values(?, ?)",
                               (form.get("name", ""), int(form.get("amount", "1"))))
            connection.execute("delete from orders where id <= (select max(id) from orders) - 500")
        self.page("Thank you", "")

    def page(self, title: str, body: str, status: int = 200) -> None:
        self.reply(f"<!doctype html><title>{title}</title><h1>{title}</h1>{body}\n".encode(), status, "text/html")

    def download(self, name: str) -> None:
        try:
            with open(os.path.join(FILES, name), "rb") as file:
                self.reply(file.read(), 200, "application/pdf")
        except OSError:
            self.page("No such leaflet", "", status=404)

    def reply(self, body: bytes, status: int, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        with open(ACCESS_LOG, "a", encoding="utf-8") as log:
            log.write(f"{self.log_date_time_string()} {self.client_address[0]} {format % args}\n")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, address: tuple[str, int]) -> None:
        self.database = Database()
        with self.database.transaction() as connection:
            create_tables(connection)
        super().__init__(address, Shop)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    with Server(("127.0.0.1", port)) as server:
        print(f"shop on 127.0.0.1:{port}", flush=True)
        server.serve_forever()
