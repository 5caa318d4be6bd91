"""PostgreSQL: an application's queries, mistakes and reports; autovacuum, checkpoints, dumps, health checks."""

import random
import time

from .base import Chore, Instance, Service
from .pg_client import PgClient, PgError
from .postgres_attacks import ATTACKS


class Postgres(Service):
    def __init__(self) -> None:
        super().__init__("postgres", "/usr/lib/postgresql/15/bin/postgres", ATTACKS, (
            Chore("health check", 4, 8, lambda pg, _: pg.exec("pg_isready", "-h", "/tmp", "-p", str(pg.port))),
            Chore("dump", 20, 35, lambda pg, _: pg.exec("pg_dump", "-h", "/tmp", "-p", str(pg.port), "-U", "app",
                                                      "-f", "/tmp/shop.sql", "shop")),
            Chore("clean-up", 10, 20, lambda pg, _: once(
                pg, "DELETE FROM orders WHERE id < (SELECT max(id) - 2000 FROM orders)")),
            Chore("vacuum", 25, 40, lambda pg, _: once(pg, "VACUUM ANALYZE orders")),
        ), command=("postgres", "-D", "/srv/db", "-p", "{port}"))

    def ping(self, instance: Instance) -> None:
        once(instance, "SELECT 1")

    def visit(self, instance: Instance, chance: random.Random) -> int:
        if chance.random() < 0.02:
            return mistype_password(instance)
        count = chance.choice([1, 4, 15, 60])
        with PgClient(instance.port) as client:
            for _ in range(count):
                try:
                    for sql in chance.choices(KINDS, WEIGHTS)[0](chance):
                        client.query(sql)
                except PgError:
                    client.query("ROLLBACK")
                if chance.random() < 0.1:
                    time.sleep(chance.choice([0.01, 0.1, 0.5]))
        return count


def mistype_password(instance: Instance) -> int:
    try:
        with PgClient(instance.port, password="app-secert"):
            pass
    except PgError:
        pass
    return 1


def once(instance: Instance, sql: str) -> None:
    with PgClient(instance.port) as client:
        client.query(sql)


def look_up(chance: random.Random) -> list[str]:
    return [f"SELECT * FROM items WHERE id = {chance.randrange(2500)}"]


def search(chance: random.Random) -> list[str]:
    return [f"SELECT * FROM items WHERE name LIKE '%{chance.randrange(100)}%' ORDER BY price LIMIT 30"]


def order(chance: random.Random) -> list[str]:
    # Item 2001 and above does not exist: an error of the foreign key.
    item = chance.randrange(1, 2001) if chance.random() < 0.95 else 99_999
    note = "x" * chance.choice([5, 50, 3000])
    return ["BEGIN", f"INSERT INTO orders (item, amount, note) VALUES ({item}, 1, '{note}')",
            chance.choice(["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"])]


def change(chance: random.Random) -> list[str]:
    return [f"UPDATE items SET price = price + 1 WHERE id % 50 = {chance.randrange(50)}"]


def report(chance: random.Random) -> list[str]:
    return ["SELECT i.name, count(*), sum(o.amount * i.price) FROM orders o JOIN items i ON i.id = o.item "
            "GROUP BY i.name ORDER BY 2 DESC"]


def large_sort(chance: random.Random) -> list[str]:
    rows = chance.choice([1000, 40_000])
    return [f"SELECT count(*) FROM (SELECT md5(i::text) h FROM generate_series(1, {rows}) i ORDER BY h) x"]


def scratch(chance: random.Random) -> list[str]:
    return ["CREATE TEMP TABLE scratch AS SELECT * FROM items LIMIT 500", "SELECT count(*) FROM scratch",
            "DROP TABLE scratch"]


def copy_out(chance: random.Random) -> list[str]:
    return ["COPY (SELECT * FROM orders ORDER BY id DESC LIMIT 300) TO STDOUT"]


def mistake(chance: random.Random) -> list[str]:
    return [chance.choice(["SELECT * FROM no_such_table", "SELEC 1", "SELECT 1/0"])]


KINDS = [look_up, search, order, change, report, large_sort, scratch, copy_out, mistake]
WEIGHTS = [40, 12, 20, 5, 4, 2, 3, 3, 3]
