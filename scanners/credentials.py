"""What a source is opened with; it lives in memory only and never appears in an address or a message."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a secret (認証情報): password, secret key, or the text of a private key.

    The name in an address counts where this one is empty. `token` is a session token of S3, or the
    passphrase of a private key.
    """

    user: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Credentials:
        """Read one line (the secret), two (name, secret) or three (name, secret, token); or a private key.

        A private key in PEM form may stand behind a line with the name; it ends the text.
        """
        before, begin, key = text.strip("\r\n").partition("-----BEGIN ")
        if begin:
            return cls(user=before.strip(), secret=begin + key + "\n")
        lines = text.strip("\r\n").splitlines()
        match lines:
            case [] | [""]:
                return cls()
            case [secret]:
                return cls(secret=secret)
            case [user, secret]:
                return cls(user, secret)
            case [user, secret, token, *_]:
                return cls(user, secret, token)
        raise AssertionError(lines)


NO_CREDENTIALS = Credentials()
