"""Names of the cookies that the sign-in page sets and the pages read.

Over TLS a cookie carries the prefix `__Host-`: browsers then keep it only when it is Secure, for this host
alone and for every path, so that neither a neighbouring host nor an unencrypted page can plant one
(RFC 6265bis §4.1.3.2).
"""

from collections.abc import Mapping

SESSION_COOKIE = "daicho_session"
LANGUAGE_COOKIE = "daicho_language"
HOST_PREFIX = "__Host-"


def name_of(cookie: str, *, secure: bool) -> str:
    """Return the name under which a cookie is set."""
    return f"{HOST_PREFIX}{cookie}" if secure else cookie


def session_token(cookies: Mapping[str, str], *, secure: bool) -> str:
    """Return the session a browser brings, "" when none; where TLS is served, no unprefixed one counts."""
    protected = cookies.get(name_of(SESSION_COOKIE, secure=True), "")
    return protected if protected or secure else cookies.get(SESSION_COOKIE, "")
