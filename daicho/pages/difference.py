"""Discrepancies 差異 as rows and sentences, the same on every page that shows them."""

from __future__ import annotations

from collections.abc import Sequence

from daicho.pages import addresses, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry.model import Discrepancy, DiscrepancyKind, Permission


def table(found: Sequence[Discrepancy], caption: str, context: PageContext) -> tables.Table:
    """Return discrepancies as a table; a row's id is its position."""
    text, formats = context.text, context.formats
    may_locate = context.may(Permission.VIEW_LOCATIONS)
    return tables.Table(
        caption=caption,
        columns=[
            tables.Column(text("データ")),
            tables.Column(text("種類"), nowrap=True),
            tables.Column(text("リスク"), nowrap=True),
            tables.Column(text("台帳"), right=True),
            tables.Column(text("検出"), right=True),
        ],
        rows=[
            tables.Row(
                str(index),
                [
                    tables.Cell(
                        each.subject or words.categories(each.categories, text, 3),
                        link=each.entry_id is not None or may_locate,
                    ),
                    tables.Cell(text(words.DISCREPANCY[each.kind])),
                    tables.Cell(NONE)
                    if each.kind is DiscrepancyKind.NOT_FOUND
                    else tables.risk_cell(each.score, text),
                    tables.Cell(formats.number(each.registered)),
                    tables.Cell(formats.number(each.found)),
                ],
            )
            for index, each in enumerate(found)
        ],
    )


def open_row(each: Discrepancy, unit_code: str) -> None:
    """Leave for what proves the discrepancy: the ledger entry, else the heaviest object."""
    if each.entry_id is not None:
        addresses.go(addresses.LEDGER, entry=str(each.entry_id))
    addresses.go(addresses.INVENTORY, unit=unit_code, object=each.objects[0] if each.objects else "")


def sentence(each: Discrepancy, other_unit: str, context: PageContext) -> str:
    """Return a discrepancy as one sentence: what the ledger says and what was found."""
    text, number = context.text, context.formats.number
    match each.kind:
        case DiscrepancyKind.UNREGISTERED:
            return text("台帳にない個人情報が {found} 人分あります。", found=number(each.found))
        case DiscrepancyKind.NOT_FOUND:
            return text("台帳の保管場所に、記載の個人情報は見つかりませんでした。")
        case DiscrepancyKind.CATEGORY_DRIFT:
            return text(
                "記載にない項目が見つかりました：{items}", items=words.categories(each.categories, text)
            )
        case DiscrepancyKind.COUNT_DRIFT:
            return text(
                "台帳では {registered} 人、検出は {found} 人です。",
                registered=number(each.registered),
                found=number(each.found),
            )
        case DiscrepancyKind.OVER_RETAINED:
            return text("保管期限を {days} 日過ぎています。", days=number(each.days_over))
        case DiscrepancyKind.OVER_EXPOSED:
            return text(
                "台帳に記載の範囲より広い範囲の人が読めます（{found} 人分）。", found=number(each.found)
            )
        case DiscrepancyKind.COPIED:
            if not other_unit:
                return text("同じ名簿がほかの法人にもあります。共同利用・委託・誤りのどれですか。")
            return text("同じ名簿が{unit}にもあります。共同利用・委託・誤りのどれですか。", unit=other_unit)
        case DiscrepancyKind.NO_CONTRACT:
            return text(
                "委託先に、契約の範囲にない個人情報があります（{found} 人分）。", found=number(each.found)
            )
        case DiscrepancyKind.WRONG_UNIT:
            return text(
                "{unit}のデータと思われます（{found} 人分）。", unit=other_unit, found=number(each.found)
            )
