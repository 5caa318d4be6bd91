#!/usr/bin/python3
"""A worker behind a line protocol, with a hole of another kind: code runs inside the process itself.

    worker.py [PORT]     serves 127.0.0.1:PORT (default 9090) with a fixed pool of threads

    HASH text            -> its SHA-256
    PUT key text         -> ok; kept in memory and in a file
    GET key              -> text
    RESTORE base64       -> the number of entries in a pickled session: the hole
"""

import base64
import hashlib
import os
import pickle
import queue
import socket
import sys
import threading

STORE = "/srv/data/store"


class Worker:
    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.lock = threading.Lock()

    def put(self, key: str, text: str) -> str:
        with self.lock:
            self.entries[key] = text
            with open(f"{STORE}.new", "w", encoding="utf-8") as file:
                file.writelines(f"{k} {v}\n" for k, v in self.entries.items())
            os.replace(f"{STORE}.new", STORE)
        return "ok"

    def answer(self, line: str) -> str:
        command, _, rest = line.partition(" ")
        if command == "HASH":
            return hashlib.sha256(rest.encode()).hexdigest()
        if command == "PUT":
            return self.put(*rest.split(" ", 1))
        if command == "GET":
            return self.entries.get(rest, "")
        if command == "RESTORE":
            return str(len(pickle.loads(base64.b64decode(rest))))
        return "what?"


def serve(connections: "queue.Queue[socket.socket]", worker: Worker) -> None:
    while True:
        with connections.get() as connection:
            connection.settimeout(20)
            try:
                with connection.makefile("rw", encoding="utf-8", newline="\n") as stream:
                    for line in stream:
                        stream.write(worker.answer(line.rstrip("\n")) + "\n")
                        stream.flush()
            except (OSError, ValueError) as error:
                print(f"connection: {error}", flush=True)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9090
    waiting: "queue.Queue[socket.socket]" = queue.Queue(64)
    the_worker = Worker()
    for _ in range(4):
        threading.Thread(target=serve, args=(waiting, the_worker), daemon=True).start()
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"worker on 127.0.0.1:{port}", flush=True)
        while True:
            waiting.put(listener.accept()[0])
