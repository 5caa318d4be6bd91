"""The counting behind tests/run: nothing that did not run passes for a success."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.results import Results, read_junit  # noqa: E402

REPORT = """<testsuite>
  <testcase name="good"/>
  <testcase name="bad"><failure message="1 != 2"/></testcase>
  <testcase name="ctest skip"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
    <system-out>noise
SKIPPED: no Docker here
noise</system-out></testcase>
  <testcase name="pytest skip"><skipped type="pytest.skip" message="SKIPPED: kernel without x32"/></testcase>
</testsuite>"""


def concluded(results: Results, capsys: pytest.CaptureFixture[str], ci: bool = False) -> tuple[int, list[str]]:
    status = results.conclude(ci)
    return status, capsys.readouterr().out.splitlines()


def report(tmp_path: Path, text: str, status: int) -> Results:
    file = tmp_path / "report.xml"
    file.write_text(text)
    results = Results()
    read_junit(results, file, "ctest", status)
    return results


def test_totals_are_the_last_line_and_skips_have_reasons(tmp_path: Path, capsys) -> None:
    status, lines = concluded(report(tmp_path, REPORT, 8), capsys)
    assert status == 1
    assert lines[-1] == "1 passed, 1 failed, 2 skipped"
    assert "skipped: ctest: ctest skip: no Docker here" in lines
    assert "skipped: ctest: pytest skip: kernel without x32" in lines


def test_what_a_failed_test_printed_last_is_shown_again(tmp_path: Path, capsys) -> None:
    printed = "".join(f"line {number}\n" for number in range(1000))
    text = f'''<testsuite><testcase name="bad"><failure message="1 != 2"/><system-out>{printed}</system-out></testcase>
      <testcase name="worse"><failure message="raised">where it was raised</failure></testcase></testsuite>'''
    _, lines = concluded(report(tmp_path, text, 8), capsys)
    shown = lines[lines.index("== results"):]
    assert shown[1:3] == ["FAILED: ctest: bad: 1 != 2", "    line 960"]
    assert shown[41:44] == ["    line 999", "FAILED: ctest: worse: raised", "    where it was raised"]


def test_an_avoidable_skip_fails_in_ci_only(tmp_path: Path, capsys) -> None:
    text = REPORT.replace('<testcase name="bad"><failure message="1 != 2"/></testcase>', "")
    assert concluded(report(tmp_path, text, 0), capsys)[0] == 0
    assert concluded(report(tmp_path, text, 0), capsys, ci=True)[0] == 1
    unavoidable = text.replace("no Docker here", "no io_uring")
    assert concluded(report(tmp_path, unavoidable, 0), capsys, ci=True)[0] == 0


def test_a_runner_that_failed_without_a_failed_test_fails(tmp_path: Path, capsys) -> None:
    assert concluded(report(tmp_path, '<testsuite><testcase name="good"/></testsuite>', 3), capsys)[0] == 1


@pytest.mark.parametrize("text", ["<testsuite/>", "", "<testsuite><testcase"])
def test_no_test_at_all_is_a_failure(text: str, tmp_path: Path, capsys) -> None:
    status, lines = concluded(report(tmp_path, text, 0), capsys)
    assert status == 1
    assert lines[-1].startswith("0 passed")
