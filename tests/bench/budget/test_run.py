"""The budget benchmark runs, and its figures are complete. No time is judged.

Run by ctest with the build folder as environment:
    BENCH_BUILD=build/dev pytest tests/bench/budget/test_run.py
"""
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_each_budget_is_measured(tmp_path):
    path = tmp_path / "figures.json"
    result = subprocess.run([HERE / "run", "--quick", "--build", os.environ["BENCH_BUILD"], "--json", path],
                            capture_output=True, text=True, timeout=110)
    assert result.returncode == 0, result.stderr
    budgets = json.loads(path.read_text())["budgets"]
    assert set(budgets) == {"None", "100", "50", "25", "10"}
    for budget, row in budgets.items():
        assert row["per_second"][0] > 0
        assert len(row["coverage"]) == len(row["stopped"]) == (0 if budget == "None" else 1)
    assert result.stdout.count(" % |") >= 4
