"""Mails through two real servers, Debian's exim4 and python3-aiosmtpd: TLS, logins, refusals for now and for good.

    ANALYZER=... pytest test_mail_servers.py
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "deploy"))

from demo_files.process import Process, wait_until  # noqa: E402

ANALYZER = os.environ["ANALYZER"]
USER, PASSWORD = "da", "s3cret word"
OK, FAILURE, USAGE = 0, 1, 2
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")


@pytest.fixture(name="certificates", scope="module")
def make_certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True)
    folder.chmod(0o755)
    return folder


class Server(Process):
    """Either of them, with the same options."""

    def __init__(self, kind: str, folder: Path, certificates: Path, *options: str, implicit: bool = False):
        self.kind, self.store = kind, folder / kind
        files = ["--store", str(self.store), "--cert", str(certificates / "cert.pem"), "--key", str(certificates / "key.pem")]
        tls = ["--implicit"] if kind == "exim" and implicit else [] if kind == "exim" else \
            ["--tls", "implicit" if implicit else "starttls"]
        super().__init__(kind, ["/usr/bin/python3", str(ROOT / f"tests/support/{'exim' if kind == 'exim' else 'smtp'}_server.py"),
                                *files, *tls, *options], folder / f"{kind}.log")

    def __enter__(self):
        self.start()
        self.port = int(self.wait_for_line(r"^ready \d+", 20).split()[1])
        return self

    def __exit__(self, *_):
        self.stop()

    def mails(self) -> list[str]:
        files = self.store.glob("mail/new/*") if self.kind == "exim" else self.store.glob("*.eml")
        return [file.read_text() for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]

    def session(self) -> str:
        """How the latest mail came."""
        if self.kind == "exim":
            return (self.store / "mainlog").read_text().rpartition("<= ")[2].splitlines()[0]
        return max(self.store.glob("*.json"), key=lambda file: int(file.stem)).read_text()


@pytest.fixture(name="site")
def make_site(certificates):
    # Not in tmp_path: exim runs as nobody, and each pytest that starts closes the folder above it to others.
    with tempfile.TemporaryDirectory(prefix="da-mail-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Site(folder, certificates)


class Site:
    def __init__(self, folder: Path, certificates: Path):
        self.folder, self.certificates = folder, certificates
        self.password_file = folder / "password"

    def server(self, kind: str, *options: str, **more) -> Server:
        return Server(kind, self.folder, self.certificates, *options, **more)

    def config(self, server: Server, *lines: str, password: str | None = PASSWORD, security: str = "starttls",
               trusted: bool = True) -> str:
        login = []
        if password is not None:
            self.password_file.write_text(password + "\n")
            self.password_file.chmod(0o600)
            login = [f"username: {USER}", f"password_file: {self.password_file}"]
        ca = [f"ca_file: {self.certificates / 'cert.pem'}"] if trusted else []
        smtp = ["host: 127.0.0.1", f"port: {server.port}", f"security: {security}", "from: da@mail.test", *ca, *login]
        if not any(line.startswith("to:") for line in lines):
            smtp.append("to: [ops@mail.test]")
        return "smtp:\n" + "".join(f"  {line}\n" for line in (*smtp, *lines))

    def test_mail(self, config: str, *words: str) -> subprocess.CompletedProcess:
        file = self.folder / "analyzer.yaml"
        file.write_text("redis: {url: \"unix:///nowhere/redis.sock\"}\n" + config)
        return subprocess.run([ANALYZER, "test-mail", "--config", str(file), *words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_way_to_log_in_to_exim(site, mechanism, implicit):
    with site.server("exim", "--auth", f"{USER}:{PASSWORD}", "--mechanisms", mechanism, implicit=implicit) as server:
        config = site.config(server, f"auth: {mechanism.lower()}", security="tls" if implicit else "starttls")
        done = site.test_mail(config)
        assert done.returncode == OK, (done, server.tail())
        assert "ops@mail.test: accepted" in done.stdout and "accepted (" in done.stdout
        # What was said is shown; the login is not, in any of its forms.
        assert f"> AUTH {mechanism}" in done.stdout
        assert "s3cret" not in done.stdout and "czNjcmV0" not in done.stdout
        wait_until("delivery", server.mails, 20, (server,))
        assert "[docker-anomalies] test mail from" in server.mails()[0]
        assert "P=esmtpsa" in server.session() and f":{USER}" in server.session()
        # By itself it takes what there is; what the server does not offer is no reason for another way.
        assert site.test_mail(site.config(server, security="tls" if implicit else "starttls")).returncode == OK
        other = next(name for name in MECHANISMS if name != mechanism)
        refused = site.test_mail(site.config(server, f"auth: {other.lower()}", security="tls" if implicit else "starttls"))
        assert refused.returncode == FAILURE and "no login" in refused.stdout, refused


def test_of_several_ways_the_strongest_is_taken(site):
    with site.server("exim", "--auth", f"{USER}:{PASSWORD}") as server:
        done = site.test_mail(site.config(server))
        assert done.returncode == OK and "> AUTH CRAM-MD5" in done.stdout, done


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_each_way_to_log_in_to_aiosmtpd(site, mechanism):
    with site.server("aiosmtpd", "--auth", f"{USER}:{PASSWORD}") as server:
        done = site.test_mail(site.config(server, f"auth: {mechanism.lower()}"))
        assert done.returncode == OK and f"> AUTH {mechanism}" in done.stdout, done
        assert json.loads(server.session())["tls"] is True and json.loads(server.session())["user"] == USER


@pytest.mark.parametrize("kind", ["exim", "aiosmtpd"])
def test_a_wrong_password_and_none(site, kind):
    with site.server(kind, "--auth", f"{USER}:{PASSWORD}") as server:
        wrong = site.test_mail(site.config(server, password="wrong"))
        assert wrong.returncode == FAILURE and "535" in wrong.stdout and "no login" in wrong.stdout, wrong
        none = site.test_mail(site.config(server, password=None))
        assert none.returncode == FAILURE, none
        assert not server.mails()


@pytest.mark.parametrize("kind", ["exim", "aiosmtpd"])
def test_a_certificate_of_nobody_known(site, kind):
    with site.server(kind) as server:
        done = site.test_mail(site.config(server, password=None, trusted=False))
        assert done.returncode == FAILURE and "certificate" in done.stdout, done
        assert not server.mails()


@pytest.mark.parametrize("kind", ["exim", "aiosmtpd"])
def test_recipients_refused_for_now_and_for_good(site, kind):
    options = ["--greylist", "later", "--unknown", "nobody"] if kind == "exim" else \
        ["--defer-recipient", "later@mail.test", "--reject-recipient", "nobody@mail.test"]
    with site.server(kind, *options) as server:
        everyone = "to: [ops@mail.test, later@mail.test, nobody@mail.test]"
        told = json.loads(site.test_mail(site.config(server, everyone, password=None), "--json").stdout)
        assert told["delivered"] is False
        assert (told["accepted"], told["deferred"], told["refused"]) == \
            (["ops@mail.test"], ["later@mail.test"], ["nobody@mail.test"])
        again = site.test_mail(site.config(server, "to: [later@mail.test]", password=None))
        assert again.returncode == OK, again
        never = site.test_mail(site.config(server, "to: [nobody@mail.test]", password=None))
        assert never.returncode == FAILURE and "550" in never.stdout and "refused (" in never.stdout, never


def test_routes(site):
    routes = ["to: [all@mail.test]",
              "routes:",
              "  - {min_severity: high, to: [oncall@mail.test], continue: true}",
              "  - {image: \"shop:*\", container: \"web-*\", to: [shop@mail.test, \"Second <second@mail.test>\"]}"]
    with site.server("exim") as server:
        config = site.config(server, *routes, password=None)
        for words, expected in [
            ([], ["oncall@mail.test"]),
            (["--severity", "low"], ["all@mail.test"]),
            (["--severity", "medium", "--image", "shop:1.4", "--container", "web-1"], ["shop@mail.test", "second@mail.test"]),
            (["--severity", "high", "--image", "shop:1.4", "--container", "web-1"],
             ["oncall@mail.test", "shop@mail.test", "second@mail.test"]),
        ]:
            told = json.loads(site.test_mail(config, *words, "--json").stdout)
            assert told["to"] == expected and told["delivered"] is True, (words, told)
        assert site.test_mail(config, "--severity", "urgent").returncode == USAGE


def test_no_server_and_no_smtp_section(site):
    with site.server("aiosmtpd") as server:
        config = site.config(server, password=None)
    done = site.test_mail(config)
    assert done.returncode == FAILURE and "not sent" in done.stdout, done
    done = site.test_mail("")
    assert done.returncode == FAILURE and "no smtp section" in done.stderr, done
