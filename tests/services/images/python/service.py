"""The service: HTTP/1.1 by hand over asyncio, SQLite in the executor's threads. PORT: where it listens; BACKEND: whom it
asks for rates. Holes, on purpose: /calc (eval), /files (path traversal), /login (no limit).
"""

import asyncio
import json
import logging
import logging.handlers
import os
import urllib.parse

import store

PAGES = {}
LOG = logging.getLogger("service")


def page(path):
    return lambda function: PAGES.setdefault(path, function)


async def in_thread(function, *arguments):
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)


@page("/")
async def home(query, body):
    return 200, "<h1>shop</h1>" * 20


@page("/search")
async def search(query, body):
    return 200, json.dumps(await in_thread(store.find, query.get("q", "")))


@page("/order")
async def order(query, body):
    form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
    await in_thread(store.order, int(form["item"]), form.get("note", ""))
    return 201, "ordered"


@page("/export")
async def export(query, body):
    return 200, await in_thread(store.export)


@page("/files")
async def files(query, body):
    def read():
        with open("/srv/files/" + query["name"], "rb") as file:
            return file.read()
    try:
        return 200, await in_thread(read)
    except FileNotFoundError:
        return 404, "no such file"


@page("/calc")
async def calc(query, body):
    return 200, str(eval(query.get("x", "0")))  # the hole


@page("/login")
async def login(query, body):
    form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
    right = await in_thread(store.password_of, form.get("name", ""))
    return (200, "welcome") if right and right == form.get("password") else (403, "wrong")


@page("/rates")
async def rates(query, body):
    host, _, port = os.environ["BACKEND"].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /rates HTTP/1.0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return 200, answer.partition(b"\r\n\r\n")[2]


async def serve(reader, writer):
    try:
        while await one_request(reader, writer):
            pass
    except (ConnectionError, asyncio.IncompleteReadError, TimeoutError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def one_request(reader, writer):
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    target = urllib.parse.urlsplit(first.split(" ")[1])
    status, text = await answer(target, body)
    content = text if isinstance(text, bytes) else text.encode()
    keep = headers.get("connection", "").lower() != "close"
    LOG.info("%s %d %d", first, status, len(content))
    writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(content)}\r\n"
                 f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n".encode() + content)
    await writer.drain()
    return keep


async def answer(target, body):
    handler = PAGES.get(target.path)
    if handler is None:
        return 404, "no such page"
    try:
        return await handler(dict(urllib.parse.parse_qsl(target.query)), body)
    except Exception as error:
        LOG.warning("%s failed: %r", target.path, error)
        return 500, "sorry"


async def clean_up():
    while True:
        await asyncio.sleep(7)
        await in_thread(store.forget_old_orders)


async def main():
    keeper = logging.handlers.RotatingFileHandler("/srv/log/service.log", maxBytes=100_000, backupCount=3)
    logging.basicConfig(level=logging.INFO, handlers=[keeper], format="%(asctime)s %(message)s")
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]))
    cleaner = asyncio.create_task(clean_up())
    print("ready", flush=True)
    await server.serve_forever()
    await cleaner


asyncio.run(main())
