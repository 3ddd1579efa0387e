"""Tables: typed by header and values together, then every row counted."""

from collections.abc import Sequence
from functools import cache

import pytest

from scanners.detection import DetectorAnalyzer, analyzer
from scanners.model import Category, CellMatch

FAMILIES = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"]
GIVEN = ["太郎", "花子", "健一", "美咲", "翔太", "陽子", "大輔", "直樹", "恵子", "拓也"]
NAMES = [f"{family}{given}" for family in FAMILIES for given in GIVEN]
PHONES = [f"090-1234-{number:04}" for number in range(100)]
DATES = [f"{1940 + number % 60}/{number % 12 + 1:02}/{number % 28 + 1:02}" for number in range(100)]
Rows = Sequence[Sequence[str]]


@cache
def _analyzer() -> DetectorAnalyzer:
    return analyzer()


def _typed(header: Sequence[str] | None, rows: Rows) -> dict[int, Category]:
    typer = _analyzer().table("", header, 0)
    list(typer.block(rows))
    return {column.index: column.category for column in typer.columns()}


def _matches(header: Sequence[str] | None, rows: Rows) -> list[CellMatch]:
    return list(_analyzer().table("", header, 0).block(rows))


def _columns(*columns: Sequence[str]) -> Rows:
    return list(zip(*columns, strict=True))


def test_columns_are_typed_by_header_and_values() -> None:
    """The usual customer list, header words in Japanese."""
    addresses = [f"東京都港区芝{number % 5 + 1}丁目{number}番" for number in range(100)]
    rows = _columns(NAMES, DATES, PHONES, addresses)
    assert _typed(("氏名", "生年月日", "TEL", "住所"), rows) == {
        0: Category.PERSON,
        1: Category.DOB,
        2: Category.PHONE,
        3: Category.ADDRESS,
    }


def test_a_wrong_header_does_not_fool() -> None:
    """Names under 「電話番号」 are names, and telephone numbers under 「氏名」 are telephone numbers."""
    assert _typed(("電話番号", "氏名"), _columns(NAMES, PHONES)) == {0: Category.PERSON, 1: Category.PHONE}


def test_columns_without_header_are_typed_by_values() -> None:
    """No header: names, telephone numbers and birth dates beside names are recognised."""
    assert _typed(None, _columns(NAMES, DATES, PHONES)) == {
        0: Category.PERSON,
        1: Category.DOB,
        2: Category.PHONE,
    }


def test_ids_and_other_dates_are_not_personal_numbers() -> None:
    """Staff numbers like telephone numbers are staff numbers, slips with right check digits nothing."""
    staff = [f"0901234{number:04}" for number in range(100)]
    slips = ["123456789018"] * 100
    rows = _columns(NAMES, staff, slips, DATES)
    assert _typed(("氏名", "社員番号", "伝票番号", "入社日"), rows) == {
        0: Category.PERSON,
        1: Category.STAFF_ID,
    }


def test_surname_and_given_name_may_be_two_columns() -> None:
    """姓 and 名 are both names, with header and without."""
    families = [FAMILIES[number % 10] for number in range(100)]
    given = [GIVEN[number // 10] for number in range(100)]
    both = {0: Category.PERSON, 1: Category.PERSON}
    assert _typed(("姓", "名"), _columns(families, given)) == both
    assert _typed(None, _columns(families, given)) == both


def test_companies_are_no_persons() -> None:
    """A column of company names with surnames in them stays untyped."""
    companies = [f"{family}商事株式会社" for family in FAMILIES] * 10
    assert _typed(("取引先",), _columns(companies)) == {}
    assert _typed(None, _columns(companies, [str(number) for number in range(100)])) == {}


def test_every_row_of_every_block_is_counted() -> None:
    """Later blocks count by the type of the first; blank and placeholder cells do not."""
    typer = _analyzer().table("顧客", ("番号", "氏名"), 3)
    first = list(typer.block([(str(number), name) for number, name in enumerate(NAMES)]))
    second = list(typer.block([("1", " 山田太郎 "), ("2", ""), ("3", "なし")]))
    assert [match.row for match in first] == list(range(100))
    assert [(match.row, match.column, match.match.start, match.match.end) for match in second] == [
        (0, 1, 1, 5)
    ]
    (column,) = typer.columns()
    assert (column.table, column.index, column.name, column.share) == ("顧客", 4, "氏名", 1.0)


def test_free_text_columns_are_read() -> None:
    """A remark with a telephone number and a name in it yields both, with offsets inside the cell."""
    remark = "田中花子様より 090-1234-5678 に折り返しの依頼がありました。"
    typer = _analyzer().table("", ("番号", "備考"), 0)
    found: list[CellMatch] = list(
        typer.block([("1", remark), ("2", "在庫を確認してから連絡する予定となっています。")])
    )
    values = {remark[each.match.start : each.match.end] for each in found if each.row == 0}
    assert values == {"田中花子", "090-1234-5678"}
    assert {each.row for each in found} == {0}


def test_a_first_row_of_data_is_no_header() -> None:
    """A table handed over with its first record as header is typed by its values."""
    header = (NAMES[0], PHONES[0], "1950/01/01")
    typer = _analyzer().table("", header, 0)
    list(typer.block(_columns(NAMES, PHONES, DATES)))
    assert {column.index: column.category for column in typer.columns()} == {
        0: Category.PERSON,
        1: Category.PHONE,
        2: Category.DOB,
    }
    assert all(column.name == "" for column in typer.columns())


def test_header_text_with_personal_data_is_masked() -> None:
    """A header that names somebody is shown masked."""
    typer = _analyzer().table("", ("山田太郎様の連絡先電話番号",), 0)
    list(typer.block(_columns(PHONES)))
    assert "太郎" not in typer.columns()[0].name


def test_ragged_rows_are_read() -> None:
    """Short and long rows do no harm."""
    typer = _analyzer().table("", ("氏名",), 0)
    found = list(typer.block([("山田太郎", "090-1234-5678"), (), ("佐藤花子",)]))
    assert {(each.row, each.column) for each in found} >= {(0, 0), (2, 0)}


def test_a_form_is_read_label_beside_value() -> None:
    """A filled-in form: the label stands left of its value, in every row another one."""
    rows = [
        ("入会申込書", "", ""),
        ("氏名", "山田　太郎", ""),
        ("フリガナ", "ヤマダ　タロウ", ""),
        ("生年月日", "", "昭和60年4月1日"),
        ("口座番号", "1234567", ""),
        ("備考", "特になし", ""),
    ]
    typer = _analyzer().table("", None, 0)
    found = [(each.row, each.column, each.match.category) for each in typer.block(rows)]
    assert found == [
        (1, 1, Category.PERSON),
        (2, 1, Category.PERSON),
        (3, 2, Category.DOB),
        (4, 1, Category.BANK_ACCOUNT),
    ]
    assert typer.columns() == ()
    assert not typer.records


DISEASES = ["肺炎", "2型糖尿病", "慢性腎臓病", "左橈骨遠位端骨折", "うつ病"] * 20


@pytest.mark.parametrize(
    "header", ["病名", "主病名", "傷病名", "診断名", "既往歴", "Diagnosis", "アレルギー"]
)
def test_diseases_of_persons_are_a_column(header: str) -> None:
    """Beside names, and beside nothing but ages and sexes: such a row is of one person still."""
    assert _typed(("氏名", header), _columns(NAMES, DISEASES)) == {0: Category.PERSON, 1: Category.MEDICAL}
    ages = [str(20 + number % 70) for number in range(100)]
    assert _typed(("年齢", header), _columns(ages, DISEASES)) == {1: Category.MEDICAL}


@pytest.mark.parametrize(
    "header",
    [("疾患名", "患者数"), ("病名", "病名コード"), ("disease", "prevalence"), ("適応症", "薬価コード")],
)
def test_counted_and_listed_diseases_are_nobodys(header: tuple[str, str]) -> None:
    """Statistics and code tables name diseases of nobody."""
    numbers = [str(1000 + number) for number in range(100)]
    assert _typed(header, _columns(DISEASES, numbers)) == {}


def test_findings_in_words_are_read() -> None:
    """A column of findings is prose: the disease in it is found, not the whole cell."""
    said = ["右上葉に結節影を認め、肺癌を疑う。", "脂肪肝を認めます。年1回の腹部エコーを勧めます。"] * 3
    rows = _columns(NAMES[:6], said)
    found = [
        rows[one.row][one.column][one.match.start : one.match.end]
        for one in _analyzer().table("", ("氏名", "所見"), 0).block(rows)
        if one.match.category is Category.MEDICAL
    ]
    assert found == ["結節影", "肺癌", "脂肪肝"] * 3


def test_numbers_of_staff_and_customers_are_told_by_their_header() -> None:
    """The same digits are a member's under one header, and nobody's under that of an order or a product."""
    numbers = [f"{100_000 + number}" for number in range(100)]
    headers = ("会員番号", "従業員コード", "注文番号", "商品コード", "部門コード", "患者番号")
    assert _typed(headers, _columns(*[numbers] * 6)) == {
        0: Category.CUSTOMER_ID,
        1: Category.STAFF_ID,
        5: Category.PATIENT_ID,
    }


def test_insurance_of_employees_and_of_their_health_is_told_apart() -> None:
    """A number with the hyphens of employment insurance is that, under whichever header."""
    numbers = [f"5012-{300_000 + number}-{number % 10}" for number in range(100)]
    for header in ("雇用保険番号", "雇用保険被保険者番号", "Employment insurance No."):
        assert _typed((header,), _columns(numbers)) == {0: Category.EMPLOYMENT_INSURANCE}
    found = _matches(("被保険者番号",), _columns(numbers))
    assert {cell.match.category for cell in found} == {Category.EMPLOYMENT_INSURANCE}
    assert len(found) == len(numbers)


def test_corporate_numbers_are_nobodys_in_a_table() -> None:
    """Payees are companies and persons: only the numbers of persons are findings."""
    both = ["8700110005901", "123456789018", "T8700110005901", "983205673214"] * 5
    found = _matches(("個人番号又は法人番号",), _columns(both))
    assert {both[cell.row] for cell in found} == {"123456789018", "983205673214"}
    assert _matches(("法人番号",), _columns(["8700110005901"] * 20)) == []


def test_columns_of_special_care_are_typed_where_rows_are_of_persons() -> None:
    """Kinds of disability beside names are theirs; counted, or as faults of machines, they are nobody's."""
    kinds = ["身体2級", "", "療育B1", "なし", "精神3級"] * 20
    assert _typed(("氏名", "障害区分"), _columns(NAMES, kinds))[1] is Category.DISABILITY
    assert _typed(("氏名", "障害者手帳の有無"), _columns(NAMES, ["有", "無"] * 50))[1] is Category.DISABILITY
    assert _typed(("氏名", "宗教"), _columns(NAMES, ["浄土真宗", "なし"] * 50))[1] is Category.CREED
    counts = [f"{number}" for number in range(12)]
    assert _matches(("障害種別", "人数"), _columns(["身体", "知的", "精神"] * 4, counts)) == []
    assert _matches(("宗教", "信者数"), _columns(["仏教", "神道", "キリスト教"] * 4, counts)) == []
    faults = ["サーバー停止", "通信断", "遅延"] * 4
    assert _matches(("障害番号", "障害"), _columns(counts, faults)) == []


def test_a_remark_in_a_table_tells_of_its_row() -> None:
    """A certificate with its grade is found in a column of remarks."""
    remarks = ["身体障害者手帳3級", "来週休暇", "療育手帳B2を所持"] * 4
    found = _matches(("氏名", "備考"), _columns(NAMES[:12], remarks))
    told = [cell for cell in found if cell.match.category is Category.DISABILITY]
    assert len(told) == 8
