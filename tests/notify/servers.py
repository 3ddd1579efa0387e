"""A mail server and a web server of the tests: real sockets, and answers that a test chooses."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer

USER, PASSWORD = "daicho", "a password of tests"


@dataclass(slots=True)
class Mailbox:
    """What a mail server took, and how it answers: codes by address, and whether it takes anything."""

    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)  # envelope recipient, message
    codes: dict[str, int] = field(default_factory=dict)
    at_data: int = 250
    signed_in: list[str] = field(default_factory=list)
    secured: int = 0
    greeted: list[str] = field(default_factory=list)

    def mails(self) -> list[EmailMessage]:
        """Return the messages as a mail program reads them."""
        return [BytesParser(policy=default).parsebytes(raw) for _, raw in self.taken]  # type: ignore[misc]  # by policy


class _Dialogue(socketserver.StreamRequestHandler):
    box: Mailbox
    tls: ssl.SSLContext | None
    at_once: bool

    def handle(self) -> None:
        if self.at_once and self.tls is not None:
            self._secure()
        self._say("220 test")
        recipient = ""
        while line := self.rfile.readline():
            words = line.decode("ascii").strip()
            verb, _, rest = words.partition(" ")
            match verb.upper():
                case "EHLO":
                    self._offer(rest)
                case "STARTTLS":
                    self._say("220 go")
                    self._secure()
                case "AUTH":
                    _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
                    self.box.signed_in.append(user)
                    self._say("235 ok" if password == PASSWORD else "535 no")
                case "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    self._say(f"{self.box.codes.get(recipient, 250)} {recipient}")
                case "DATA":
                    self._say("354 go")
                    self._take(recipient)
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _take(self, recipient: str) -> None:
        lines = []
        while (part := self.rfile.readline()) != b".\r\n":
            lines.append(part.removeprefix(b"."))
        if self.box.at_data == 250:
            self.box.taken.append((recipient, b"".join(lines)))
        self._say(f"{self.box.at_data} done")

    def _offer(self, name: str) -> None:
        self.box.greeted.append(name)
        offered = ["test", "AUTH PLAIN"]
        if self.tls is not None and not isinstance(self.connection, ssl.SSLSocket):
            offered.append("STARTTLS")
        for each in offered[:-1]:
            self._say(f"250-{each}")
        self._say(f"250 {offered[-1]}")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _secure(self) -> None:
        assert self.tls is not None
        self.connection = self.tls.wrap_socket(self.request, server_side=True)
        self.box.secured += 1
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that trust nobody hang up, as they should."""


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> Iterator[Mailbox]:
    """Run a mail server on this machine until the block ends."""
    box = Mailbox()
    dialogue = type("Dialogue", (_Dialogue,), {"box": box, "tls": tls, "at_once": at_once})
    with _Server(("127.0.0.1", 0), dialogue) as server:
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True, args=(0.02,)).start()
        yield box
        server.shutdown()


@dataclass(slots=True)
class Hook:
    """What a web server was posted, and how it answers."""

    address: str = ""
    status: int = 204
    location: str = ""
    silent: threading.Event | None = None  # answers only when this is set
    posted: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def web_server() -> Iterator[Hook]:
    """Run a web server on this machine until the block ends."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posted.append((self.path, dict(self.headers), body))
            if hook.silent is not None:
                hook.silent.wait(10)
                return
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.address = f"http://127.0.0.1:{server.server_address[1]}/hook?key=1"
        threading.Thread(target=server.serve_forever, daemon=True, args=(0.02,)).start()
        yield hook
        if hook.silent is not None:
            hook.silent.set()
        server.shutdown()
