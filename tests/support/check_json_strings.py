#!/usr/bin/python3
"""Checks lines `hex digits <TAB> JSON` on stdin: the JSON must be a string that stands for those bytes.

The expected text comes from Python's own UTF-8 decoder, with each invalid byte taken as Latin-1, as
collector/trace/json_text.h promises. Prints the number of lines; exit status 1 at the first difference.
"""

import codecs
import json
import sys


def invalid_as_latin1(error):
    # One byte at a time: the decoder reports longer runs for truncated sequences.
    return chr(error.object[error.start]), error.start + 1


def main():
    codecs.register_error("latin1", invalid_as_latin1)
    count = 0
    for line in sys.stdin.buffer:
        digits, text = line.rstrip(b"\n").split(b"\t")
        raw = bytes.fromhex(digits.decode())
        expected = raw.decode("utf-8", "latin1")
        found = json.loads(text.decode("ascii"))
        if found != expected:
            sys.exit(f"bytes {raw!r}: expected {expected!r}, found {found!r} in {text!r}")
        count += 1
    print(count)


if __name__ == "__main__":
    main()
