"""Fingerprints: the same value meets under one fingerprint however it is written."""

import datetime as dt
import hmac
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.fingerprint import FINGERPRINT_BYTES, Fingerprinter, canonical
from scanners.model import Category

KEY = bytes(range(32))
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
DIGITS = st.text("0123456789", min_size=10, max_size=16)
HYPHENS = st.sampled_from("-‐‑‒–—―−－ー")


@pytest.mark.parametrize(
    ("category", "writings"),
    [
        (
            Category.PHONE,
            [
                "09012345678",
                "０９０−１２３４−５６７８",
                "090ー1234ー5678",
                "+81-90-1234-5678",
                "+81(0)90 1234 5678",
            ],
        ),
        (Category.PHONE, ["0312345678", "03-1234-5678", "(03)1234-5678", "+81 3 1234 5678"]),
        (
            Category.DOB,
            [
                "1985-04-01",
                "昭和60年4月1日",
                "S60.4.1",
                "Ｓ６０．０４．０１",
                "1985/4/1",
                "19850401",
                "April 1, 1985",
            ],
        ),
        (Category.DOB, ["2019-05-01", "令和元年5月1日", "令和1年5月1日", "R1.5.1", "㋿元年5月1日"]),
        (Category.PERSON, ["山田太郎", "山田　太郎", "山田 太郎"]),
        (Category.PERSON, ["ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダタロウ", "やまだ　たろう"]),
        (Category.PERSON, ["Taro Yamada", "ＴＡＲＯ　ＹＡＭＡＤＡ"]),
        (
            Category.ADDRESS,
            [
                "東京都千代田区丸の内1-2-3ハイツ",
                "東京都千代田区丸の内１丁目２番３号　ハイツ",
                "東京都 千代田区丸の内一丁目２−３ハイツ",
            ],
        ),
        (Category.EMAIL, ["taro@kaisha.jp", "Taro@Kaisha.JP", "ｔａｒｏ＠ｋａｉｓｈａ．ｊｐ"]),
        (Category.POSTAL_CODE, ["1000005", "〒100-0005", "１００−０００５"]),
        (Category.RESIDENCE_CARD, ["AB12345678CD", "ab 12345678 cd", "ＡＢ１２３４５６７８ＣＤ"]),
    ],
)
def test_writings_of_one_value_meet(category: Category, writings: list[str]) -> None:
    """Width, hyphens, eras, blanks and case make no difference."""
    fingerprinter = Fingerprinter(KEY)
    assert len({fingerprinter.of(category, writing) for writing in writings}) == 1


@given(DIGITS, HYPHENS, st.sampled_from([Category.CREDIT_CARD, Category.MY_NUMBER, Category.PENSION_NUMBER]))
def test_hyphens_and_width_never_matter(digits: str, hyphen: str, category: Category) -> None:
    """Any grouping with any hyphen, wide or narrow, keeps the canonical digits."""
    grouped = hyphen.join((digits[:4], digits[4:8], digits[8:]))
    assert canonical(category, grouped) == canonical(category, grouped.translate(WIDE)) == digits


@given(st.dates(dt.date(1926, 12, 25), dt.date(1989, 1, 7)))
def test_showa_and_western_dates_are_the_same(date: dt.date) -> None:
    """Every day of Showa gives its ISO date."""
    era = f"昭和{date.year - 1925}年{date.month}月{date.day}日"
    assert canonical(Category.DOB, era) == canonical(Category.DOB, f"{date:%Y/%m/%d}") == date.isoformat()


@given(st.sampled_from(list(Category)), st.text(max_size=40))
def test_canonical_is_stable(category: Category, value: str) -> None:
    """A canonical value is its own canonical form in any Unicode form of compatibility."""
    once = canonical(category, value)
    assert canonical(category, unicodedata.normalize("NFKC", value)) == once


@given(st.sampled_from(list(Category)), st.text(max_size=40))
def test_fingerprint_depends_on_key_and_category(category: Category, value: str) -> None:
    """Another key gives another fingerprint; all have the same length."""
    first, second = Fingerprinter(KEY).of(category, value), Fingerprinter(KEY[::-1]).of(category, value)
    assert first != second
    assert len(first) == len(second) == FINGERPRINT_BYTES


def test_categories_do_not_share_fingerprints() -> None:
    """The same digits as phone and as card are two fingerprints."""
    fingerprinter = Fingerprinter(KEY)
    assert fingerprinter.of(Category.PHONE, "0901") != fingerprinter.of(Category.CREDIT_CARD, "0901")


def test_object_ids_are_hex_and_repeatable() -> None:
    """An object keeps its id from run to run."""
    uri = "file:///share/顧客/一覧.csv"
    assert Fingerprinter(KEY).object_id(uri) == Fingerprinter(KEY).object_id(uri)
    assert len(bytes.fromhex(Fingerprinter(KEY).object_id(uri))) == FINGERPRINT_BYTES


def test_short_keys_are_refused() -> None:
    """A key that could be tried out is no key."""
    with pytest.raises(ValueError, match="at least"):
        Fingerprinter(b"short")


@pytest.mark.parametrize("size", [16, 32, 64, 65, 100])
def test_a_fingerprint_is_an_hmac(size: int) -> None:
    """HMAC-SHA256 (RFC 2104) of the category and the canonical value, whatever the length of the key."""
    key = bytes(range(size))
    expected = hmac.digest(key, b"PHONE\x0009012345678", "sha256")[:FINGERPRINT_BYTES]
    assert Fingerprinter(key).of(Category.PHONE, "090-1234-5678") == expected
    assert Fingerprinter(b"k" * 32, [key]).older(Category.PHONE, "090-1234-5678") == {expected}
