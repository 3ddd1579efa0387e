"""Mail addresses."""

import re

from scanners.detectors.evidence import PATTERN, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Evidence, EvidenceKind, Match

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}\Z")
# What may stand in a local part, but in writing stands between two things: 090-1234-5678/taro@…, to=taro@…
_APART = re.compile(r".*[=/|]")
_DOMAIN = re.compile(
    r"\n?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
# Headers whose angle brackets hold names of messages, folded lines included (RFC 5322 3.6.4)
_MESSAGE = re.compile(
    r"(?:\A|\n)(?:Message-ID|In-Reply-To|References|Content-ID|Resent-Message-ID):[^\n]*(?:\n[ \t][^\n]*)*\Z",
    re.IGNORECASE,
)
_EXAMPLES = frozenset({"example.com", "example.org", "example.net", "example.jp", "example.co.jp"})
_NOBODY_WORDS = """
    noreply no-reply donotreply do-not-reply mailer-daemon postmaster webmaster hostmaster info support
    contact sales admin office soumu jinji kanri newsletter notification notifications news help
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())
_FILES_WORDS = """
    png jpg jpeg gif svg webp css js ts html htm json xml md txt pdf
"""
_FILES = frozenset(_FILES_WORDS.split())


class Email:
    """Mail: an address of a person.

    What: local part, "@", domain with a top-level name.
    Source: RFC 5321 4.1.2, RFC 5322 3.4.1 (dot-atom form; quoted forms are not read).
    Found: any address, also in angle brackets or behind mailto:, or broken by a line end behind "@".
    Rejected: mailboxes of functions (info@, noreply@ …); domains of RFC 2606 examples; image@2x.png.
    """

    name = "email"
    version = 3
    categories = frozenset({Category.EMAIL})
    patterns = (Pattern("at", "[A-Za-z0-9_+%~-]@\n?[A-Za-z0-9]", bounded=False),)
    labels = frozenset(
        {
            "メール",
            "メールアドレス",
            "電子メール",
            "eメール",
            "メアド",
            "アドレス",
            "email",
            "e mail",
            "mail",
            "mail address",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Read the local part backwards and the domain forwards from the sign between them."""
        at = text.value.index("@", hit.start)
        before = _LOCAL.search(text.value[max(0, at - 64) : at])
        after = _DOMAIN.match(text.value, at + 1, at + 257)
        if before is None or after is None:
            return None
        local = _APART.sub("", before.group()).lstrip(".!#$%&'*+/?^`{|}~-")
        domain = after.group().lstrip("\n").lower()
        if not local or ".." in local or local.endswith(".") or domain in _EXAMPLES:
            return None
        if domain.rsplit(".", 1)[1] in _FILES or local.lower() in _NOBODY:
            return None
        start = at - len(local)
        if text.value[start - 1 : start] == "<" and _MESSAGE.search(text.value[max(0, start - 400) : start]):
            return None
        label = text.label(start, after.end(), self.labels, 20)
        if label is None and "\n" in after.group():
            return None
        syntax = Evidence(EvidenceKind.NUMBERING_PLAN, "domain")
        form = Evidence(EvidenceKind.DICTIONARY, "tld")
        return number("email/1", Category.EMAIL, start, after.end(), PATTERN, syntax, form, label)
