"""Samples of one variant, and what is made of them: medians, spread, ratios."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Series:
    """What one variant cost in each round, in microseconds, and what became of its records."""
    label: str
    count: int
    costs: list[float] = field(default_factory=list)
    captures: list[dict] = field(default_factory=list)  # of each round; ours only

    @property
    def median(self) -> float:
        return statistics.median(self.costs)

    def to_json(self) -> dict:
        row = {"label": self.label, "count": self.count, "median_us": self.median, "low_us": min(self.costs),
               "high_us": max(self.costs), "per_second": 1e6 / self.median, "costs_us": self.costs}
        if self.captures:
            row["capture"] = {name: sum(capture[name] for capture in self.captures) for name in self.captures[0]}
        return row


def ratio(series: Series, base: Series) -> float:
    """The median over the rounds: what was measured in the same minute is compared, so that a change in the
    machine's load between rounds does not count."""
    return statistics.median(cost / other for cost, other in zip(series.costs, base.costs))
