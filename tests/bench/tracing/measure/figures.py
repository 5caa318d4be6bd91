"""Samples of one variant, and what is made of them: medians, spread, ratios."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Series:
    """What one variant cost in each round, in microseconds per count, and what became of its records."""
    label: str
    count: int
    costs: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # CPU time of tracer and tracee, likewise
    captures: list[dict] = field(default_factory=list)  # of each round; ours only
    start_count: int = 0
    start_cpu: float = 0  # what a run of `start_count` takes: starting up, above all

    def add(self, wall: float, run_cpu: float) -> None:
        """`run_cpu` is of the whole run."""
        self.costs.append(wall)
        self.cpu.append(max(0.0, (run_cpu - self.start_cpu) / max(1, self.count - self.start_count)))

    def begin(self, count: int) -> None:
        """What was added so far were short runs to learn from; from now on it counts."""
        self.start_count, self.start_cpu = self.count, min(self.cpu) * self.count
        self.count = max(count, 2 * self.count)
        for samples in (self.costs, self.cpu, self.captures):
            samples.clear()

    @property
    def median(self) -> float:
        return statistics.median(self.costs)

    def to_json(self) -> dict:
        row = {"label": self.label, "count": self.count, "median_us": self.median, "low_us": min(self.costs),
               "high_us": max(self.costs), "per_second": 1e6 / self.median, "costs_us": self.costs,
               "cpu_median_us": statistics.median(self.cpu), "cpu_us": self.cpu}
        if self.captures:
            row["capture"] = {name: sum(capture[name] for capture in self.captures) for name in self.captures[0]}
        return row


def ratio(series: Series, base: Series) -> float:
    """The median over the rounds: what was measured in the same minute is compared, so that a change in the
    machine's load between rounds does not count."""
    return median_ratio(series.costs, base.costs)


def cpu_ratio(series: Series, base: Series) -> float:
    return median_ratio(series.cpu, base.cpu)


def median_ratio(values: list[float], bases: list[float]) -> float:
    return statistics.median(value / base for value, base in zip(values, bases) if base > 0) if any(bases) else 0.0
