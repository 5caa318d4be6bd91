#!/usr/bin/python3
"""Writes what docs/ says of every configuration key anew, from what the binaries themselves read.

    tools/config_docs.py --analyzer build/dev/analyzer/analyzer --collector build/dev/collector/collector
    tools/config_docs.py --check ...        # changes nothing; status 1 if something would change

docs/configuration.md keeps its own words: only the tables between its markers are replaced. A test runs
--check.
"""
import argparse
import pathlib
import re
import subprocess
import sys

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def said_by(binary, option):
    return subprocess.run([binary, option], check=True, capture_output=True, text=True, timeout=60).stdout


def with_table(page, program, table):
    """The page with that program's table in place of the one it has."""
    begin, end = f"<!-- keys: {program} -->\n", f"<!-- end of keys: {program} -->\n"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    replaced, count = re.subn(pattern, lambda _: begin + table + end, page, flags=re.DOTALL)
    if count != 1:
        sys.exit(f"docs/configuration.md: expected once: {begin.strip()} ... {end.strip()}")
    return replaced


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    for program in ("analyzer", "collector"):
        parser.add_argument(f"--{program}", required=True, help="its binary")
    options = parser.parse_args()

    path = DOCS / "configuration.md"
    page = path.read_text(encoding="utf-8")
    wanted = {}
    for program in ("analyzer", "collector"):
        binary = getattr(options, program)
        wanted[DOCS / f"{program}.schema.json"] = said_by(binary, "--config-schema")
        page = with_table(page, program, said_by(binary, "--config-reference"))
    wanted[path] = page

    stale = []
    for file, text in wanted.items():
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file.name)
        if not options.check:
            file.write_text(text, encoding="utf-8")
    if options.check and stale:
        sys.exit(f"not what the binaries read: {', '.join(stale)}; run tools/config_docs.py")


if __name__ == "__main__":
    main()
