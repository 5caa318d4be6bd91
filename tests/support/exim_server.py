#!/usr/bin/python3
"""Exim as a mail server for tests: Debian's own binary, as it lies in .cache/exim (deploy/setup packages), on a port and
with a configuration of its own. Nothing of it is installed, and no system service.

    exim_server.py --store DIR --cert C --key K [--auth USER:PASSWORD] [--mechanisms PLAIN,LOGIN,CRAM-MD5] [--implicit]
                   [--greylist LOCAL-PART] [--unknown LOCAL-PART] [--exim FOLDER]

Prints "ready PORT" once it listens. What it delivers is in DIR/mail/new, a file each, with the header Envelope-To and, from
its own headers, how it came (Received: ... with esmtpsa ... for a TLS session with a login). Greylisted: 451 at the first
attempt. Unknown: 550. It takes mail by TLS only, and from who has logged in, if there is anybody who could. Runs until it is
terminated.
"""
import argparse
import grp
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

CONFIG = """
exim_path = {exim}
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
add_environment = LD_LIBRARY_PATH={libraries} : LD_PRELOAD={wrapper} : NSS_WRAPPER_PASSWD={store}/passwd : NSS_WRAPPER_GROUP={store}/group
primary_hostname = mail.test
spool_directory = {store}/spool
log_file_path = {store}/%slog
pid_file_path = {store}/exim.pid
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = {port}
{implicit}
tls_advertise_hosts = *
tls_certificate = {cert}
tls_privatekey = {key}
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
never_users =
deliver_drop_privilege = true
host_lookup =
rfc1413_hosts =
dns_ipv4_lookup =
hosts_treat_as_local =
prdr_enable = false
chunking_advertise_hosts =
log_selector = +tls_cipher

begin acl
check_mail:
  deny !encrypted = *
       message = TLS is needed
  {need_login}
  accept
check_rcpt:
  deny local_parts = {unknown}
       message = no such user here
  defer local_parts = {greylist}
        condition = ${{if !exists{{{store}/seen-$local_part}}}}
        condition = ${{run{{/bin/touch {store}/seen-$local_part}}{{yes}}{{yes}}}}
        message = greylisted, come back
  accept

begin routers
all:
  driver = accept
  transport = keep

begin transports
keep:
  driver = appendfile
  directory = {store}/mail
  maildir_format
  create_directory
  envelope_to_add
  user = {uid}
  group = {gid}

begin retry
* * F,1h,1s

begin authenticators
{authenticators}
"""

AUTHENTICATORS = {
    "PLAIN": """plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
""",
    "LOGIN": """login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
""",
    "CRAM-MD5": """cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{if eq{{$auth1}}{{{user}}}{{{password}}}fail}}
  server_set_id = $auth1
""",
}


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Exim for tests")
    parser.add_argument("--store", required=True, type=pathlib.Path)
    parser.add_argument("--cert", required=True, type=pathlib.Path)
    parser.add_argument("--key", required=True, type=pathlib.Path)
    parser.add_argument("--auth", metavar="USER:PASSWORD")
    parser.add_argument("--mechanisms", default="PLAIN,LOGIN,CRAM-MD5")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte")
    parser.add_argument("--greylist", default="", metavar="LOCAL-PART")
    parser.add_argument("--unknown", default="", metavar="LOCAL-PART")
    parser.add_argument("--exim", type=pathlib.Path, default=ROOT / ".cache/exim")
    return parser.parse_args()


def account() -> tuple[int, int]:
    """Exim refuses to be root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def write_files(options: argparse.Namespace, port: int, uid: int, gid: int) -> pathlib.Path:
    store = options.store.resolve()
    store.mkdir(parents=True, exist_ok=True)
    # Debian's binary wants to find its user; it need not be one of this machine.
    passwd = "".join(":".join(map(str, entry)) + "\n" for entry in pwd.getpwall() if entry.pw_uid != uid)
    (store / "passwd").write_text(f"{passwd}Debian-exim:x:{uid}:{gid}::{store}:/bin/false\n")
    group = "".join(f"{entry.gr_name}:x:{entry.gr_gid}:\n" for entry in grp.getgrall() if entry.gr_gid != gid)
    (store / "group").write_text(f"{group}Debian-exim:x:{gid}:\n")
    for source, name in ((options.cert, "cert.pem"), (options.key, "key.pem")):
        shutil.copy(source, store / name)
    user, _, password = (options.auth or "").partition(":")
    mechanisms = options.mechanisms.split(",") if options.auth else []
    libraries = options.exim.resolve() / "usr/lib/x86_64-linux-gnu"
    config = store / "exim.conf"
    config.write_text(CONFIG.format(
        exim=options.exim.resolve() / "usr/sbin/exim4", libraries=libraries, wrapper=libraries / "libnss_wrapper.so",
        store=store, port=port, uid=uid, gid=gid, cert=store / "cert.pem", key=store / "key.pem",
        implicit=f"tls_on_connect_ports = {port}" if options.implicit else "",
        need_login="deny !authenticated = *\n       message = 530 5.7.0 log in first" if options.auth else "",
        unknown=options.unknown or "@@nobody@@", greylist=options.greylist or "@@nobody@@",
        authenticators="".join(AUTHENTICATORS[name].format(user=user, password=password) for name in mechanisms)))
    for path in (store, *store.iterdir()):
        os.chown(path, uid, gid)
    return config


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    options = parse_options()
    binary = options.exim / "usr/sbin/exim4"
    if not binary.exists():
        print(f"no exim at {binary}: run deploy/setup packages", file=sys.stderr)
        return 1
    port = free_port()
    uid, gid = account()
    config = write_files(options, port, uid, gid)
    libraries = options.exim.resolve() / "usr/lib/x86_64-linux-gnu"
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(libraries),
                   "LD_PRELOAD": str(libraries / "libnss_wrapper.so"), "NSS_WRAPPER_PASSWD": str(config.parent / "passwd"),
                   "NSS_WRAPPER_GROUP": str(config.parent / "group")}
    identity = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    daemon = subprocess.Popen([str(binary), "-C", str(config), "-bdf", "-q1s"], env=environment, cwd=config.parent, **identity)
    stop = lambda *_: daemon.terminate()  # noqa: E731
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for _ in range(200):
        if daemon.poll() is not None:
            return 1
        if listens(port):
            print("ready", port, flush=True)
            break
        time.sleep(0.05)
    return daemon.wait()


if __name__ == "__main__":
    sys.exit(main())
