"""What comes from outside a container: health checks are learned, an operator's docker exec is told."""

import json
import os
from pathlib import Path

from birth_options import IMAGE
from demo_files.docker import Container
from demo_files.process import wait_until
from demo_files.stack import Stack, mail_text
from site_under_test import settle

NAME = f"da-outside-{os.getpid()}"
WORK = ["sh", "-c", "while :; do ls / > /dev/null; sleep 0.1; done"]
LABELS = ("--label", "com.docker.compose.project=outside", "--label", "not-told=x")
HEALTH = ("--health-cmd", "cat /etc/hostname > /dev/null", "--health-interval", "1s")
LEARNING = {"min_time": "6s", "min_calls": "1500", "recent_calls": "1500", "min_episodes": "5", "unseen_mass": "0.02",
            "min_runs": "20", "unseen_runs": "0.1", "shadow_time": "4s", "shadow_calls": "500", "shadow_runs": "10",
            "image_quiet": "5s"}


def test_health_checks_are_learned_and_docker_exec_of_a_known_program_is_mailed(binaries: Path, tmp_path: Path) -> None:
    stack = Stack(str(binaries), [f"{NAME}-*"], learning=LEARNING, notify={"group_wait": "500ms"})
    try:
        with stack, Container(IMAGE, f"{NAME}-1", WORK, options=(*HEALTH, *LABELS)) as container:
            stack.wait_until_armed(IMAGE, 90)
            settle(6)  # some more health checks
            assert [mail["Subject"] for mail in stack.smtp.mails()] == []
            container.exec("ls", "/")
            wait_until("a mail", stack.smtp.mails, 10, stack.parts)
            mail = stack.smtp.mails()[0]
            assert "ls started from outside, as never before" in mail["Subject"]
            assert "started from outside the container (docker exec or a health check)" in " ".join(mail_text(mail).split())
            attached = next(part for part in mail.iter_attachments() if part.get_content_type() == "application/json")
            told = json.loads(attached.get_content())
            labels = {key: value for key, value in told.items() if key.startswith("container.label.")}
            assert labels == {"container.label.com.docker.compose.project": "outside"}
            settle(4)
            assert len(stack.smtp.mails()) == 1
    finally:
        stack.remove_files()
