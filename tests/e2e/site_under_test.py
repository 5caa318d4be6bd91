"""The services that the end-to-end tests watch, drive and attack. Made by the fixture `site`.

    shop = site.take_shop()
    with shop.traffic(rate=20): ...
    mail = site.wait_for_mail(shop)
"""

import os
import time
from contextlib import ExitStack
from pathlib import Path

from demo_files.docker import Container
from demo_files.process import wait_until
from demo_files.stack import Stack, free_port, mail_text
from demo_files.traffic import Traffic, shop_request, worker_request

PREFIX = f"da-e2e-{os.getpid()}"
SHOP_IMAGE = "docker-anomalies-e2e-shop:1"
WORKER_IMAGE = "docker-anomalies-e2e-worker:1"
# For docker exec. Long enough to be found on a busy machine: what enters a container from outside shows when its
# cgroup is read, every 20 ms.
NEW_PROGRAM = ("sleep", "0.5")
QUIET_S = 20
# An hour of traffic must not alarm: more evidence than the demo asks for, and none before the busy time.
LEARNING = {"min_time": f"{2 * QUIET_S}s", "min_calls": "60000", "recent_calls": "30000", "unseen_mass": "0.0005",
            "shadow_time": "20s", "shadow_calls": "30000", "start_grace": "10s"}


class Service:
    """A victim service in a container, and its ordinary traffic."""

    def __init__(self, kind: str, number: int) -> None:
        self.port = free_port()
        self.request = {"shop": shop_request, "worker": worker_request}[kind](self.port)
        image = {"shop": SHOP_IMAGE, "worker": WORKER_IMAGE}[kind]
        self.name = f"{PREFIX}-{kind}-{number}"
        self.container = Container(image, self.name, ["python3", f"/srv/{kind}.py", str(self.port)])

    def traffic(self, rate: float | None = None, limit: int | None = None, clients: int = 3, seed: int = 1) -> Traffic:
        return Traffic(self.request, rate=rate, limit=limit, clients=clients, seed=seed)

    def must_serve(self, requests: int = 20) -> None:
        with self.traffic(limit=requests) as traffic:
            wait_until(f"{requests} requests", lambda: not traffic.running, 30)
        assert (traffic.done, traffic.failed) == (requests, 0), traffic.last_error

    def tracers(self) -> set[int]:
        """TracerPid of each of its tasks; 0 for a task that is not traced."""
        return set(self.container.tracers().values())


class Site:
    """A stack, and services whose images it has learned."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.services: list[Service] = []
        self._unharmed: list[Service] = []

    def start(self, kind: str) -> Service:
        service = Service(kind, len(self.services))
        self.services.append(service)
        self.stack.wait_until_watched(service.container.id)
        wait_until(f"{service.name} to serve", lambda: " on 127.0.0.1" in service.container.logs(), 20)
        return service

    def learn(self) -> None:
        self._unharmed = [self.start("shop") for _ in range(5)]
        self.worker = self.start("worker")
        # Quiet times and busy ones: threads of a busy service get into each other's way, take other paths in
        # SQLite and wait for other things, and that is as ordinary as a quiet night.
        with ExitStack() as traffics:
            for number, service in enumerate(self.services):
                traffics.enter_context(service.traffic(rate=6, seed=number))
            settle(QUIET_S)
            for number, service in enumerate(self.services):
                traffics.enter_context(service.traffic(clients=2, seed=1000 + number))
            self.stack.wait_until_armed(SHOP_IMAGE, 200)
            self.stack.wait_until_armed(WORKER_IMAGE, 150)

    def take_shop(self) -> Service:
        """An armed shop that no other test attacks."""
        return self._unharmed.pop()

    def must_be_traced(self, service: Service) -> None:
        """Every task of the service, by a thread of the collector."""

        def by_the_collector() -> bool:
            threads = {int(task.name) for task in Path(f"/proc/{self.stack.collector.pid}/task").iterdir()}
            found = service.tracers()
            return bool(found) and found <= threads

        wait_until(f"{service.name} to be traced", by_the_collector, 10, (self.stack.collector,))

    def mails_about(self, service: Service) -> list[str]:
        """Subject and text of each mail that names the service's container."""
        shown = [f"{mail['Subject']}\n{mail_text(mail)}" for mail in self.stack.smtp.mails()]
        return [text for text in shown if service.name in text]

    def wait_for_mail(self, service: Service, timeout_s: float) -> str:
        wait_until(f"a mail about {service.name}", lambda: self.mails_about(service), timeout_s, self.stack.parts)
        return self.mails_about(service)[0]

    def remove(self) -> None:
        for service in self.services:
            service.container.remove()


def settle(seconds: float) -> None:
    """Time in which something would happen that must not happen."""
    time.sleep(seconds)
