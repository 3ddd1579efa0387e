"""What a nonconformity is asked for: the same fields wherever one is recorded."""

from __future__ import annotations

import re
from functools import cache

import streamlit as st

from daicho.pages import action_words
from daicho.pages.context import PageContext
from privacy_mark.actions.model import Grade
from privacy_mark.audits.checklist import questions as audited
from privacy_mark.confirmations.questions import questions as confirmed

LONGEST_TEXT = 4_000


@cache
def clauses() -> tuple[str, ...]:
    """Return the numbers of the guideline's requirements that questions are asked about, in their order."""
    found = {each.requirement_id for each in audited()}
    found |= {each.requirement for each in confirmed().by_id.values()}
    return tuple(sorted(found, key=lambda each: [int(part) for part in re.findall(r"\d+", each)]))


def requirement(key: str, context: PageContext, held: str = "") -> str:
    """Ask which requirement is not met; a number that is not in the list may be typed."""
    known = list(clauses())
    if held and held not in known:
        known.insert(0, held)
    chosen = st.selectbox(
        context.text("要求事項（必須）"),
        known,
        index=known.index(held) if held else None,
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
