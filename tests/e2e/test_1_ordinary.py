"""What must cause no mail."""

import time
from contextlib import ExitStack

from site_under_test import Site, settle

SERVICES = 6
REQUESTS_OF_AN_HOUR = SERVICES * 3600  # one a second each
WALL_LIMIT_S = 300


def test_learning_causes_no_mail(site: Site) -> None:
    assert [mail["Subject"] for mail in site.stack.smtp.mails()] == []


def test_an_hour_of_ordinary_traffic_causes_no_mail(site: Site) -> None:
    """As fast as it is answered."""
    assert len(site.services) == SERVICES
    end = time.monotonic() + WALL_LIMIT_S
    with ExitStack() as running:
        # Other random choices than while learning.
        traffics = [running.enter_context(service.traffic(clients=2, seed=77 + number))
                    for number, service in enumerate(site.services)]
        while time.monotonic() < end and sum(traffic.done for traffic in traffics) < REQUESTS_OF_AN_HOUR:
            time.sleep(0.2)
    settle(4)
    assert {(traffic.failed, traffic.last_error) for traffic in traffics} == {(0, "")}
    assert sum(traffic.done for traffic in traffics) >= REQUESTS_OF_AN_HOUR, "this machine is too slow to show it"
    assert [mail["Subject"] for mail in site.stack.smtp.mails()] == []


def test_a_new_container_of_an_armed_image_causes_no_mail(site: Site) -> None:
    shop = site.start("shop")
    with shop.traffic(rate=30):
        settle(8)
    settle(3)
    assert site.mails_about(shop) == []
