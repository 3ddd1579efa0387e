"""Passwords パスワード: how they are hashed, and which ones are refused.

Hash: argon2id (RFC 9106) with argon2-cffi's defaults. Rules: NIST SP 800-63B-4 §3.1.1.2 and its appendix A:
length, a list of common passwords, words of the context (login, name, company, product), repeated and
sequential characters. No rule about kinds of characters and no expiry, as both make passwords worse.

Not defended against: a password that its owner uses elsewhere too and that was stolen there.
"""

from __future__ import annotations

import enum
import functools
import itertools
import re
import secrets
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from data import read_lines
from registry.errors import InvalidValue

MIN_LENGTH = 12  # code points
MAX_LENGTH = 256
PRODUCT_WORDS = ("daicho", "台帳")
_MIN_WORD = 4  # a shorter word of Latin letters stands in too many innocent passwords
_MIN_LEFT = 8  # what must be left of a password once runs are written as one character each
_KEYBOARD_ROWS = (
    "`1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
)
_RUN = 4  # so many characters in a row of the alphabet, the digits or the keyboard are a run
_LEET = str.maketrans("@431!05$7", "aaeiiosst")
_HASHER = PasswordHasher()


class Weakness(enum.StrEnum):
    """Why a password is refused; the ids are the rules of `InvalidValue`."""

    LENGTH = "length"
    COMMON = "common"  # 広く使われている
    CONTEXT = "context_word"  # サインイン名・氏名・会社名などを含む
    REPEATED = "repeated"  # 同じ文字のくり返し
    SEQUENTIAL = "sequential"  # 並びどおりの文字


def weakness(password: str, words: Iterable[str] = ()) -> Weakness | None:
    """Return why a password is refused, None when it is accepted.

    `words`: login, name, names and codes of the units; each is split at everything that is no letter, and
    counts from four Latin letters or two others on.
    """
    plain = normal(password).casefold()
    if not MIN_LENGTH <= len(normal(password)) <= MAX_LENGTH:
        return Weakness.LENGTH
    if _is_common(plain):
        return Weakness.COMMON
    if any(word in plain for word in _context((*words, *PRODUCT_WORDS))):
        return Weakness.CONTEXT
    if len(set(plain)) < 5 or _period(plain) <= len(plain) // 2 or len(_without_repeats(plain)) < _MIN_LEFT:
        return Weakness.REPEATED
    if len(_without_runs(_without_repeats(plain))) < _MIN_LEFT:
        return Weakness.SEQUENTIAL
    return None


def require_strong(password: str, words: Iterable[str]) -> None:
    """Raise InvalidValue("password", rule) for a password that `weakness` refuses; tells nothing of it."""
    found = weakness(password, words)
    if found is not None:
        raise InvalidValue("password", found)


def normal(password: str) -> str:
    """Return the password as it is hashed: typed full-width or composed differently it is the same (NFKC)."""
    # Half of a surrogate pair is no text; it becomes a question mark, as argon2 takes bytes.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def hashed(password: str) -> str:
    """Return the argon2id hash of a password; takes its time on purpose."""
    return _HASHER.hash(normal(password))


def matches(password_hash: str, password: str) -> bool:
    """Tell whether a password belongs to a hash; without a hash it takes as long, and is False."""
    try:
        _HASHER.verify(password_hash or dummy_hash(), normal(password)[: MAX_LENGTH + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(password_hash)


def outdated(password_hash: str) -> bool:
    """True when the hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(password_hash)


@functools.cache
def dummy_hash() -> str:
    """Return a hash that no password matches, for logins that nobody has."""
    return _HASHER.hash(secrets.token_urlsafe(32))


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(line.casefold() for line in read_lines("common_passwords.txt"))


def _is_common(plain: str) -> bool:
    """True for a listed password, also with digits and signs around it, or with letters written as digits."""
    bare = plain.translate(_LEET)
    cores = {plain, bare, *(re.sub(r"^[\W\d_]+|[\W\d_]+$", "", each) for each in (plain, bare))}
    # One word is no better for standing there twice ("Winter2026Winter!").
    cores |= {core[: _period(core)] for core in cores}
    pieces = set(re.split(r"[\W\d_]+", plain)) - {""}
    cores |= pieces if len(pieces) == 1 else set()
    return not cores.isdisjoint(_common())


def _context(words: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for each in words:
        for part in re.split(r"[\W\d_]+", normal(each).casefold()):
            if len(part) >= (_MIN_WORD if part.isascii() else 2):
                found.add(part)
    return found


def _period(text: str) -> int:
    """Return the length of the shortest piece that the text is a repetition of."""
    return (text + text).find(text, 1) if text else 0


def _without_repeats(text: str) -> str:
    return re.sub(r"(.)\1{2,}", r"\1", text, flags=re.DOTALL)


def _without_runs(text: str) -> str:
    """Return the text with every run ("abcd", "9876", "qwer") written as its first character."""
    kept, start = [], 0
    while start < len(text):
        end, orders = start + 1, frozenset[str]()
        while end < len(text):
            followed = _orders(text[end - 1], text[end])
            orders = followed & orders if end > start + 1 else followed
            if not orders:
                break
            end += 1
        kept.append(text[start] if end - start >= _RUN else text[start:end])
        start = end
    return "".join(kept)


def _orders(left: str, right: str) -> frozenset[str]:
    """Return in which orders the second character follows the first, and in which before it."""
    step = ord(right) - ord(left)
    known = {f"alphabet {step}"} if left.isalnum() and right.isalnum() and abs(step) == 1 else set()
    return frozenset(known) | _keyboard().get((left, right), frozenset())


@functools.cache
def _keyboard() -> dict[tuple[str, str], frozenset[str]]:
    steps: dict[tuple[str, str], frozenset[str]] = {}
    for number, row in enumerate(_KEYBOARD_ROWS):
        for left, right in itertools.pairwise(row):
            for pair, name in (((left, right), f"row {number} right"), ((right, left), f"row {number} left")):
                steps[pair] = steps.get(pair, frozenset()) | {name}
    return steps
