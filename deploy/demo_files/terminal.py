"""What the demo prints: phases with progress on a terminal, plain lines in a pipe. NO_COLOR is honoured.

    screen = Screen()
    with screen.phase("Starting Redis") as phase:
        phase.progress("3 s")
        phase.done("pid 4711")
"""

import email.message
import os
import sys
import time


class Screen:
    def __init__(self) -> None:
        self.live = sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"
        self._color = self.live and "NO_COLOR" not in os.environ
        self._phases = 0

    def phase(self, title: str) -> "Phase":
        self._phases += 1
        return Phase(self, f"{self._phases}. {title}")

    def mail(self, mail: email.message.EmailMessage, text: str) -> None:
        """The mail as a mail program would show its text part. Its text is printable by contract; make sure."""
        print()
        for header in ("From", "To", "Date", "Subject"):
            print(self._frame(f"{self.paint('1', header + ':')} {printable(str(mail[header] or ''))}"))
        print(self._frame(""))
        for line in text.splitlines():
            print(self._frame(printable(line)))
        print(flush=True)

    def success(self, text: str) -> None:
        print(self.paint("1;32", f"PASSED  {text}"), flush=True)

    def failure(self, text: str) -> None:
        print(self.paint("1;31", f"FAILED  {text}"), flush=True)

    def note(self, text: str) -> None:
        print(text, flush=True)

    def paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._color else text

    def _frame(self, line: str) -> str:
        return f"  {self.paint('36', '|')} {line}".rstrip()


class Phase:
    def __init__(self, screen: Screen, title: str) -> None:
        self._screen = screen
        self._title = title
        self._started = time.monotonic()
        self._last_plain = self._started
        self._ended = False

    def __enter__(self) -> "Phase":
        print(self._screen.paint("1", self._title), end="" if self._screen.live else "\n", flush=True)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if not self._ended:
            self._end("31" if kind else "32", "failed" if kind else "ok", "")

    def progress(self, text: str) -> None:
        now = time.monotonic()
        if self._screen.live:
            print(f"\r\033[K{self._screen.paint('1', self._title)}  {text}", end="", flush=True)
        elif now - self._last_plain >= 10:
            self._last_plain = now
            print(f"   ... {text}", flush=True)

    def done(self, text: str) -> None:
        self._end("32", "ok", text)

    def failed(self, text: str) -> None:
        self._end("31", "failed", text)

    def _end(self, color: str, word: str, text: str) -> None:
        self._ended = True
        if self._screen.live:
            print(f"\r\033[K{self._screen.paint('1', self._title)}")
        print(f"   {self._screen.paint(color, word)}{'  ' if text else ''}{text}", flush=True)


def printable(text: str) -> str:
    """No escape sequence of a container's choosing reaches the terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
