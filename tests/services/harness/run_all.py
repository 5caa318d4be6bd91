"""Several campaigns, at the same time if wanted: each with a docker-anomalies of its own if they are recorded, under one if
not. Two collectors on a machine get into each other's way where a container begins: each looks whether it is one of its own.

    results = run_all(["web", "redis"], Options(), at_once=2, stop=threading.Event())
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace

from services.backend import Backend
from services.base import Service
from services.postgres import Postgres
from services.python_service import Python
from services.redis_service import RedisServer
from services.web import Web

from .campaign import PREFIX, Campaign, Options, new_stack
from .results import ServiceResult

SERVICES: dict[str, Callable[[str], Service]] = {
    "web": Web, "redis": lambda _: RedisServer(), "postgres": lambda _: Postgres(), "python": Python}


def run_all(names: list[str], options: Options, at_once: int, stop: threading.Event) -> list[ServiceResult]:
    """In the order of the names."""
    if options.record is not None:
        options.record.mkdir(parents=True, exist_ok=True)
        options = replace(options, record=options.record.resolve())
    stack = new_stack(options, f"{PREFIX}-*") if options.record is None else None
    with Backend() as backend, stack or nullcontext(), ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(lambda name=name: Campaign(SERVICES[name](backend.address), options, stop, stack).run())
                   for name in names]
        try:
            results = [future.result() for future in running]
        except BaseException:
            stop.set()
            raise
    if stack and not any(result.error for result in results):
        stack.remove_files()
    return results
