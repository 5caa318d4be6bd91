"""The tracing benchmark runs, its figures are complete, and what it makes of them is right. No time is judged.

Run by ctest with the build folder as environment:
    BENCH_BUILD=build/dev pytest tests/bench/tracing/test_run.py
"""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from measure.bars import bars_of, lost_of  # noqa: E402
from measure.figures import Series, ratio  # noqa: E402
from measure.two_containers import PAIR_VARIANTS  # noqa: E402
from measure.variants import VARIANTS  # noqa: E402
from measure.workloads import WORKLOADS  # noqa: E402

ALL_THROUGH = {"records": 100, "lost": 0, "taken": 100, "shipped": 100, "batches": 2, "batches_in_redis": 2,
               "acknowledged": 100, "dropped": 0}


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "figures.json"
    result = subprocess.run([HERE / "run", "--quick", "--build", os.environ["BENCH_BUILD"], "--json", path],
                            capture_output=True, text=True, timeout=110)
    assert result.returncode == 0, result.stderr
    return result.stdout, json.loads(path.read_text())


def test_every_variant_of_every_workload_is_measured(quick_run):
    workloads = quick_run[1]["workloads"]
    expected = {w.key: {v.key for v in VARIANTS} - set(w.skips) for w in WORKLOADS}
    expected["pair"] = {v.key for v in PAIR_VARIANTS}
    assert {key: set(workload["variants"]) for key, workload in workloads.items()} == expected
    assert all(one["median_us"] > 0 and len(one["costs_us"]) == len(one["cpu_us"]) == 1
               for workload in workloads.values() for one in workload["variants"].values())


def test_no_record_of_ours_is_lost(quick_run):
    captures = {(key, name): one["capture"] for key, workload in quick_run[1]["workloads"].items()
                for name, one in workload["variants"].items() if name.startswith(("ours", "everything"))}
    assert len(captures) == 4 * len(WORKLOADS) + 7
    for where, capture in captures.items():
        assert capture["records"] > 0, where
        assert lost_of(capture) == 0, where
        assert ("acknowledged" in capture) == where[1].startswith("everything")


def test_each_bar_is_judged_and_shown(quick_run):
    output, figures = quick_run
    assert len(figures["bars"]) == 4 * len(WORKLOADS) + 13
    for bar in figures["bars"]:
        assert f"  {bar['bar']} " in output
    assert "four threads of getppid" in output


def test_ratios_compare_what_was_measured_in_the_same_round():
    # The machine was ten times slower in the second round, and ours twice the floor in each.
    assert ratio(Series("ours", 1, [20, 200, 21]), Series("floor", 1, [10, 100, 10])) == 2


def test_starting_up_does_not_count_as_cpu_time_of_the_calls():
    series = Series("ours", 100)
    series.add(5, 40_000 + 100 * 3)
    series.add(5, 41_000 + 100 * 3)
    series.begin(1000)
    series.add(4, 40_000 + 1000 * 3)
    assert series.costs == [4]
    assert series.cpu == [3]


@pytest.mark.parametrize("change, lost", [
    ({}, 0),
    ({"lost": 3}, 3),
    ({"taken": 99, "shipped": 99, "acknowledged": 99}, 1),
    ({"acknowledged": 90}, 10),
    ({"dropped": 4, "acknowledged": 100}, 4),
    ({"batches_in_redis": 1}, 1),
])
def test_whatever_does_not_come_through_counts_as_lost(change, lost):
    assert lost_of({**ALL_THROUGH, **change}) == lost


def test_a_bar_is_met_or_not():
    series = {"floor": Series("floor", 1, [10.0], [9.0]), "ours": Series("ours", 1, [11.4], [9.0]),
              "everything": Series("everything", 1, [13.1], [9.0])}
    bars = {bar.text: bar.met for bar in bars_of({"dd": series})}
    assert bars == {"dd: ours without shipping / the floor": True, "dd: ours with everything / the floor": False,
                    "records lost, in all runs of ours": True}
