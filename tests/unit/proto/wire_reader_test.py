#!/usr/bin/python3
"""The independent reader and the C++ writer agree on what a payload holds.

    wire_reader_test.py WIRE_DUMP
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
try:
    import msgpack
    import wire_reader
except ImportError as problem:
    print(f"SKIPPED: {problem}")
    sys.exit(0)


def texts_as_hex(batch):
    def to_hex(value):
        return value.encode("utf-8", "surrogateescape").hex()

    batch["host"] = to_hex(batch["host"])
    for origin in batch["origins"]:
        for name in wire_reader.ORIGIN_TEXTS:
            origin[name] = to_hex(origin[name])
    return batch


def expect_refusal(raw, what):
    try:
        wire_reader.decode(msgpack.packb(raw))
    except ValueError:
        return
    raise AssertionError(f"accepted {what}")


def main(wire_dump):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([wire_dump, folder], check=True)
        payloads = sorted(pathlib.Path(folder).glob("*.payload"))
        records = 0
        for path in payloads:
            found = texts_as_hex(wire_reader.decode(path.read_bytes()))
            expected = json.loads(path.with_suffix(".json").read_text())
            assert found == expected, f"{path.name}: {found} instead of {expected}"
            records += sum(len(segment["records"]) for segment in found["segments"])
            packed = path.with_suffix(".lz4").read_bytes()
            assert texts_as_hex(wire_reader.decode(packed)) == expected, f"{path.name}, compressed"
            raw = msgpack.unpackb(path.read_bytes(), unicode_errors="surrogateescape")
            expect_refusal({**raw, "v": 3}, "a newer version")
            if raw["args"]:
                expect_refusal({**raw, "args": raw["args"] + [0]}, "an argument too many")
        assert [wire_reader.shard_of("", 1, 16), wire_reader.shard_of("a" * 64, -1, 16),
                wire_reader.shard_of("a" * 64, 4711, 7)] == [8, 13, 4], "another shard than in the document"
        assert records > 1000, f"only {records} records were compared"
        print(f"{len(payloads)} payloads, {records} records agree")


if __name__ == "__main__":
    main(sys.argv[1])
