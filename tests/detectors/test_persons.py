"""Counting persons, not values."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from scanners.fingerprint import Fingerprinter
from scanners.identified import Identified, identify
from scanners.model import Category, PersonBounds
from scanners.persons import PersonCounter

FINGERPRINTER = Fingerprinter(bytes(32))
Values = Iterable[tuple[Category, str]]


def _group(values: Values, step: int = 100) -> list[Identified]:
    return [
        identify(FINGERPRINTER, category, value, place * step)
        for place, (category, value) in enumerate(values)
    ]


def _rows(rows: Iterable[Values]) -> PersonBounds:
    counter = PersonCounter()
    for row in rows:
        counter.add(_group(row), linked=True)
    return counter.bounds()


def _text(*names: str, step: int = 100) -> PersonBounds:
    counter = PersonCounter()
    counter.add(_group(((Category.PERSON, name) for name in names), step), linked=False)
    return counter.bounds()


def test_a_list_of_a_thousand_rows_counts_a_thousand() -> None:
    """Name, phone and address of one row are one person, although names repeat."""
    rows = [
        [
            (Category.PERSON, f"山田{number % 300}"),
            (Category.PHONE, f"0901234{number:04}"),
            (Category.POSTAL_CODE, "1000005"),
        ]
        for number in range(1000)
    ]
    bounds = _rows(rows)
    assert bounds == PersonBounds(1000, 1000)


def test_a_contract_that_names_one_person_twelve_times_counts_one() -> None:
    """A full name and later its surname alone are at least one person."""
    bounds = _text("山田太郎", *["山田"] * 5, *["山田太郎"] * 6)
    assert bounds == PersonBounds(1, 1)


def test_rows_with_the_same_strong_id_are_one_person() -> None:
    """Visits of one patient count once, even where a row names only the id."""
    visit = [(Category.PATIENT_ID, "0001"), (Category.PERSON, "佐藤花子"), (Category.MEDICAL, "喘息")]
    assert _rows([visit, visit, [(Category.PATIENT_ID, "0001")]]) == PersonBounds(1, 1)


def test_rows_are_joined_over_different_keys() -> None:
    """Patient number here, name with date of birth there: a row that has both joins them."""
    first = [(Category.PATIENT_ID, "1"), (Category.PERSON, "佐藤花子")]
    second = [(Category.PERSON, "佐藤花子"), (Category.DOB, "1980-03-01")]
    assert _rows([first, second]).low == 2
    assert _rows([first, second, [*first, (Category.DOB, "1980-03-01")]]).low == 1


def test_namesakes_with_other_birth_dates_are_two() -> None:
    """The same name with two dates of birth is two persons."""
    rows = [[(Category.PERSON, "佐藤花子"), (Category.DOB, f"1980-03-0{day}")] for day in (1, 2)]
    assert _rows(rows) == PersonBounds(2, 2)


def test_bare_names_that_repeat_widen_the_range() -> None:
    """Three rows with nothing but the same name are one to three persons."""
    assert _rows([[(Category.PERSON, "佐藤花子")]] * 3) == PersonBounds(1, 3)


def test_numbers_without_names_are_possible_persons() -> None:
    """A list of telephone numbers alone proves nobody, and may be as many persons."""
    assert _rows([[(Category.PHONE, f"03123456{number:02}")] for number in range(30)]) == PersonBounds(0, 30)


def test_a_reading_beside_its_name_is_the_same_person() -> None:
    """Kanji and kana next to each other count once; apart they may be two."""
    assert _text("山田太郎", "ヤマダタロウ", step=8) == PersonBounds(1, 1)
    assert _text("山田太郎", "ヤマダタロウ", step=500).high == 2


def test_names_in_text_that_rows_hold_already_count_once() -> None:
    """A letter above a list that names somebody of the list adds nobody."""
    counter = PersonCounter()
    counter.add(_group([(Category.PERSON, "佐藤花子"), (Category.EMAIL, "a@kaisha.jp")]), linked=True)
    counter.add(_group([(Category.PERSON, "佐藤花子")]), linked=False)
    assert counter.bounds() == PersonBounds(1, 1)


def _passage(*values: tuple[Category, str]) -> PersonBounds:
    counter = PersonCounter()
    counter.add(_group(values), linked=False)
    return counter.bounds()


def test_one_person_has_several_numbers() -> None:
    """A signature with three telephones, two mails and a card is one person, not three."""
    values = [
        *((Category.PHONE, number) for number in ("03-1234-5678", "080-1111-2222", "03-1234-5679")),
        *((Category.EMAIL, mail) for mail in ("h.sato@kaisha.example.jp", "hana@mail.example.com")),
        (Category.CREDIT_CARD, "4111111111111111"),
        (Category.ADDRESS, "東京都港区芝1-2-3"),
    ]
    assert _passage((Category.PERSON, "佐藤花子"), *values) == PersonBounds(1, 1)


def test_numbers_of_branches_are_nobodys() -> None:
    """Landlines, addresses and mail addresses of offices without a name are no persons."""
    branches = [
        value
        for place in range(8)
        for value in (
            (Category.ADDRESS, f"東京都港区芝1-2-{place}"),
            (Category.PHONE, f"03-1234-56{place:02}"),
        )
    ]
    assert _passage(*branches, (Category.EMAIL, "info@kaisha.example.jp")) == PersonBounds(0, 0)


def test_more_numbers_than_the_names_can_have_may_be_persons() -> None:
    """A list of mobile numbers may tell of as many persons, with the writer's name below or without."""
    mobiles = [(Category.PHONE, f"０９０－１２３４－{number:04}") for number in range(30)]
    assert _passage(*mobiles) == PersonBounds(0, 30)
    assert _passage(*mobiles, (Category.PERSON, "佐藤花子")) == PersonBounds(1, 30)
    assert _passage(*((Category.EMAIL, f"{name}.sato@a.example") for name in "xyz")) == PersonBounds(0, 3)


def test_everybody_has_one_birth_date() -> None:
    """Two dates of birth beside one name may be two persons, as two numbers of one kind prove two."""
    born = [(Category.DOB, f"1980-03-0{day}") for day in (1, 2)]
    assert _passage((Category.PERSON, "佐藤花子"), *born) == PersonBounds(1, 2)
    assert _passage(*((Category.MY_NUMBER, str(number)) for number in range(3))) == PersonBounds(3, 3)


def test_a_reading_above_its_name_is_the_same_person() -> None:
    """「フリガナ ヤマダ タロウ」 stands above 「山田 太郎」; a single name in kana may be anybody."""
    assert _text("ヤマダ タロウ", "山田 太郎", step=16) == PersonBounds(1, 1)
    assert _text("ヤマダ", "山田 太郎", step=12) == PersonBounds(2, 2)


def test_a_name_in_latin_letters_sounds_like_its_kana() -> None:
    """Order, capitals, long vowels and the word by which somebody goes make no other person."""
    assert _text("Hara Yuichiro", "原 雄一郎", "はら ゆういちろう", step=300).high == 2
    assert _text("ハラ ユウイチロウ", "Yuichiro HARA", "Hara, Yūichirō", step=300) == PersonBounds(1, 1)
    assert _text("Nguyen Thi Lan", "ラン", step=300) == PersonBounds(1, 1)
    assert _text("SITI RAHMAWATI", "ラフマ", step=18) == PersonBounds(1, 1)
    assert _text("Nguyen Thi Lan", "Nguyen Thi Lam", step=300) == PersonBounds(2, 2)


def test_a_bare_name_is_whoever_is_named_in_full() -> None:
    """Surname or given name alone, before or behind the full name; 「森」 is not 「森本健」 for sure."""
    assert _text("大崎", "大崎 実", "実") == PersonBounds(1, 1)
    assert _text("山田太郎", "山田") == PersonBounds(1, 1)
    assert _text("森本健", "森") == PersonBounds(1, 2)


def test_large_lists_are_counted_in_bounded_memory() -> None:
    """Beyond the exact range the estimate stays within three percent."""
    counter = PersonCounter()
    for number in range(230_000):
        key = FINGERPRINTER.of(Category.EMAIL, str(number))
        counter.add([Identified(Category.EMAIL, key)], linked=True)
    assert abs(counter.bounds().low - 230_000) < 0.03 * 230_000


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.lists(
                st.tuples(
                    st.sampled_from(list(Category)),
                    st.sampled_from(["山田", "山田太郎", "1", "ヤマダ", "A B"]),
                ),
                max_size=5,
            ),
        ),
        max_size=8,
    )
)
def test_low_never_exceeds_high(groups: list[tuple[bool, list[tuple[Category, str]]]]) -> None:
    """Whatever is found: the bounds are in order and never negative."""
    counter = PersonCounter()
    for linked, values in groups:
        counter.add(_group(values), linked=linked)
    bounds = counter.bounds()
    assert 0 <= bounds.low <= bounds.high


def test_staff_and_customer_numbers_may_be_persons() -> None:
    """Without a name they raise the upper bound only: one clerk serves many, and a customer may be a firm."""
    served = [
        [(Category.PERSON, f"山田{number}"), (Category.STAFF_ID, f"{number % 2}01")] for number in range(6)
    ]
    assert _rows(served) == PersonBounds(6, 6)
    assert _rows([[(Category.STAFF_ID, f"10{number}")] for number in range(5)]) == PersonBounds(0, 5)
    assert _rows([[(Category.CUSTOMER_ID, "101")]] * 3) == PersonBounds(0, 1)


def test_a_reading_that_one_row_lacks_makes_nobody_else() -> None:
    """Receipts give the name in kana or not: kanji and birth date are the person's in both."""
    born = (Category.DOB, "1960-01-02")
    both = [(Category.PERSON, "山田太郎"), (Category.PERSON, "ヤマダタロウ"), born]
    assert _rows([both, [(Category.PERSON, "山田太郎"), born]]) == PersonBounds(1, 1)
    assert _rows([[(Category.PERSON, "ヤマダタロウ"), born], both]).low == 1
    clerk = [[(Category.PERSON, "佐藤一"), (Category.PERSON, f"山田{number}郎"), born] for number in "一二三"]
    assert _rows(clerk) == PersonBounds(3, 3)


def test_a_bare_name_is_perhaps_the_one_who_is_told_apart() -> None:
    """It raises the upper bound only, in whichever order they stand; namesakes stay two."""
    bare = [(Category.PERSON, "佐藤花子")]
    full = [[*bare, (Category.DOB, f"1980-03-0{day}")] for day in (1, 2)]
    assert _rows([full[0], bare]) == PersonBounds(1, 2)
    assert _rows([bare, full[0]]) == PersonBounds(1, 2)
    assert _rows([bare, *full, bare]) == PersonBounds(2, 4)
