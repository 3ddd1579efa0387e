"""The way to the mail server: one connection for a whole run, protected as the settings say."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from daicho.notify.errors import RefusedError, UnreachableError
from daicho.notify_settings import MailSettings, Security

SECONDS = 20.0
_PERMANENT = 500  # RFC 5321, 4.2.1: 5yz will be answered the same again


class Post:
    """Sends mails over one connection, which is opened by the first of them."""

    def __init__(self, settings: MailSettings, *, seconds: float = SECONDS) -> None:
        self._settings = settings
        self._seconds = seconds
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check(self) -> None:
        """Connect, secure and sign in, and send nothing; raises `UnreachableError`."""
        try:
            self._connected().noop()
        except (OSError, smtplib.SMTPException) as error:
            raise self._unreachable(error) from None

    def send(self, message: EmailMessage) -> None:
        """Send one mail to the one address in it; raises UnreachableError, or RefusedError for it alone."""
        try:
            server = self._connected()
            server.send_message(message, self._settings.sender, [str(message["To"])])
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            if code >= _PERMANENT:
                raise RefusedError("the mail server knows no such address") from None
            raise self._unreachable(error) from None
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= _PERMANENT:
                raise RefusedError("the mail server did not take the mail") from None
            raise self._unreachable(error) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Say goodbye; a server that is gone does not matter."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = self._opened()
        return self._server

    def _opened(self) -> smtplib.SMTP:
        of = self._settings
        # The name of the sender's domain: that of this machine is nobody's business, and may need a look-up.
        name = of.sender.rpartition("@")[2]
        if of.security is Security.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                of.host, of.port, local_hostname=name, timeout=self._seconds, context=_trusted(of)
            )
        else:
            server = smtplib.SMTP(of.host, of.port, local_hostname=name, timeout=self._seconds)
        try:
            if of.security is Security.STARTTLS:
                server.starttls(context=_trusted(of))  # an error where the server offers none: never in clear
            if of.user:
                server.login(of.user, of.password)
        except BaseException:
            server.close()
            raise
        return server

    def _unreachable(self, error: Exception) -> UnreachableError:
        # Answers of servers quote addresses: only the kind of error is told.
        server, self._server = self._server, None
        if server is not None:
            server.close()
        of = self._settings
        return UnreachableError(
            f"the mail server {of.host}:{of.port} does not take mails ({type(error).__name__}); "
            "check [notify] and DAICHO_SMTP_PASSWORD with: daicho doctor"
        )


def _trusted(settings: MailSettings) -> ssl.SSLContext:
    named = settings.certificates
    return ssl.create_default_context(cafile=None if named is None else str(named))
