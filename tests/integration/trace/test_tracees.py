"""Each tracee does and says the same whether it is traced or not.

Run by ctest with the collector and the folder of tracees as environment:
    COLLECTOR=build/dev/collector/collector TRACEES=build/dev/tests/tracees pytest test_tracees.py
"""
import collections
import json
import os
import re
import subprocess

import pytest

COLLECTOR = os.environ["COLLECTOR"]
TRACEES = os.environ["TRACEES"]


# What a traced program can find out, line by line: ptrace allows no other way. docs/ptrace.md tells each.
KNOWN_DIFFERENCES = {
    "traced_inside": {
        "own tracer: 0": "own tracer: another",
        "state of a stopped child: T (stopped)": "state of a stopped child: t (tracing stop)",
        # A task has one tracer: no debugger works in a traced container.
        "PTRACE_ATTACH: ok": "PTRACE_ATTACH: EPERM",
        "PTRACE_SEIZE: ok": "PTRACE_SEIZE: EPERM",
        "PTRACE_TRACEME: ok": "PTRACE_TRACEME: EPERM",
        "its exec stops it: 1": "its exec stops it: 0",
    },
}
FIRST_MARK = 100000  # tests/tracees/tracee.h


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **options)


def trace(command, tmp_path):
    output = tmp_path / "trace.json"
    result = run([COLLECTOR, "trace", "--format", "json", "--output", str(output), "--", *command])
    return result, [json.loads(line) for line in output.read_text().splitlines()]


def trace_tracee(name, tmp_path):
    return trace([os.path.join(TRACEES, name)], tmp_path)[1]


def shell_status(returncode):
    return 128 - returncode if returncode < 0 else returncode


@pytest.mark.parametrize("name", sorted(os.path.basename(p) for p in os.scandir(TRACEES)
                                        if p.is_file() and os.access(p.path, os.X_OK)))
def test_traced_like_untraced(name, tmp_path):
    program = os.path.join(TRACEES, name)
    plain = run([program])
    if name == "program32" and plain.returncode != 20:
        pytest.skip("SKIPPED: IA32: this kernel runs no 32-bit programs")
    traced, calls = trace([program], tmp_path)
    differences = KNOWN_DIFFERENCES.get(name, {})
    expected = [differences.get(line, line) for line in plain.stdout.splitlines()]
    assert traced.stdout.splitlines() == expected
    assert traced.returncode == shell_status(plain.returncode), traced.stderr
    assert plain.returncode != 99, plain.stderr  # MUST of tracee.h
    assert calls[0]["call"] == "execve"
    assert calls[0]["result"] == 0
    check_trace(calls)


def check_trace(calls):
    """What holds of every trace."""
    ended = set()
    for call in calls:
        # Nothing after a task's end, unless its number lives again.
        if call["tid"] in ended:
            ended.discard(call["tid"])
            assert call["result"] is None or call["call"] not in ("exit", "exit_group")
        if call["call"] in ("exit", "exit_group"):
            assert call["result"] is None
            ended.add(call["tid"])
        assert call["arch"] in ("x86_64", "i386", "x32")
        assert len(call["args"]) <= 6
        for arg in call["args"]:
            assert set(arg) - {"truncated"} == {"name", "type", "value"}
        assert call["errno"] is None or call["result"] == -1


def marks_of(calls):
    return collections.Counter(call["number"] - FIRST_MARK for call in calls
                               if call["arch"] == "x86_64" and FIRST_MARK <= call["number"] < FIRST_MARK + 1000)


def test_every_child_of_every_clone_is_seen(tmp_path):
    calls = trace_tracee("clone_flags", tmp_path)
    # 50 and 51, made with CLONE_UNTRACED, cannot be; a container's are found by looking at its control group.
    # 90 is left by a child that has its parent's handlers: of three clone3, CLONE_CLEAR_SIGHAND's has none.
    assert marks_of(calls) == {**{number: 1 for number in [*range(1, 19), 20]}, 90: 2}
    tids = [call["tid"] for call in calls if call["number"] >= FIRST_MARK and call["number"] != FIRST_MARK + 90]
    assert len(set(tids)) == len(tids)


def test_a_tid_used_again_is_another_task_each_time(tmp_path):
    calls = trace_tracee("tid_reuse", tmp_path)
    assert marks_of(calls) == {1: 300}
    reused = {call["tid"] for call in calls if call["number"] == FIRST_MARK + 1}
    assert len(reused) == 1
    own = [call["call"] for call in calls if call["tid"] in reused]
    # Each of the 300, and the first bearer of the number, was seen to its end.
    assert sum(name in ("exit", "exit_group") for name in own) == 301


def test_the_architecture_is_that_of_the_call(tmp_path):
    calls = trace_tracee("other_abis", tmp_path)
    # By their begin: a child's first call may end before its parent's fork.
    i386 = sorted((call for call in calls if call["arch"] == "i386"), key=lambda call: call["time"])
    if not i386 or i386[0]["result"] is None:
        pytest.skip("SKIPPED: i386 calls: this kernel answers none")
    names = [call["call"] for call in i386]
    assert names == ["getpid", "open", "open", "close", "write", "syscall_0x186a1", "fork", "execve", "exit_group"]
    assert [call["number"] for call in i386] == [20, 5, 5, 6, 4, 100001, 2, 11, 252]
    assert i386[1]["args"][0]["value"] == "/etc/hostname"
    assert i386[2]["args"][0]["value"] == "/no/such/file" and i386[2]["errno"] == "ENOENT"
    assert i386[5]["errno"] == "ENOSYS"
    assert i386[7]["args"][0]["value"] == "/bin/true" and i386[7]["args"][1]["value"] == ["true", "one"]
    # The program that a 32-bit exec began is a 64-bit one.
    after = [call["arch"] for call in calls if call["tid"] == i386[7]["tid"] and call["time"] > i386[7]["time"]]
    assert set(after) == {"x86_64"}


def test_x32_calls_are_seen_as_such_even_by_a_kernel_without_them(tmp_path):
    x32 = [call for call in trace_tracee("other_abis", tmp_path) if call["arch"] == "x32"]
    assert [call["call"] for call in x32] == ["getpid", "open", "syscall_0x186a2"]
    assert x32[1]["args"][0]["value"] == "/etc/hostname"
    assert x32[2]["errno"] == "ENOSYS"


def test_a_number_without_a_call_is_reported_not_dropped(tmp_path):
    calls = trace_tracee("other_abis", tmp_path)
    unknown = {call["call"]: call for call in calls if call["arch"] == "x86_64" and call["errno"] == "ENOSYS"}
    assert unknown["syscall_0x186a3"]["number"] == 100003
    assert [arg["value"] for arg in unknown["syscall_0x186a3"]["args"]] == ["0x1", "0x2", "0x3", "0x4", "0x5", "0x6"]
    assert unknown["syscall_0x190"]["number"] == 400
    assert unknown["tuxcall"]["number"] == 184
    assert unknown["syscall_-1"]["number"] == -1
    # 0x1000027 is not getpid, whose number its lower bits are.
    assert unknown["syscall_0xfffffe"]["number"] == 0xfffffe
    assert "getpid" not in unknown


def test_a_32_bit_program_is_seen_from_its_exec_on(tmp_path):
    program = os.path.join(TRACEES, "program32")
    if not os.path.exists(program) or run([program]).returncode != 20:
        pytest.skip("SKIPPED: IA32: this kernel runs no 32-bit programs")
    calls = trace_tracee("program32", tmp_path)
    # A successful exec belongs to the program it begins; it was made by a 64-bit one.
    sockets = [call for call in calls if call["call"] == "socketcall"]
    assert [call["arch"] for call in sockets] == ["i386", "i386"]
    assert [arg["value"] for arg in sockets[1]["args"]] == ["SYS_CONNECT", "unix:/no/socket"]
    opened = [call for call in calls if call["call"] == "open"]
    assert opened[0]["args"][0]["value"] == "/no/such/file" and opened[0]["errno"] == "ENOENT"
    execs = [call["args"][1]["value"] for call in calls if call["call"] == "execve"]
    assert execs == [[program], [program, "again"], ["true"]]


def test_interrupted_and_restarted_calls_are_shown_as_the_kernel_has_them(tmp_path):
    calls = trace_tracee("disturbed_calls", tmp_path)
    errors = collections.Counter((call["call"], call["errno"]) for call in calls)
    assert errors[("read", "ERESTARTSYS")] > 0
    assert errors[("clock_nanosleep", "ERESTART_RESTARTBLOCK")] > 0
    assert errors[("poll", "ERESTART_RESTARTBLOCK")] > 0
    assert errors[("pause", "ERESTARTNOHAND")] > 0
    assert errors[("epoll_wait", "EINTR")] > 0
    assert errors[("restart_syscall", None)] > 0


def test_io_uring_is_seen_to_be_set_up_though_its_operations_are_no_calls(tmp_path):
    calls = trace_tracee("rare_calls", tmp_path)
    setup = [call for call in calls if call["call"] == "io_uring_setup"]
    assert len(setup) == 1
    if setup[0]["result"] < 0:
        pytest.skip(f"SKIPPED: io_uring: {setup[0]['errno']}")
    assert [call["result"] for call in calls if call["call"] == "io_uring_enter"] == [1]


def opens_after(calls, mark):
    """The calls between a mark and the next one."""
    found = []
    inside = False
    for call in calls:
        if call["number"] >= FIRST_MARK:
            inside = call["number"] == FIRST_MARK + mark
        elif inside:
            found.append(call)
    return found


def first_values(calls, name, arg):
    return [(call["args"][arg]["value"], call["args"][arg].get("truncated", False)) for call in calls
            if call["call"] == name]


def test_what_cannot_be_read_is_shown_as_its_pointer(tmp_path):
    calls = trace_tracee("bad_arguments", tmp_path)
    assert first_values(opens_after(calls, 1), "openat", 1) == [
        ("NULL", False), ("0xdead", False), ("0xffffffff80000000", False), ("/etc", False),
        # It ends where its page does, without an end: the kernel's answer is EFAULT.
        ("/etcx", True), ("/x", False)]
    assert first_values(opens_after(calls, 3), "execve", 0) == [("0xdead", False)] + [("/no", False)] * 5
    argvs = first_values(opens_after(calls, 3), "execve", 1)
    assert argvs[:4] == [(["x"], False), ("0xdead", False), (["one"], True), ("NULL", False)]
    assert argvs[4][0][:32] == ["argument"] * 32 and argvs[4][1]
    assert argvs[5] == (["first", "second"], True)


def test_long_text_is_cut_and_what_is_no_text_kept(tmp_path):
    values = first_values(opens_after(trace_tracee("bad_arguments", tmp_path), 2), "openat", 1)
    assert [(len(value), cut) for value, cut in values[:4]] == [(300, True), (300, True), (300, True), (299, False)]
    # Bytes that are not UTF-8 stand as Latin-1.
    assert values[4] == ("/no/\xff\xfe\xc3(\xe2\x82/\x01\n\"\\", False)
    assert values[5] == ("/no/\u00e9\U0001f433", False)
    assert values[6] == ("", False)


def test_socket_addresses_are_shown_as_far_as_they_go(tmp_path):
    calls = opens_after(trace_tracee("bad_arguments", tmp_path), 4)
    assert [value for value, _ in first_values(calls, "connect", 1)] == [
        "NULL", "0xdead", "?:02", "0.0.0.0:0...", "family_77:3f3f000000000000"]
    messages = [value for value, _ in first_values(calls, "sendmsg", 1)]
    assert messages[0] == first_values(calls, "sendmmsg", 1)[0][0] == "127.0.0.1:1"
    assert all(re.fullmatch("0x[0-9a-f]+", value) for value in messages[1:]) and len(messages) == 3
    # The kernel told the address's length and, without room, no byte of it.
    assert all(value.startswith("0x") for value, _ in first_values(calls, "getsockname", 1))


def test_names_and_flags_of_other_calls_are_decoded(tmp_path):
    calls = opens_after(trace_tracee("bad_arguments", tmp_path), 5)
    assert first_values(calls, "prctl", 0) == [("PR_SET_NAME", False)] * 2
    assert first_values(calls, "prctl", 1) == [("0xdead", False), ("a name of more t", True)]
    assert first_values(calls, "mount", 2) == [("type", False)]
    assert first_values(calls, "mount", 3) == [("MS_RDONLY", False)]
    assert first_values(calls, "getcwd", 0)[1] == ("/", False)
    assert first_values(calls, "readlink", 1) == [(os.path.join(TRACEES, "bad_arguments")[:3], False)]


def test_a_program_that_may_not_be_looked_at_shows_its_paths(tmp_path):
    calls = trace_tracee("privileges", tmp_path)
    paths = [arg["value"] for call in calls if call["call"] == "openat" for arg in call["args"]]
    assert "/no/such/file/of-one-not-dumpable" in paths


def test_no_child_escapes_because_its_parent_dies(tmp_path):
    result, _ = trace([os.path.join(TRACEES, "short_lives")], tmp_path)
    assert "not monitored" not in result.stderr


def test_every_call_of_every_thread_is_seen(tmp_path):
    _, calls = trace([os.path.join(TRACEES, "threads")], tmp_path)
    getppids = collections.Counter(call["tid"] for call in calls if call["call"] == "getppid")
    assert sorted(getppids.values()) == [200] * 16
    # A thread is traced from its birth to its end.
    for tid in getppids:
        own = [call["call"] for call in calls if call["tid"] == tid]
        assert own[-1] == "exit", own[-5:]


def test_a_leader_that_ends_first_is_told_of_at_once(tmp_path):
    calls = trace_tracee("leader_ends", tmp_path)
    pid = calls[0]["pid"]
    end = next(at for at, call in enumerate(calls) if call["tid"] == pid and call["call"] == "exit")
    mark = next(at for at, call in enumerate(calls) if call["number"] == FIRST_MARK + 1)
    assert end < mark
    assert [call["tid"] for call in calls[end + 1:] if call["tid"] == pid] == []
    assert calls[-1]["call"] == "exit_group"


def test_exec_by_another_thread_goes_on_under_the_leaders_tid(tmp_path):
    _, calls = trace([os.path.join(TRACEES, "exec_from_thread")], tmp_path)
    execs = [call for call in calls if call["call"] == "execve"]
    assert len(execs) == 2
    assert execs[1]["tid"] == execs[1]["pid"] == execs[0]["pid"]
    assert calls[-1]["call"] == "exit_group"
    assert calls[-1]["result"] is None
    assert calls[-1]["tid"] == execs[0]["pid"]


def test_a_failing_exec_is_shown_with_its_error(tmp_path):
    _, calls = trace([os.path.join(TRACEES, "vfork_exec")], tmp_path)
    failed = [call for call in calls if call["call"] == "execve" and call["result"] != 0]
    assert [call["errno"] for call in failed] == ["ENOENT"]
    assert failed[0]["args"][0] == {"name": "filename", "type": "const char *",
                                    "value": "/nonexistent/program"}


@pytest.mark.parametrize("command, status, message", [
    (["/nonexistent/program"], 127, "no such program"),
    (["no-such-program-here"], 127, "not found in PATH"),
])
def test_what_cannot_be_started_is_said(command, status, message):
    result = run([COLLECTOR, "trace", "--", *command])
    assert result.returncode == status
    assert message in result.stderr


def test_an_output_that_cannot_be_written_is_said(tmp_path):
    result = run([COLLECTOR, "trace", "--output", str(tmp_path / "no" / "such"), "--", "true"])
    assert result.returncode == 1
    assert "No such file or directory" in result.stderr
