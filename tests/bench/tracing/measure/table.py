"""The figures as text: for the terminal, and the same for the documentation."""

from measure.bars import Bar, Results, lost_of
from measure.figures import Series, cpu_ratio, ratio

BASES = (("floor", "x floor"), ("strace_pinned", "x strace pinned"), ("strace", "x strace"))
PAIR_BASES = (("floor_1", "x one floor"), ("ours_1_together", "x one thread"))


def table(results: Results, titles: dict[str, str]) -> str:
    return "\n".join(workload_table(titles[key], series, PAIR_BASES if key == "pair" else BASES)
                     for key, series in results.items())


def workload_table(title: str, series: dict[str, Series], bases: tuple) -> str:
    """Markdown that also reads well as it is."""
    first = bases[0]
    rows = [[title, "median", "low to high", "per second", *(label for _, label in bases), f"CPU {first[1]}",
             "records, lost"]]
    for one in series.values():
        ratios = [f"{ratio(one, series[key]):.2f}" if key in series else "" for key, _ in bases]
        records = sum(capture["records"] for capture in one.captures)
        lost = sum(map(lost_of, one.captures))
        rows.append([one.label, number(one.median), f"{number(min(one.costs))} to {number(max(one.costs))}",
                     f"{1e6 / one.median:,.0f}", *ratios,
                     f"{cpu_ratio(one, series[first[0]]):.2f}" if first[0] in series else "",
                     f"{records:,}, {lost:,}" if one.captures else ""])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) + " |" for row in rows]
    rule = "|" + "|".join("-" * (width + 2) if i == 0 else "-" * (width + 1) + ":"
                          for i, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:], ""])


def bar_lines(bars: list[Bar]) -> str:
    width = max(len(bar.text) for bar in bars)
    return "\n".join(f"{'met    ' if bar.met else 'NOT MET'}  {bar.text.ljust(width)}  {bar.value:8.2f}"
                     f"  (at {'most' if bar.at_most else 'least'} {bar.bound:g})"
                     + (f"  by CPU time {bar.cpu:.2f}" if bar.cpu is not None else "") for bar in bars)


def number(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
