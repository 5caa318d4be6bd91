"""Several campaigns, at the same time if wanted, under one docker-anomalies: two collectors on a machine get into each
other's way where a container begins, since each looks whether it is one of its own.

    results = run_all(["web", "redis"], Options(), at_once=2, stop=threading.Event(), record=directory)
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from services.backend import Backend
from services.base import Service
from services.nginx import Nginx
from services.postgres import Postgres
from services.python_service import Python
from services.redis_service import RedisServer
from services.web import Web

from .campaign import Campaign, Options, new_stack
from .recording import Recording
from .results import ServiceResult

SERVICES: dict[str, Callable[[str], Service]] = {
    "web": Web, "redis": lambda _: RedisServer(), "postgres": lambda _: Postgres(), "python": Python,
    "nginx": Nginx}


def run_all(names: list[str], options: Options, at_once: int, stop: threading.Event,
            record: Path | None = None) -> list[ServiceResult]:
    """In the order of the names. `record`: a directory for harness.recording."""
    stack = new_stack(options)
    recording = Recording(stack, record) if record else nullcontext()
    with Backend() as backend, stack, recording, ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(lambda name=name: Campaign(SERVICES[name](backend.address), options, stack, stop).run())
                   for name in names]
        try:
            results = [future.result() for future in running]
        except BaseException:
            stop.set()
            raise
    if not any(result.error for result in results):
        stack.remove_files()
    return results
