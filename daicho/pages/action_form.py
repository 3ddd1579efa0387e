"""What a nonconformity is asked for: the same fields wherever one is recorded."""

from __future__ import annotations

import streamlit as st

from daicho.pages import action_words
from daicho.pages.context import PageContext
from daicho.requirements import catalogue_or_product
from privacy_mark.actions.model import Grade
from privacy_mark.requirements.model import SetKind
from registry.access import today_in_japan

LONGEST_TEXT = 4_000


def requirement(key: str, context: PageContext, held: str = "") -> str:
    """Ask which requirement is not met; a number that is not in the list may be typed."""
    catalogue, today = catalogue_or_product(context.workspace.path), today_in_japan(context.now())
    sets = {each.id for each in catalogue.sets.values() if each.kind is SetKind.REQUIREMENTS}
    known = [each.id for each in catalogue.in_force(today) if each.set_id in sets and each.needs]
    if held and held not in known:
        known.insert(0, held)
    chosen = st.selectbox(
        context.text("要求事項（必須）"),
        known,
        index=known.index(held) if held else None,
        format_func=lambda each: action_words.requirement(each, context, today),
        accept_new_options=True,
        placeholder=context.text("番号を選ぶか、入れる"),
        key=f"{key}-requirement",
    )
    return chosen or ""


def grade(key: str, context: PageContext, held: Grade = Grade.MINOR) -> Grade:
    """Ask how grave it is."""
    grades = [Grade.MINOR, Grade.MAJOR]
    chosen = st.selectbox(
        context.text("重さ"),
        grades,
        index=grades.index(held),
        format_func=lambda each: context.text(action_words.GRADE[each]),
        key=f"{key}-grade",
    )
    return Grade(chosen)


def finding(key: str, context: PageContext, held: str = "") -> str:
    """Ask what was found."""
    return st.text_area(
        context.text("指摘の内容（必須）"),
        held,
        max_chars=LONGEST_TEXT,
        height=100,
        placeholder=context.text("例：2 階の書庫が施錠されていなかった"),
        help=context.text("見つかった事実を書きます。氏名などの個人情報は書かないでください。"),
        key=f"{key}-finding",
    )
