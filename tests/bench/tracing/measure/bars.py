"""The bars of the issue "close to the floor", each with what was measured."""

from dataclasses import dataclass

from measure.figures import Series, cpu_ratio, ratio

Results = dict[str, dict[str, Series]]


@dataclass(frozen=True)
class Bar:
    text: str
    bound: float
    value: float
    at_most: bool
    cpu: float | None = None  # the same of CPU time, where both sides share a core: less disturbed by neighbours

    @property
    def met(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound

    def to_json(self) -> dict:
        return {"bar": self.text, "bound": self.bound, "at_most": self.at_most, "value": self.value, "met": self.met,
                "cpu_value": self.cpu}


def bars_of(results: Results) -> list[Bar]:
    bars = []

    def compare(workload: str, over: str, under: str, bound: float, text: str, at_most: bool = True) -> None:
        series = results.get(workload, {})
        if over in series and under in series:
            cpu = cpu_ratio(series[over], series[under]) if under in ("floor", "strace_pinned") else None
            bars.append(Bar(f"{workload}: {text}", bound, ratio(series[over], series[under]), at_most, cpu))

    workloads = [name for name in results if name != "pair"]
    for name in workloads:
        compare(name, "ours", "floor", 1.15, "ours without shipping / the floor")
    for name in workloads:
        compare(name, "everything", "floor", 1.30, "ours with everything / the floor")
    for name in workloads:
        compare(name, "ours", "strace_pinned", 0.90, "ours without shipping / strace pinned")
    for name in workloads:
        compare(name, "everything", "strace_pinned", 0.90, "ours with everything / strace pinned")
    for name in ("getppid", "dd"):
        compare(name, "ours", "strace", 0.65, "ours without shipping / strace as people run it")
        compare(name, "everything", "strace", 0.65, "ours with everything / strace as people run it")
        compare(name, "ours_free", "strace", 0.65, "ours without shipping, not pinned / strace as people run it")
    compare("redis", "strace", "ours", 1.6, "throughput of ours without shipping / strace as people run it", False)
    compare("redis", "strace", "everything", 1.6, "throughput of ours with everything / strace as people run it", False)
    compare("getppid", "python", "ours", 2.5, "python-ptrace / ours without shipping", False)
    compare("threads", "python", "ours", 20, "python-ptrace / ours without shipping", False)
    pair = results.get("pair", {})
    bars += pair_bar(pair, "ours", "throughput of two tracer threads / one, without shipping")
    bars += pair_bar(pair, "everything", "throughput of two tracer threads / one, with everything")
    captures = [capture for series in results.values() for one in series.values() for capture in one.captures]
    bars.append(Bar("records lost, in all runs of ours", 0, float(sum(map(lost_of, captures))), True))
    return bars


def pair_bar(pair: dict[str, Series], kind: str, text: str) -> list[Bar]:
    """The fastest way with one thread against the fastest with two."""
    one, two = ([series for key, series in pair.items() if key.startswith(f"{kind}_{threads}")] for threads in (1, 2))
    if not one or not two:
        return []
    fastest = [min(many, key=lambda series: series.median) for many in (one, two)]
    return [Bar(f"pair: {text}", 1.5, ratio(fastest[0], fastest[1]), False)]


def lost_of(capture: dict) -> int:
    """What did not come through, by whatever way."""
    lost = capture["lost"] + capture["records"] - capture["taken"]
    if "acknowledged" in capture:
        lost += capture["dropped"] + capture["taken"] - capture["acknowledged"]
        lost += abs(capture["batches"] - capture["batches_in_redis"])
    return lost
