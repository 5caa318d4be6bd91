"""What the collector tells its operator. In a container of its own, so that nothing else is in between."""

import re

from demo_files.docker import Container
from demo_files.process import wait_until
from site_under_test import PREFIX, SHOP_IMAGE, Site

STORY = ["monitoring container {id}", "new process ID detected in container ID", "attach process",
         "process runs a new program", "finished monitoring process", "finished monitoring container {id}"]


def test_the_log_tells_the_story_of_a_container_and_verbose_each_call(site: Site) -> None:
    collector = site.stack.collector
    collector.stop()
    collector.command.append("--verbose")
    try:
        collector.start()
        collector.wait_for_line("listening for docker events", 15)
        script = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; done; cat /etc/hostname"
        with Container(SHOP_IMAGE, f"{PREFIX}-story", ["sh", "-c", script]) as container:
            collector.wait_for_line(f"finished monitoring container {container.id}", 20)
            lines = [line for line in collector.text().splitlines() if container.id[:12] in line]
            at = 0
            for part in STORY:
                found = [n for n, line in enumerate(lines) if part.format(id=container.id) in line and n >= at]
                assert found, f"{part} not after line {at} of:\n" + "\n".join(lines)
                at = found[0]
        # One line a call: pid, tid, name, decoded arguments, result, time.
        wait_until("a call with its arguments",
                   lambda: collector.lines(r'openat\(dfd=AT_FDCWD, filename="/etc/hostname", flags=O_RDONLY.*\) = \d'), 5)
        assert not [line for line in collector.text().splitlines() if not re.match(r"ts=|\d|\[", line)]
    finally:
        collector.command.remove("--verbose")
        collector.stop()
        collector.start()
        collector.wait_for_line("listening for docker events", 15)
