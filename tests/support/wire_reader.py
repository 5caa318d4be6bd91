#!/usr/bin/python3
"""A second reader of docs/wire-format.md, written from the document and not from the C++.

    batch = decode(payload)            # bytes -> dict; ValueError if it is none
    wire_reader.py FILE...             # prints each payload as JSON

Every file holds one payload. Text that is no UTF-8 is shown with surrogate escapes.
"""
import json
import sys

import lz4.block
import msgpack

VERSION = 1
COMPRESSED = 2
MASK = (1 << 64) - 1
ORIGIN_TEXTS = ("container_id", "container_name", "image", "image_id",
                "executable", "parent_executable", "command_line", "labels")


def signed(value):
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


def text(value):
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def decode(payload):
    raw = unpacked(payload)
    if raw["v"] > COMPRESSED:
        raise ValueError(f"version {raw['v']} is newer than {COMPRESSED}")
    if raw["v"] == COMPRESSED:
        return decode_plain(unpacked(lz4.block.decompress(raw["lz4"], uncompressed_size=raw["size"])))
    return decode_plain(raw)


def unpacked(payload):
    raw = msgpack.unpackb(payload, raw=False, strict_map_key=False, unicode_errors="surrogateescape")
    if not isinstance(raw, dict) or next(iter(raw), None) != "v":
        raise ValueError("no batch")
    return raw


def decode_plain(raw):
    if raw["v"] != VERSION:
        raise ValueError(f"no batch of version {VERSION}")
    records = read_records(raw)
    for delta, arg, kind, data in read_captures(raw["caps"]):
        records[delta]["captures"].append({"arg": arg, "kind": kind & 0x7f, "truncated": bool(kind & 0x80),
                                           "bytes": data.hex()})
    return {"host": text(raw["host"]), "epoch": raw["epoch"], "seq": raw["seq"], "r0": raw["r0"], "t0": raw["t0"],
            "origins": read_origins(raw["origins"]), "segments": read_segments(raw["segs"], records)}


def shard_of(container_id, pid, shards):
    value = 0xcbf29ce484222325
    for byte in container_id.encode() + (pid & 0xffffffff).to_bytes(4, "little"):
        value = ((value ^ byte) * 0x100000001b3) & MASK
    return (value >> 16) % shards


def read_records(raw):
    counts = dict_of_exceptions(raw["nargx"])
    usual = iter(raw["nargs"])
    args = iter(raw["args"])
    count_of, previous = {}, {}
    records, call, time = [], 0, raw["t0"]
    for index, (delta, result, after) in enumerate(zip(raw["calls"], raw["results"], raw["times"], strict=True)):
        call += delta
        time = signed(time + after)
        if call not in count_of:
            count_of[call] = next(usual)
            previous[call] = [0] * 6
        count = counts.get(index, count_of[call])
        for arg in range(count):
            previous[call][arg] = (previous[call][arg] + next(args)) & MASK
        records.append({"call": call, "args": previous[call][:count], "result": result, "time": time,
                        "captures": []})
    if next(usual, None) is not None or next(args, None) is not None:
        raise ValueError("counts do not add up")
    return records


def dict_of_exceptions(flat):
    exceptions, index = {}, 0
    for delta, count in zip(flat[::2], flat[1::2], strict=True):
        index += delta
        exceptions[index] = count
    return exceptions


def read_captures(rows):
    index = 0
    for delta, arg, kind, data, *_ in rows:
        index += delta
        yield index, arg, kind, data


def read_origins(rows):
    origins = []
    for row in rows:
        texts = [*row[:7], row[9] if len(row) > 9 else b""]
        origin = {name: text(value) if value is not None else origins[-1][name]
                  for name, value in zip(ORIGIN_TEXTS, texts, strict=True)}
        origin["parent_pid"], origin["arch"] = row[7], row[8]
        origins.append(origin)
    return origins


def read_segments(rows, records):
    segments, task, tid, first = [], 0, 0, 0
    for task_delta, tid_delta, pid_delta, count, flags, origin, lost, *_ in rows:
        task = (task + task_delta) & MASK
        tid += tid_delta
        segments.append({"task": task, "tid": tid, "pid": tid + pid_delta, "flags": flags & 0x0f, "origin": origin,
                         "lost": lost, "records": records[first:first + count]})
        first += count
    if first != len(records):
        raise ValueError("segments do not add up")
    return segments


def main(paths):
    for path in paths:
        with open(path, "rb") as file:
            print(json.dumps(decode(file.read()), sort_keys=True))


if __name__ == "__main__":
    main(sys.argv[1:])
