#!/usr/bin/python3
"""Compares our trace of a command with strace's trace of the same command, call by call.

    collector trace --format json --output OURS -- COMMAND
    strace -f -X raw -ttt -s 300 -o THEIRS COMMAND
    compare_strace.py OURS THEIRS

OURS may be text as well. Exit status: 0 the same, 1 different (the first difference is printed), 2 unusable
input. The command must be deterministic: two runs of it must make the same calls in each thread.

Threads are matched by birth, not by number: the first thread with itself, then each thread's n-th child. Per
thread the names of the calls in order, their results and their file names and argv are compared.

What is not compared, or made equal first:
- results that differ between runs: addresses (mmap, brk ...), process numbers (a child's number stands for
  its place in the tree), times, and what depends on when others run (futex, poll, epoll, select, and
  rt_sigreturn, which returns whatever the interrupted register held);
- strace's "<unfinished ...>" and "<... resumed>" lines become one call; signals (---) and exits (+++) none;
- "? ERESTARTSYS (To be restarted)" is the errno ERESTARTSYS, as ours; restart_syscall is a call like others;
- a call that never returned (result "?"), if it is the last of its thread, may be missing on one side: a
  thread that is killed inside a call may be gone before its tracer sees it;
- strace's "syscall_0x1ce", a call that it does not know, is compared by its number (OURS must be JSON);
- strace shows i386's socketcall and ipc as the call behind them; programs that use those cannot be compared;
- a string that either side cut off ("...") is compared as far as it goes. Buffers, flags, structures and
  addresses of sockets are not compared.
"""

import argparse
import codecs
import dataclasses
import json
import re
import sys

IGNORED_RESULTS = set("""mmap mmap2 mremap brk shmat rt_sigreturn sigreturn futex futex_waitv poll ppoll select
    _newselect pselect6 epoll_wait epoll_pwait epoll_pwait2 time times alarm getitimer clock_nanosleep nanosleep
    restart_syscall getpid gettid getppid getpgrp getpgid getsid setsid set_tid_address getcpu sched_yield
    """.split())
CHILD_RESULTS = set("clone clone3 fork vfork".split())
PID_RESULTS = set("wait4 waitpid".split())
STRING_ARGS = set("""filename pathname path oldname newname from_pathname to_pathname new_root put_old dir_name
    dev_name argv""".split())
STRING_BUFFERS = {("getcwd", "buf"), ("readlink", "buf"), ("readlinkat", "buf")}
NO_RETURN = "?"
ALIKE = []  # of --alike


class Unusable(Exception):
    pass


@dataclasses.dataclass
class Call:
    line: str
    name: str
    result: object = NO_RETURN  # an int, "?" or the name of an errno
    strings: dict = dataclasses.field(default_factory=dict)  # argument number -> Text, or a list of them
    number: int = None


@dataclasses.dataclass
class Text:
    """A string as our JSON has it: UTF-8, and what is not UTF-8 as Latin-1."""

    text: str
    cut: bool = False

    @classmethod
    def of(cls, raw, cut=False):
        return cls(raw.decode("utf-8", "da-latin1"), cut)

    def agrees(self, other):
        if not isinstance(other, Text):
            return False
        one, another = normal(self.text), normal(other.text)
        if self.cut or other.cut:
            # The cut may go through a character, of which up to three bytes are then left.
            length = max(0, min(len(one), len(another)) - 3)
            return one[:length] == another[:length]
        return one == another


def normal(text):
    for pattern in ALIKE:
        text = pattern.sub("*", text)
    return text


codecs.register_error("da-latin1", lambda error: (chr(error.object[error.start]), error.start + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("theirs")
    parser.add_argument("--skip", default="", metavar="CALL,...", help="calls to leave out on both sides, for "
                        "programs whose threads contend for locks: futex,sched_yield")
    parser.add_argument("--any-result", default="", metavar="CALL,...", help="calls whose results differ from run to "
                        "run, for reads of /proc or of pipes, and for whom a shell waits first")
    parser.add_argument("--alike", default=[], action="append", metavar="REGEX", help="what matches in a file name or "
                        "argv is the same on both sides, for the names of temporary files; may be given again")
    options = parser.parse_args()
    IGNORED_RESULTS.update(filter(None, options.any_result.split(",")))
    ALIKE.extend(re.compile(pattern) for pattern in options.alike)
    skipped = set(filter(None, options.skip.split(",")))
    try:
        with open(options.ours, encoding="latin-1") as ours, open(options.theirs, encoding="latin-1") as theirs:
            our_threads = without(tree_of(read_ours(ours)), skipped)
            their_threads = without(tree_of(read_strace(theirs)), skipped)
    except (Unusable, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    difference = compare(our_threads, their_threads)
    if difference:
        print(difference)
        return 1
    calls = sum(len(thread) for thread in our_threads.values())
    print(f"the same: {len(our_threads)} threads, {calls} calls"
          + (f", not compared: {options.skip}" if skipped else ""))
    return 0


def without(threads, skipped):
    return {place: [call for call in calls if call.name not in skipped] for place, calls in threads.items()}


def compare(ours, theirs):
    """A description of the first difference, or None. Both: {place in the tree: [Call]}."""
    for place in sorted(set(ours) | set(theirs)):
        if place not in ours or place not in theirs:
            side, thread = ("strace", theirs[place]) if place not in ours else ("ours", ours[place])
            first = thread[0].line if thread else "(none that is compared)"
            return f"thread {show(place)} is only in {side}; its first call:\n  {first}"
        difference = compare_thread(place, ours[place], theirs[place])
        if difference:
            return difference
    return None


def compare_thread(place, ours, theirs):
    for index in range(max(len(ours), len(theirs))):
        our = ours[index] if index < len(ours) else None
        their = theirs[index] if index < len(theirs) else None
        what = difference_of(our, their)
        if what:
            before = "".join(f"  {call.line}\n" for call in ours[max(0, index - 3):index])
            return (f"thread {show(place)}, call {index + 1}: {what}\n"
                    f"before, ours:\n{before or '  (nothing)' + chr(10)}"
                    f"ours:\n  {our.line if our else '(no more calls)'}\n"
                    f"strace:\n  {their.line if their else '(no more calls)'}")
    return None


def difference_of(our, their):
    if our is None or their is None:
        left = our or their
        unseen = left.result == NO_RETURN and not left.name.startswith("exit")
        return None if unseen else "one more call"
    if our.name != their.name and (our.number is None or their.name != f"syscall_{our.number:#x}"):
        return f"names differ: {our.name}, {their.name}"
    ignored = our.name in IGNORED_RESULTS and NO_RETURN not in (our.result, their.result)
    if our.result != their.result and not ignored:
        return f"results differ: {our.result}, {their.result}"
    for arg, text in our.strings.items():
        other = their.strings.get(arg)
        if not texts_agree(text, other):
            return f"argument {arg + 1} differs: {text}, {other}"
    return None


def texts_agree(ours, theirs):
    if isinstance(ours, list) and isinstance(theirs, list):
        cut = bool(ours and ours[-1].cut or theirs and theirs[-1].cut)
        return (cut or len(ours) == len(theirs)) and all(a.agrees(b) for a, b in zip(ours, theirs))
    return ours is None and theirs is None or isinstance(ours, Text) and ours.agrees(theirs)


def show(place):
    return "1" + "".join(f".{n}" for n in place)


def tree_of(threads):
    """{place: [Call]} from {tid: [Call]}; process numbers in results become places."""
    if not threads:
        raise Unusable("a trace without calls")
    root = next(iter(threads))
    places = {root: ()}
    pending = [root]
    while pending:
        tid = pending.pop()
        children = 0
        for call in threads[tid]:
            if call.name in CHILD_RESULTS and isinstance(call.result, int) and call.result > 0:
                children += 1
                if call.result not in places:
                    places[call.result] = places[tid] + (children,)
                    if call.result in threads:
                        pending.append(call.result)
    orphans = [tid for tid in threads if tid not in places]
    if orphans:
        raise Unusable(f"no clone or fork returned {orphans[0]}; its first call: {threads[orphans[0]][0].line}")
    for calls in threads.values():
        for call in calls:
            if call.name in CHILD_RESULTS | PID_RESULTS and isinstance(call.result, int) and call.result > 0:
                call.result = f"thread {show(places[call.result])}" if call.result in places else "another"
    return {places[tid]: calls for tid, calls in threads.items()}


def read_ours(file):
    threads = {}
    for line in (line.rstrip("\n") for line in file):
        if line.startswith("{"):
            tid, call = call_of_json(line)
        else:
            match = re.fullmatch(r"\d\d:\d\d:\d\d\.\d{6} \d+/(\d+) (.*)", line)
            if not match:
                raise Unusable(f"not a line of a trace: {line}")
            tid, call = int(match[1]), call_of_text(match[2])
            call.line = line
        threads.setdefault(tid, []).append(call)
    return threads


def call_of_json(line):
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise Unusable(f"{error}: {line}") from error
    result = NO_RETURN if entry["result"] is None else entry["errno"] or entry["result"]
    call = Call(line, entry["call"], result, number=entry["number"])
    for index, arg in enumerate(entry["args"]):
        if not is_string(call.name, arg["name"]):
            continue
        value, cut = arg["value"], arg.get("truncated", False)
        if isinstance(value, list):
            texts = [Text(v) for v in value]
            if cut and texts:
                texts[-1].cut = True
            call.strings[index] = texts
        elif not re.fullmatch(r"NULL|0x[0-9a-f]+", value):
            call.strings[index] = Text(value, cut)
        else:
            call.strings[index] = None
    return entry["tid"], call


def is_string(call, arg):
    return arg in STRING_ARGS or (call, arg) in STRING_BUFFERS


def call_of_text(text):
    """Our text form: name(arg=value, ...) = result."""
    name, args, result = split_call(text)
    call = Call(text, name.rpartition(":")[2], result_of(result))
    for index, arg in enumerate(args):
        arg_name, _, value = arg.partition("=")
        if is_string(call.name, arg_name):
            call.strings[index] = string_of(value)
    return call


def read_strace(file):
    threads, unfinished = {}, {}
    for line in (line.rstrip("\n") for line in file):
        match = re.fullmatch(r"(?:(\d+) +)?(?:\d+\.\d+ )?(.*)", line)
        tid, text = int(match[1] or 0), match[2]
        resumed = re.match(r"<\.\.\. (\w+) resumed>(.*)", text)
        if text.startswith(("---", "+++", "[ Process ", "strace:")) or not text:
            superseded = re.match(r"\+\+\+ superseded by execve in pid (\d+)", text)
            if superseded and int(superseded[1]) in unfinished:
                unfinished[tid] = unfinished.pop(int(superseded[1]))
            continue
        if resumed:
            if tid not in unfinished:
                raise Unusable(f"resumed, but never begun: {line}")
            text = unfinished.pop(tid) + resumed[2].lstrip(" ")
            text = text.replace("<unfinished ...>", "")
            replace_last(threads, tid, text, f"{line}   [{text}]")
            continue
        if text.endswith("<unfinished ...>"):
            text = text.removesuffix("<unfinished ...>").rstrip(" ")
            unfinished[tid] = text
            threads.setdefault(tid, []).append(Call(line, text.partition("(")[0]))
            continue
        threads.setdefault(tid, []).append(call_of_strace(text, line))
    return threads


def replace_last(threads, tid, text, line):
    calls = threads.setdefault(tid, [])
    if calls:
        calls.pop()
    calls.append(call_of_strace(text, line))


def call_of_strace(text, line):
    name, args, result = split_call(text)
    call = Call(line, name, result_of(result))
    for index, arg in enumerate(args):
        call.strings[index] = string_of(arg)
    return call


def split_call(text):
    """(name, [argument], result) of "name(a, "b, c", {d, e}) = result"."""
    name, parenthesis, rest = text.partition("(")
    if not parenthesis:
        raise Unusable(f"not a call: {text}")
    args, depth, start, quoted, index = [], 0, 0, False, 0
    while index < len(rest):
        char = rest[index]
        if quoted:
            if char == "\\":
                index += 1
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}" and depth:
            depth -= 1
        elif char == ")":
            break
        elif char == "," and depth == 0:
            args.append(rest[start:index].strip())
            start = index + 1
        index += 1
    if rest[start:index].strip():
        args.append(rest[start:index].strip())
    return name, args, rest[index + 1:].strip().removeprefix("=").strip()


def result_of(text):
    match = re.match(r"(?:-1|\?) (E\w+)", text)
    if match:
        return match[1]
    match = re.match(r"0x[0-9a-f]+|-?\d+", text)
    if not match:
        return NO_RETURN
    octal = re.fullmatch(r"0[0-7]+", match[0])  # umask
    return int(match[0], 8 if octal else 0)


def string_of(text):
    """Text, a list of Text for ["a", "b"], or None for anything else."""
    if text.startswith("["):
        items = re.findall(r'("(?:[^"\\]|\\.)*"(?:\.\.\.)?)|(\.\.\.)', text)
        texts = [string_of(item) for item, _ in items if item]
        if texts and items[-1][1]:
            texts[-1].cut = True
        return texts
    match = re.fullmatch(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?', text)
    if not match:
        return None
    return Text.of(unescape(match[1]), match[2] is not None)


ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", "v": b"\v", "f": b"\f", "a": b"\a", "b": b"\b"}


def unescape(text):
    out = b""
    for escaped, plain in re.findall(r"\\(x[0-9a-f]{2}|[0-7]{1,3}|.)|([^\\]+)", text):
        if plain:
            out += plain.encode("latin-1")
        elif escaped.startswith("x") and len(escaped) == 3:
            out += bytes([int(escaped[1:], 16)])
        elif escaped[0] in "01234567":
            out += bytes([int(escaped, 8)])
        else:
            out += ESCAPES.get(escaped, escaped.encode("latin-1"))
    return out


if __name__ == "__main__":
    sys.exit(main())
