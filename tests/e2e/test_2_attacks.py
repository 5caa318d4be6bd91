"""What must be mailed: once an incident, soon, and with the facts."""

import socket

from demo_files import attack
from demo_files.listener import Listener
from site_under_test import NEW_PROGRAM, Service, Site, settle

LATENCY_LIMIT_S = 10  # from the break-in to the mail, group_wait (1 s) included


def must_be_one_mail(site: Site, service: Service, *words: str) -> None:
    site.wait_for_mail(service, LATENCY_LIMIT_S)
    settle(4)  # a second one would have come
    mails = site.mails_about(service)
    assert len(mails) == 1, f"{len(mails)} mails for one incident"
    missing = [word for word in (service.container.id[:12], *words) if word not in mails[0]]
    assert not missing, f"not in the mail: {missing}\n{mails[0]}"


def test_command_injection_is_mailed(site: Site) -> None:
    shop = site.take_shop()
    with shop.traffic(rate=15):
        settle(2)
        assert site.mails_about(shop) == []
        with Listener() as listener:
            page = attack.inject_command(shop.port, listener.port)
            assert b"payment-gateway-key" in listener.received(10)
        assert "uid=0" in page
        # What, where, who, by whom, the departure among decoded calls, what was expected, how sure.
        must_be_one_mail(site, shop, "/dash", "python3", "docker-anomalies-e2e-shop:1", socket.gethostname(),
                         "  parent ", "  time ", "  >> ", "pipe2(fildes=", "  expected    instead of pipe2: ",
                         "  score ", "threshold", "  evidence    complete", "  profile     learned ")


def test_reverse_shell_from_within_the_process_is_mailed(site: Site) -> None:
    with site.worker.traffic(rate=15):
        settle(2)
    assert site.mails_about(site.worker) == []
    with Listener(b"id\nexit\n") as listener:
        attack.open_reverse_shell(site.worker.port, listener.port)
        assert b"uid=0" in listener.received(10)
        must_be_one_mail(site, site.worker, "/dash", "python3")


def test_docker_exec_of_a_program_never_seen_is_mailed(site: Site) -> None:
    shop = site.take_shop()
    shop.container.exec(*NEW_PROGRAM)
    must_be_one_mail(site, shop, "sleep")


def test_mail_comes_later_when_the_mail_server_was_away(site: Site) -> None:
    shop = site.take_shop()
    site.stack.smtp.stop()
    shop.container.exec(*NEW_PROGRAM)
    settle(5)
    assert site.mails_about(shop) == []
    site.stack.smtp.start()
    assert "sleep" in site.wait_for_mail(shop, timeout_s=30)
    settle(3)
    assert len(site.mails_about(shop)) == 1
