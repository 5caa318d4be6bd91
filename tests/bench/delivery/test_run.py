"""The delivery benchmark runs, and its figures are complete. No time is judged.

Run by ctest with the build folder as environment:
    BENCH_BUILD=build/dev pytest tests/bench/delivery/test_run.py
"""
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_each_stage_is_measured(tmp_path):
    path = tmp_path / "figures.json"
    result = subprocess.run([HERE / "run", "--quick", "--build", os.environ["BENCH_BUILD"], "--json", path],
                            capture_output=True, text=True, timeout=110)
    assert result.returncode == 0, result.stderr
    figures = json.loads(path.read_text())
    for stage in ("redis, 1", "analyzers, 1", "analyzers, 2", "xadd", "original, producer", "original, redis"):
        assert figures["medians"][stage] > 0, stage
    assert len(figures["bars"]) == 5
    assert result.stdout.count("MISSED") + result.stdout.count(": met") == 5
