"""The watched containers outlive every fault of their watchers, and are watched again afterwards."""

from demo_files.docker import Container
from site_under_test import NEW_PROGRAM, PREFIX, SHOP_IMAGE, Site, settle


def test_sigterm_of_the_collector_lets_every_task_go(site: Site) -> None:
    shop = site.take_shop()
    site.must_be_traced(shop)
    with shop.traffic(rate=20) as traffic:
        settle(1)
        assert site.stack.collector.stop(timeout_s=10) == 0
        settle(1)
    assert (traffic.failed, traffic.last_error) == (0, "")
    assert shop.tracers() == {0}
    shop.must_serve()
    site.stack.collector.start()
    site.must_be_traced(shop)
    shop.must_serve()


def test_sigkill_of_the_collector_leaves_the_containers_running(site: Site) -> None:
    shop = site.start("shop")
    site.must_be_traced(shop)
    with shop.traffic(rate=20) as traffic:
        settle(1)
        site.stack.collector.kill()
        settle(1)
    assert (traffic.failed, traffic.last_error) == (0, "")
    assert shop.container.running
    assert shop.tracers() == {0}
    site.stack.collector.start()
    site.must_be_traced(shop)
    shop.must_serve()


def test_a_collector_restarted_in_ordinary_traffic_causes_no_mail(site: Site) -> None:
    """Tasks met in the middle of their life begin with a gap; what follows is ordinary all the same."""
    shop = site.start("shop")
    with shop.traffic(rate=20):
        settle(2)
        site.stack.collector.stop()
        site.stack.collector.start()
        site.must_be_traced(shop)
        settle(5)
    settle(3)
    assert site.mails_about(shop) == []


def test_redis_away_for_some_seconds(site: Site) -> None:
    shop = site.take_shop()
    site.must_be_traced(shop)
    with shop.traffic(rate=20) as traffic:
        settle(1)
        site.stack.redis.stop()
        settle(4)
        site.stack.redis.start()
        site.stack.collector.wait_for_line("redis is back", 15)
        settle(2)
    assert (traffic.failed, traffic.last_error) == (0, "")
    assert site.stack.analyzer.running
    # What was collected meanwhile is delivered, and judging goes on.
    assert site.mails_about(shop) == []
    shop.container.exec(*NEW_PROGRAM)
    assert "sleep" in site.wait_for_mail(shop, timeout_s=25)


def test_an_excluded_container_is_not_traced(site: Site) -> None:
    label = ("--label", "docker-anomalies.ignore")
    with Container(SHOP_IMAGE, f"{PREFIX}-excluded", ["sleep", "60"], label) as ignored:
        settle(2)
        assert set(ignored.tracers().values()) == {0}
        assert not site.stack.collector.lines(f"monitoring container {ignored.id}")
