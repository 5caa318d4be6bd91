#!/usr/bin/python3 -B
"""Builds docker-anomalies and runs its tests. The last line is "N passed, N failed, N skipped".

    tests/run                        everything, preset release: unit and integration, end to end, checks
    tests/run --preset asan --only ctest      the tests in C++, with AddressSanitizer
    tests/run --preset asan --only binaries   those that work the installed programs
    tests/run --only e2e -k shell    the end-to-end tests whose name contains "shell"
    tests/run --only e2e --full      the tests of survival and scale in full size
    tests/run --only checks --tidy   formatting, include directions, clang-tidy

Exit status 1 on any failure, if no test ran, and, with CI=true in the environment, on any skip that is
not among those a machine may have (tests/support/allowed_skips.txt).
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.results import Results, read_junit  # noqa: E402

PARTS = ("ctest", "binaries", "e2e", "checks")
CTEST_PARTS = {"ctest": ["-LE", "binaries"], "binaries": ["-L", "binaries"]}
E2E_TARGETS = ["collector", "analyzer", "e2e_survivor", "e2e_storm"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/run", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--preset", default="release", help="CMake preset to build and test (default: release)")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be given again")
    parser.add_argument("-k", dest="filter", metavar="TEXT", help="only tests whose name contains TEXT")
    parser.add_argument("--tidy", action="store_true", help="clang-tidy too, which takes minutes")
    parser.add_argument("--full", action="store_true", help="end-to-end tests in full size, which takes minutes more")
    parser.add_argument("--no-build", action="store_true", help="take the build as it is")
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 1, help="parallel jobs")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    parts = chosen.only or PARTS
    results = Results()
    with_ctest = [part for part in parts if part in CTEST_PARTS]
    if not chosen.no_build and (with_ctest or "e2e" in parts):
        if not build(chosen.preset, chosen.jobs, [] if with_ctest else E2E_TARGETS):
            results.failed("build", f"preset {chosen.preset} does not build")
            return results.conclude(ci=os.environ.get("CI") == "true")
    with tempfile.TemporaryDirectory(prefix="da-tests-") as work:
        if "checks" in parts:
            run_checks(results, chosen, Path(work) / "tools.xml")
        if with_ctest:
            run_ctest(results, chosen, CTEST_PARTS[with_ctest[0]] if len(with_ctest) == 1 else [], Path(work) / "ctest.xml")
        if "e2e" in parts:
            run_e2e(results, chosen, Path(work) / "e2e.xml")
    return results.conclude(ci=os.environ.get("CI") == "true")


def build(preset: str, jobs: int, targets: list[str]) -> bool:
    title(f"build, preset {preset}")
    chosen = ["--target", *targets] if targets else []
    return succeeds("cmake", "--preset", preset, "--log-level=WARNING") and succeeds(
        "cmake", "--build", "--preset", preset, "-j", str(jobs), *chosen, "--", "--quiet")


def run_ctest(results: Results, chosen: argparse.Namespace, labels: list[str], report: Path) -> None:
    title(f"unit and integration tests, preset {chosen.preset}")
    command = ["ctest", "--test-dir", f"build/{chosen.preset}", "--output-junit", str(report), "--output-on-failure",
               "--progress", "-j", str(chosen.jobs), "--timeout", "180", *labels]
    if chosen.filter:
        command += ["-R", chosen.filter]
    status = run(*command)
    read_junit(results, report, "ctest", status)


def run_e2e(results: Results, chosen: argparse.Namespace, report: Path) -> None:
    title(f"end-to-end tests, preset {chosen.preset}")
    size = ["--full"] if chosen.full else []
    run_pytest(results, chosen, "e2e", report, "--durations=5", f"--build={chosen.preset}", *size, "tests/e2e")


def run_pytest(results: Results, chosen: argparse.Namespace, name: str, report: Path, *arguments: str) -> None:
    command = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", f"--junit-xml={report}",
               *arguments]
    if chosen.filter:
        command += ["-k", chosen.filter]
    status = run(*command)
    nothing_selected = 5
    read_junit(results, report, name, 0 if status == nothing_selected and chosen.filter else status)


def run_checks(results: Results, chosen: argparse.Namespace, report: Path) -> None:
    checks = ["check-format", "check-includes", "check-scripts"] + (["check-tidy"] if chosen.tidy else [])
    for check in checks:
        if chosen.filter and chosen.filter not in check:
            continue
        title(check)
        if succeeds(f"tools/{check}", *([f"build/{chosen.preset}"] if check == "check-tidy" else [])):
            results.passed(check)
        else:
            results.failed(check, f"see tools/{check}")
    title("tests of the tools")
    run_pytest(results, chosen, "tools", report, "tests/tools")


def title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def run(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


def succeeds(*command: str) -> bool:
    return run(*command) == 0


if __name__ == "__main__":
    sys.exit(main())
