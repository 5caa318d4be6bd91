"""Counts tests of several runners from their JUnit reports and concludes in one line. Used by tests/run.

    results = Results()
    read_junit(results, Path("ctest.xml"), "ctest", status=0)
    sys.exit(results.conclude(ci=True))       # prints "12 passed, 0 failed, 1 skipped"
"""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")

# Of what a failed test printed this many lines are shown again in the end: those before its own failure.
DETAIL_LINES = 40
DETAIL_LINE_LENGTH = 400


class Results:
    def __init__(self) -> None:
        self._passed: list[str] = []
        self._failed: list[tuple[str, str, str]] = []
        self._skipped: list[tuple[str, str]] = []

    def passed(self, name: str) -> None:
        self._passed.append(name)

    def failed(self, name: str, reason: str, printed: str = "") -> None:
        self._failed.append((name, reason, printed))

    def skipped(self, name: str, reason: str) -> None:
        self._skipped.append((name, reason))

    @property
    def count(self) -> int:
        return len(self._passed) + len(self._failed)

    def conclude(self, ci: bool) -> int:
        """Prints skips and failures with their reasons, then the totals as the last line; the exit status.

        What begins with "== results" is all one needs of a log to see what went wrong: .ci/run shows it again.
        """
        print("\n== results")
        for name, reason in self._skipped:
            print(f"skipped: {name}: {reason}")
        for name, reason, printed in self._failed:
            print(f"FAILED: {name}: {reason}")
            print("".join(f"    {line[:DETAIL_LINE_LENGTH]}\n" for line in printed.splitlines()[-DETAIL_LINES:]), end="")
        avoidable = [name for name, reason in self._skipped if not allowed_skip(reason)] if ci else []
        if avoidable:
            print(f"FAILED: in CI every test runs; {len(avoidable)} were skipped for no allowed reason")
        if self.count == 0:
            print("FAILED: no test ran")
        print(f"{len(self._passed)} passed, {len(self._failed)} failed, {len(self._skipped)} skipped", flush=True)
        return 1 if self._failed or avoidable or self.count == 0 else 0


def allowed_skip(reason: str) -> bool:
    lines = ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()
    return any(re.search(line, reason) for line in lines if line and not line.startswith("#"))


def read_junit(results: Results, report: Path, runner: str, status: int) -> None:
    """Adds the report's tests. A runner that failed without a failed test in its report is a failure, too."""
    failures = 0
    try:
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        results.failed(runner, f"no report ({error}), exit status {status}")
        return
    for case in cases:
        name = f"{runner}: {case.get('name')}"
        problem = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
        if problem is not None:
            failures += 1
            results.failed(name, first_line(problem.get("message") or problem.text or ""),
                           case.findtext("system-out") or problem.text or "")
        elif (skip := case.find("skipped")) is not None:
            results.skipped(name, skip_reason(case, skip))
        else:
            results.passed(name)
    if status != 0 and failures == 0:
        results.failed(runner, f"exit status {status}, though no test of it failed")


def skip_reason(case: ElementTree.Element, skip: ElementTree.Element) -> str:
    printed = case.findtext("system-out") or ""
    if match := re.search(r"SKIPPED:\s*(.*)", printed):
        return match.group(1).strip()
    return first_line((skip.get("message") or skip.text or "").removeprefix("SKIPPED:").strip()) or "no reason given"


def first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]
