"""The mails of a run as the campaign asks for them: about which container, when they came, what they say.

    box = Mailbox(stack.smtp)
    for mail in box.about("da-services-1-web-3"): print(mail.arrived_ns, mail.finding)
"""

import datetime
import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path

from demo_files.stack import Smtp, mail_text


@dataclass(frozen=True)
class Mail:
    arrived_ns: int
    subject: str
    text: str

    @property
    def finding(self) -> str:
        """The subject without container, image and host."""
        return re.sub(r"^\[docker-anomalies\] \S+ \(\S+\) on \S+: ", "", self.subject)

    @property
    def is_repeat(self) -> bool:
        """Only counts what was mailed before."""
        return "of known kinds" in self.finding

    @property
    def call_ns(self) -> int | None:
        """When the first call was made that the mail calls abnormal; to the millisecond, as it says."""
        found = re.findall(r"^  time +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) UTC", self.text, re.MULTILINE)
        times = [datetime.datetime.fromisoformat(f"{text}+00:00").timestamp() for text in found]
        return int(min(times) * 1e9) if times else None

    def says(self, words: tuple[str, ...]) -> bool:
        """Whether the finding, a line "process ...", a shown call or a count of repeats has one of these words; not what is
        said of others: parents, command lines, what was learned."""
        text = re.sub(r"^  (parent|started|command|image|profile|expected) .*(\n {14}.*)*", "", self.text, flags=re.MULTILINE)
        text = re.sub(r"^  (/\S+): ", r"process \1: ", text, flags=re.MULTILINE)  # of "Counted, not shown again"
        text = re.sub(r"\s+", " ", f"{self.finding} {text}")
        return any(word in text for word in words)


class Mailbox:
    def __init__(self, smtp: Smtp) -> None:
        self._directory = smtp.mails_directory
        self._read: dict[Path, Mail] = {}

    def all(self) -> list[Mail]:
        """By arrival."""
        for envelope in self._directory.glob("*/*.json"):
            if envelope not in self._read:
                content = envelope.with_suffix(".eml").read_bytes()
                mail = email.message_from_bytes(content, policy=email.policy.default)
                self._read[envelope] = Mail(envelope.stat().st_mtime_ns, str(mail["Subject"]), mail_text(mail))
        return sorted(self._read.values(), key=lambda mail: mail.arrived_ns)

    def about(self, container: str, since_ns: int = 0) -> list[Mail]:
        return [mail for mail in self.all() if f" {container} " in mail.subject and mail.arrived_ns >= since_ns]
