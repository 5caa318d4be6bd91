#!/usr/bin/python3
"""A real SMTP server for tests and the demo: keeps what it receives, and misbehaves on request.

    smtp_server.py --port 0 --store DIR [--tls starttls|implicit --cert C --key K] [--auth user:pass]
                   [--fail-first N] [--reject] [--reject-recipient a@b] [--reject-content TEXT] [--hang-data]

SIGUSR1: as --hang-data, for the next message.

Prints "ready PORT" once it listens. Message n is stored as DIR/n.eml with its envelope in DIR/n.json
(written last: its presence means that the message is complete). Runs until it is terminated.
"""
import argparse
import asyncio
import json
import pathlib
import signal
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Keeper:
    """What the server does with each command."""

    def __init__(self, options):
        self.options = options
        self.store = pathlib.Path(options.store)
        self.store.mkdir(parents=True, exist_ok=True)
        self.received = 0
        self.failures_left = options.fail_first

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.options.reject_recipient:
            return "550 5.1.1 no such user here"
        if address in self.options.defer_recipient:
            self.options.defer_recipient.remove(address)
            return "450 4.2.0 greylisted, come back"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.failures_left > 0:
            self.failures_left -= 1
            return "451 4.3.0 try again later"
        if self.options.reject:
            return "554 5.7.1 not wanted here"
        if self.options.reject_content and self.options.reject_content.encode() in envelope.content:
            return "554 5.7.1 message looks malicious"
        self.keep(session, envelope)
        if self.options.hang_data:
            self.options.hang_data = False
            await asyncio.sleep(3600)
        return "250 2.0.0 OK, kept as %d" % self.received

    def keep(self, session, envelope):
        self.received += 1
        name = self.store / str(self.received)
        name.with_suffix(".eml").write_bytes(envelope.content)
        about = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "helo": session.host_name,
                 "tls": session.ssl is not None or self.options.tls == "implicit",
                 "user": getattr(session, "login_user", None)}
        partial = name.with_suffix(".part")
        partial.write_text(json.dumps(about))
        partial.rename(name.with_suffix(".json"))


def authenticator(options):
    user, _, password = options.auth.partition(":")

    def check(server, session, envelope, mechanism, data):
        right = (isinstance(data, LoginPassword) and data.login == user.encode()
                 and data.password == password.encode())
        if right:
            session.login_user = user
        return AuthResult(success=right, handled=False)  # aiosmtpd answers 235 or 535

    return check


def parse_options():
    parser = argparse.ArgumentParser(description="SMTP server for tests")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--store", required=True)
    parser.add_argument("--tls", choices=["starttls", "implicit"])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--auth", metavar="USER:PASSWORD")
    parser.add_argument("--fail-first", type=int, default=0, metavar="N", help="451 for the first N messages")
    parser.add_argument("--reject", action="store_true", help="554 for every message")
    parser.add_argument("--reject-recipient", action="append", default=[], help="550 for this address")
    parser.add_argument("--defer-recipient", action="append", default=[], help="450 for this address, once")
    parser.add_argument("--reject-content", help="554 for a message with this text in it")
    parser.add_argument("--hang-data", action="store_true", help="keep the first message, never answer")
    return parser.parse_args()


async def main():
    options = parse_options()
    keeper = Keeper(options)
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    kind = {}
    if options.tls == "starttls":
        kind = {"tls_context": context, "require_starttls": True}
    if options.auth:
        kind.update(authenticator=authenticator(options), auth_required=True,
                    auth_require_tls=options.tls == "starttls")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, hostname="mail.test", loop=loop, **kind), options.host,
                                      options.port, ssl=context if options.tls == "implicit" else None)
    print("ready", server.sockets[0].getsockname()[1], flush=True)

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(options, "hang_data", True))
    await stop.wait()
    server.close()


asyncio.run(main())
