"""The fields of a unit: from a unit to widgets and back, and its columns in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from daicho.pages import refusals, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import Translator, mark
from registry.errors import InvalidValue
from registry.model import Unit, UnitKind

COLUMN: Mapping[str, str] = {
    "name_ja": mark("名称（日本語）"),
    "name_en": mark("名称（英語）"),
    "code": mark("記号"),
    "kind": mark("種類"),
    "country": mark("国"),
    "privacy_mark": mark("プライバシーマーク登録番号"),
    "parent": mark("上位の単位"),
    "parent_id": mark("上位の単位"),
    "into_id": mark("引き継ぐ単位"),
    "unit_id": mark("単位"),
}


@dataclass(frozen=True, slots=True)
class Values:
    """What the form holds."""

    code: str
    kind: UnitKind
    name_ja: str
    name_en: str
    country: str
    privacy_mark: str

    def as_columns(self) -> dict[str, object]:
        """Return the values by their columns."""
        return asdict(self)


EMPTY = Values("", UnitKind.DEPARTMENT, "", "", "JP", "")


def of_unit(unit: Unit) -> Values:
    """Return what a unit holds."""
    return Values(unit.code, unit.kind, unit.name_ja, unit.name_en, unit.country, unit.privacy_mark)


def fields(start: Values, context: PageContext, key: str) -> Values:
    """Show the fields and return what they hold; `key` tells forms apart."""
    text = context.text
    kinds: Sequence[UnitKind] = tuple(UnitKind)
    left, right = st.columns(2)
    with left:
        name_ja = st.text_input(
            text("{name}（必須）", name=text(COLUMN["name_ja"])), start.name_ja, key=f"{key}-name-ja"
        )
    with right:
        name_en = st.text_input(text(COLUMN["name_en"]), start.name_en, key=f"{key}-name-en")
    left, right = st.columns(2)
    with left:
        code = st.text_input(text("{name}（必須）", name=text(COLUMN["code"])), start.code, key=f"{key}-code")
    with right:
        kind = st.selectbox(
            text(COLUMN["kind"]),
            kinds,
            index=kinds.index(start.kind),
            format_func=lambda each: text(words.UNIT_KIND[each]),
            key=f"{key}-kind",
        )
    country = st.text_input(
        text("国（JP のような 2 文字）"), start.country, max_chars=2, key=f"{key}-country", width=320
    )
    return Values(
        code=code.strip(),
        kind=kind,
        name_ja=name_ja.strip(),
        name_en=name_en.strip(),
        country=country.strip().upper(),
        privacy_mark=start.privacy_mark,  # the register of certificates tells it
    )


def choice(label: str, units: Sequence[Unit], key: str, context: PageContext) -> Unit | None:
    """Ask for one of these units; nothing is chosen beforehand."""
    return st.selectbox(
        label,
        units,
        index=None,
        key=key,
        placeholder=context.text("単位を選ぶ"),
        format_func=lambda unit: f"{unit.name(context.language)}　{unit.code}",
    )


def in_words(column: str, value: object, text: Translator) -> str:
    """Return the value of a column as people read it."""
    if column == "kind":
        return text(words.UNIT_KIND[UnitKind(str(value))])
    return str(value) or NONE


def refused(error: Exception, text: Translator) -> str:
    """Return why a change of a unit was refused, with the field that it is about."""
    why = refusals.sentence(error, text)
    if isinstance(error, InvalidValue) and error.column in COLUMN:
        return text("{column}：{why}", column=text(COLUMN[error.column]), why=why)
    return why
