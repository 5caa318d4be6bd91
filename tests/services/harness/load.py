"""Ordinary load on the instances of one service: seeded clients in changing moods, and the chores beside them.

    with Load(service, instances, seed=7) as load:
        load.restart(instances[0])           # as an operator does; what fails meanwhile is no failure
    print(load.done, load.failed)
"""

import http.client
import random
import time
from dataclasses import dataclass

from demo_files.clients import Clients
from demo_files.process import StackError
from services.base import Chore, Instance, Service


@dataclass(frozen=True)
class Mood:
    """How long a client pauses between two visits, in seconds, on average."""

    pause: float
    least: float = 3
    most: float = 12


MOODS = (Mood(2.0), Mood(0.4), Mood(0.4), Mood(0.1), Mood(0.02, 1, 3))


class Load(Clients):
    """`clients` per instance. `gentle`: few requests, for containers whose attack is what counts."""

    def __init__(self, service: Service, instances: list[Instance], seed: int, clients: int = 2,
                 gentle: bool = False) -> None:
        super().__init__()
        self._service = service
        self._moods = MOODS[:2] if gentle else MOODS
        self._resting: set[str] = set()
        for number, instance in enumerate(instances):
            for client in range(clients):
                self.add(self._live, instance, random.Random(f"{seed} client {number} {client}"))
            for chore in service.chores:
                self.add(self._work, instance, random.Random(f"{seed} {chore.name} {number}"), chore)

    def rest(self, instance: Instance) -> None:
        """From now on nothing is asked of it, and what it fails is no failure."""
        with self._lock:
            self._resting.add(instance.name)

    def restart(self, instance: Instance) -> None:
        self.rest(instance)
        instance.restart()
        self._service.wait_until_ready(instance)
        with self._lock:
            self._resting.discard(instance.name)

    def _live(self, instance: Instance, chance: random.Random) -> None:
        while not self._stop.is_set():
            mood = chance.choice(self._moods)
            until = time.monotonic() + chance.uniform(mood.least, mood.most)
            while time.monotonic() < until and not self._stop.is_set():
                self._visit(instance, chance)
                self._stop.wait(chance.expovariate(1 / mood.pause))

    def _visit(self, instance: Instance, chance: random.Random) -> None:
        if instance.name in self._resting:
            return
        try:
            self.count_done(self._service.visit(instance, chance))
        except (OSError, http.client.HTTPException) as error:
            self._fail(instance, f"{type(error).__name__}: {error}")

    def _work(self, instance: Instance, chance: random.Random, chore: Chore) -> None:
        while not self._stop.wait(chance.uniform(chore.least, chore.most)):
            if instance.name in self._resting:
                continue
            try:
                chore.work(instance, chance)
            except (OSError, StackError) as error:
                self._fail(instance, f"{chore.name}: {error}")

    def _fail(self, instance: Instance, error: str) -> None:
        # A moment later it may be known that the service was being restarted.
        self._stop.wait(0.2)
        if instance.name not in self._resting:
            self.count_failed(error)
