"""What must cause no mail."""

import time
from contextlib import ExitStack

from site_under_test import Site, settle

REQUESTS_OF_AN_HOUR = 10 * 3600  # at 10 a second
WALL_LIMIT_S = 110


def test_learning_causes_no_mail(site: Site) -> None:
    assert [mail["Subject"] for mail in site.stack.smtp.mails()] == []


def test_an_hour_of_ordinary_traffic_causes_no_mail(site: Site, record_property) -> None:
    """As fast as it is answered; on a slow machine as much of the hour as fits into the wall time."""
    end = time.monotonic() + WALL_LIMIT_S
    with ExitStack() as running:
        # Other random choices than while learning.
        traffics = [running.enter_context(service.traffic(clients=2, seed=77 + number))
                    for number, service in enumerate(site.services)]
        while time.monotonic() < end and sum(traffic.done for traffic in traffics) < REQUESTS_OF_AN_HOUR:
            time.sleep(0.2)
    done = sum(traffic.done for traffic in traffics)
    record_property("requests", done)
    print(f"{done} of {REQUESTS_OF_AN_HOUR} requests")
    settle(4)
    assert {(traffic.failed, traffic.last_error) for traffic in traffics} == {(0, "")}
    assert done > 2000, "too slow to say anything"
    assert [mail["Subject"] for mail in site.stack.smtp.mails()] == []


def test_a_new_container_of_an_armed_image_causes_no_mail(site: Site) -> None:
    shop = site.start("shop")
    with shop.traffic(rate=30):
        settle(8)
    settle(3)
    assert site.mails_about(shop) == []
