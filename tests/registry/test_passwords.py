"""Which passwords are refused, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import InvalidValue
from registry.passwords import MAX_LENGTH, MIN_LENGTH, Weakness, normal, require_strong, weakness

WORDS = ("sato.m@towa.example", "佐藤 恵", "TOWA-SYS", "東和ホールディングス", "Towa Holdings")
REFUSED = (
    ("", Weakness.LENGTH),
    ("elevenchars", Weakness.LENGTH),
    ("x" * (MAX_LENGTH + 1), Weakness.LENGTH),
    ("1q2w3e4r5t6y", Weakness.COMMON),
    ("Password1234!", Weakness.COMMON),
    ("2026P@ssw0rd!!", Weakness.COMMON),
    ("password password", Weakness.COMMON),
    ("Winter2026Winter!", Weakness.COMMON),
    ("ｐａｓｓｗｏｒｄ２０２６", Weakness.COMMON),  # typed full-width
    ("パスワード1234567890", Weakness.COMMON),
    ("the-towa-office-9", Weakness.CONTEXT),
    ("TheHoldingsAreBig", Weakness.CONTEXT),
    ("佐藤さんの秘密の合言葉です", Weakness.CONTEXT),
    ("daicho-no-kagi-77", Weakness.CONTEXT),
    ("aaaaaaaaaaaaB1!", Weakness.REPEATED),
    ("xkjwxkjwxkjw", Weakness.REPEATED),
    ("zzzyyyxxxwwwvvv", Weakness.REPEATED),
    ("abcdefghijklm", Weakness.SEQUENTIAL),
    ("98765432109876543", Weakness.SEQUENTIAL),
    ("asdfghjkl;'zxcvb", Weakness.SEQUENTIAL),
)
ACCEPTED = (
    "correct horse battery staple",
    "kizu-ni-hamon-97-tsuki",
    "さくらの花が咲いたら散歩する",
    "xkjw9ee2bbq0",
    "a short story 2",
)


@pytest.mark.parametrize(("password", "why"), REFUSED)
def test_weak_passwords_are_refused_with_their_reason(password: str, why: Weakness) -> None:
    """Length, common ones in every guise, words of the person and the company, repetition, sequence."""
    assert weakness(password, WORDS) is why


@pytest.mark.parametrize("password", ACCEPTED)
def test_phrases_are_accepted_whatever_signs_they_hold(password: str) -> None:
    """No digit or capital is demanded: a phrase of some length will do."""
    assert weakness(password, WORDS) is None


def test_a_refusal_tells_nothing_of_the_password() -> None:
    """The error names the rule alone."""
    with pytest.raises(InvalidValue) as refused:
        require_strong("towa-holdings-2026", WORDS)
    assert (refused.value.column, refused.value.rule) == ("password", "context_word")
    assert "towa" not in str(refused.value)


@given(st.text(max_size=300))
def test_any_text_is_judged(password: str) -> None:
    """Whatever is typed gets an answer, and the same one however it is composed."""
    found = weakness(password)
    assert found == weakness(normal(password))
    if not MIN_LENGTH <= len(normal(password)) <= MAX_LENGTH:
        assert found is Weakness.LENGTH


@given(st.sampled_from(WORDS[:3]), st.text(alphabet="mnopqrw", min_size=12, max_size=20))
def test_no_password_with_a_word_of_the_person_passes(word: str, rest: str) -> None:
    """Wherever the login's or unit's name stands in it, it is refused."""
    part = {"sato.m@towa.example": "Towa", "佐藤 恵": "佐藤", "TOWA-SYS": "tOwA"}[word]
    for password in (part + rest, rest + part, rest[:6] + part + rest[6:]):
        assert weakness(password, WORDS) is not None
