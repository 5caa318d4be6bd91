"""The service's database: one SQLite connection a thread. Run as a program it makes the schema."""

import sqlite3
import threading

FILE = "/srv/data/shop.db"
_local = threading.local()


def database() -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(FILE, timeout=5)
        _local.connection.execute("PRAGMA synchronous = NORMAL")
    return _local.connection


def find(word: str) -> list[tuple]:
    return database().execute("SELECT id, name, price FROM items WHERE name LIKE ? ORDER BY price LIMIT 40",
                              (f"%{word}%",)).fetchall()


def order(item: int, note: str) -> None:
    with database() as connection:
        connection.execute("INSERT INTO orders (item, note) VALUES (?, ?)", (item, note))


def export() -> str:
    return "\n".join(",".join(map(str, row)) for row in database().execute("SELECT * FROM orders"))


def password_of(user: str) -> str | None:
    row = database().execute("SELECT password FROM users WHERE name = ?", (user,)).fetchone()
    return row[0] if row else None


def forget_old_orders() -> None:
    with database() as connection:
        connection.execute("DELETE FROM orders WHERE id < (SELECT MAX(id) - 300 FROM orders)")


if __name__ == "__main__":
    with database() as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
        made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, item INTEGER, note TEXT)")
        made.execute("CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT)")
        made.executemany("INSERT INTO items (name, price) VALUES (?, ?)",
                         [(f"{word} {i}", i * 1.25) for i in range(60) for word in ("tea", "cup", "kettle", "tin")])
        made.executemany("INSERT INTO users VALUES (?, ?)", [("ann", "ann-secret"), ("bob", "bob-secret")])
