#!/usr/bin/python3
"""What tests/support/compare_strace.py takes for the same, and what it does not."""

import io
import json
import pathlib
import re
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import compare_strace as subject  # noqa: E402


def ours(tid, call, args, result, errno=None, number=0):
    return json.dumps({"time": 1.5, "pid": 10, "tid": tid, "call": call, "number": number, "arch": "x86_64",
                       "args": [{"name": n, "type": "t", "value": v} for n, v in args],
                       "result": result, "errno": errno}) + "\n"


OPEN = ours(10, "openat", [("dfd", "AT_FDCWD"), ("filename", "/etc/x"), ("flags", "O_RDONLY"), ("mode", "0")], 3)
EXIT = ours(10, "exit_group", [("error_code", "0")], None)


def compare(our_text, their_text):
    return subject.compare(subject.tree_of(subject.read_ours(io.StringIO(our_text))),
                           subject.tree_of(subject.read_strace(io.StringIO(their_text))))


class CompareStrace(unittest.TestCase):
    def test_the_same_calls_are_the_same(self):
        strace = ('77 1.5 openat(-100, "/etc/x", 0) = 3\n'
                  "77 1.6 --- SIGCHLD {si_signo=17} ---\n77 1.6 exit_group(0)   = ?\n77 1.7 +++ exited with 0 +++\n")
        self.assertIsNone(compare(OPEN + EXIT, strace))

    def test_our_text_is_read_as_well(self):
        text = '16:00:00.000001 10/10 openat(dfd=AT_FDCWD, filename="/etc/x", flags=O_RDONLY, mode=0) = 3\n'
        self.assertIsNone(compare(text, '77 1.5 openat(-100, "/etc/x", 0) = 3\n'))
        self.assertIn("argument 2", compare(text, '77 1.5 openat(-100, "/etc/y", 0) = 3\n'))

    def test_another_path_name_result_or_errno_is_a_difference(self):
        self.assertIn("argument 2 differs", compare(OPEN, '77 1.5 openat(-100, "/etc/y", 0) = 3\n'))
        self.assertIn("names differ", compare(OPEN, '77 1.5 open("/etc/x", 0) = 3\n'))
        self.assertIn("results differ", compare(OPEN, '77 1.5 openat(-100, "/etc/x", 0) = 4\n'))
        self.assertIn("results differ", compare(OPEN, '77 1.5 openat(-100, "/etc/x", 0) = -1 ENOENT (No such)\n'))

    def test_a_result_in_octal_is_read_as_such(self):
        self.assertIsNone(compare(ours(10, "umask", [("mask", "0")], 18), "77 1.5 umask(000) = 022\n"))

    def test_names_said_to_be_alike_are_the_same_and_others_are_not(self):
        call = ours(10, "chdir", [("filename", "/tmp/ccAAAAAA.s")], 0)
        with unittest.mock.patch.object(subject, "ALIKE", [re.compile("/cc[A-Za-z0-9]{6}")]):
            self.assertIsNone(compare(call, '77 1.5 chdir("/tmp/ccBBBBBB.s") = 0\n'))
            self.assertIn("argument 1", compare(call, '77 1.5 chdir("/tmp/ccBBBBBB.o") = 0\n'))
        self.assertIn("argument 1", compare(call, '77 1.5 chdir("/tmp/ccBBBBBB.s") = 0\n'))

    def test_a_missing_call_is_a_difference(self):
        self.assertIn("one more call", compare(OPEN + OPEN, '77 1.5 openat(-100, "/etc/x", 0) = 3\n'))
        self.assertIn("one more call", compare(OPEN, '77 1.5 openat(-100, "/etc/x", 0) = 3\n' * 2))

    def test_a_path_that_only_strace_could_read_is_a_difference(self):
        unread = ours(10, "chdir", [("filename", "0x1000")], 0)
        self.assertIn("argument 1 differs", compare(unread, '77 1.5 chdir("/x") = 0\n'))
        self.assertIsNone(compare(unread, "77 1.5 chdir(0x1000) = 0\n"))

    def test_escapes_and_bytes_that_are_not_utf8_are_the_same_string(self):
        call = ours(10, "chdir", [("filename", "a\n\"\u00e9\u00ff")], 0)
        self.assertIsNone(compare(call, '77 1.5 chdir("a\\n\\"\\303\\251\\377") = 0\n'))
        self.assertIsNone(compare(call, '77 1.5 chdir("\\x61\\x0a\\x22\\xc3\\xa9\\xff") = 0\n'))

    def test_a_string_that_strace_cut_off_is_compared_as_far_as_it_goes(self):
        call = ours(10, "chdir", [("filename", "/a/long/path")], 0)
        self.assertIsNone(compare(call, '77 1.5 chdir("/a/long"...) = 0\n'))
        self.assertIn("argument 1", compare(call, '77 1.5 chdir("/b/long"...) = 0\n'))

    def test_argv_is_compared_element_by_element(self):
        call = ours(10, "execve", [("filename", "/bin/ls"), ("argv", ["ls", "-l"]), ("envp", "0x1")], 0)
        self.assertIsNone(compare(call, '77 1.5 execve("/bin/ls", ["ls", "-l"], 0x7 /* 3 vars */) = 0\n'))
        self.assertIn("argument 2", compare(call, '77 1.5 execve("/bin/ls", ["ls", "-a"], 0x7) = 0\n'))
        self.assertIn("argument 2", compare(call, '77 1.5 execve("/bin/ls", ["ls"], 0x7) = 0\n'))

    def test_threads_are_matched_by_birth_and_resumed_calls_are_one(self):
        our = (ours(10, "clone", [], 30) + ours(30, "getppid", [], 5) + ours(10, "clone", [], 20)
               + ours(20, "sync", [], 0))
        strace = ("77 1.5 clone(child_stack=NULL, flags=0x11 <unfinished ...>\n"
                  "78 1.5 getppid() = 9\n"
                  "77 1.6 <... clone resumed>, child_tidptr=0x1) = 78\n"
                  "77 1.7 clone(child_stack=NULL, flags=0x11) = 79\n79 1.8 sync() = 0\n")
        swapped = strace.replace("78 1.5 getppid() = 9", "78 1.5 sync() = 0").replace("79 1.8 sync() = 0", "79 1.8 getppid() = 9")
        self.assertIsNone(compare(our, strace))
        self.assertIn("thread 1.1, call 1: names differ", compare(our, swapped))

    def test_a_thread_that_only_one_side_saw_is_a_difference(self):
        our = ours(10, "clone", [], 30) + ours(30, "sync", [], 0)
        self.assertIn("only in ours", compare(our, "77 1.5 clone(0) = 78\n"))

    def test_a_call_to_be_restarted_has_its_errno(self):
        call = ours(10, "pause", [], -1, "ERESTARTNOHAND")
        self.assertIsNone(compare(call, "77 1.5 pause() = ? ERESTARTNOHAND (To be restarted if no handler)\n"))
        self.assertIn("results differ", compare(call, "77 1.5 pause() = ?\n"))

    def test_a_last_call_that_never_returned_may_be_missing_but_not_the_exit(self):
        self.assertIsNone(compare(OPEN, '77 1.5 openat(-100, "/etc/x", 0) = 3\n77 1.6 pause( <unfinished ...>\n'))
        self.assertIn("one more", compare(OPEN, '77 1.5 openat(-100, "/etc/x", 0) = 3\n77 1.6 exit_group(0) = ?\n'))

    def test_results_that_differ_between_runs_are_ignored(self):
        self.assertIsNone(compare(ours(10, "brk", [], 0x5000), "77 1.5 brk(NULL) = 0x9000\n"))

    def test_a_call_unknown_to_strace_is_compared_by_number(self):
        self.assertIsNone(compare(ours(10, "mseal", [], 0, number=462), "77 1.5 syscall_0x1ce(0, 0) = 0\n"))
        self.assertIn("names", compare(ours(10, "mseal", [], 0, number=462), "77 1.5 syscall_0x1cf(0, 0) = 0\n"))

    def test_what_is_no_trace_is_refused(self):
        for our, their in (("", "77 1.5 sync() = 0\n"), ("{broken\n", "77 1.5 sync() = 0\n"), (OPEN, "")):
            with self.assertRaises(subject.Unusable):
                compare(our, their)


if __name__ == "__main__":
    unittest.main()
