"""The other service that a service under test ordinarily asks, over HTTP.

    with Backend() as backend:
        environment = {"BACKEND": backend.address}
"""

import http.server
import threading


class _Rates(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(b'{"eur": 1.07000}\r\n' * (5000 if self.path.startswith("/large") else 1))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(b"taken\r\n")

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class Backend:
    def __init__(self) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Rates)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Backend":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
