"""An edit that came too late: what others changed, what one wanted oneself, and whose content stays."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from daicho.pages import frame, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE


class Side(enum.StrEnum):
    """Whose content of a field stays."""

    THEIRS = "theirs"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Field:
    """One field as people read it; None: that side did not touch it. `by` says who changed it and when."""

    column: str
    label: str
    before: str | None
    theirs: str | None
    mine: str | None
    by: str = ""

    @property
    def is_disputed(self) -> bool:
        """True when both changed it, and not to the same."""
        return self.theirs is not None and self.mine is not None and self.theirs != self.mine


def choose(fields: Sequence[Field], form: str, context: PageContext) -> Mapping[str, Side] | None:
    """Show both changes and ask whose content stays; {} when the person gives up, None until they choose.

    The answer names every field that the person changed; nothing is chosen beforehand, so that nobody
    overwrites unawares. `form` tells one conflict from the next.
    """
    text = context.text
    frame.heading(text("ほかの方とあなたの変更"))
    labels = [text("変わった項目"), text("元の内容"), text("ほかの方の内容"), text("あなたの内容")]
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(each.label),
                tables.Cell(NONE if each.before is None else each.before),
                tables.Cell(NONE if each.theirs is None else each.theirs, below=each.by),
                tables.Cell(NONE if each.mine is None else each.mine),
            ],
        )
        for each in fields
    ]
    tables.show(tables.Table("", [tables.Column(label) for label in labels], rows), key="conflict")
    with st.form(form, border=False):
        chosen = {each.column: _choice(each, context) for each in fields if each.is_disputed}
        with st.container(horizontal=True, vertical_alignment="center"):
            merge = st.form_submit_button(text("統合して保存"), type="primary", key="merge")
            give_up = st.form_submit_button(text("取りやめる"), key="give-up")
    if give_up:
        return {}
    if not merge:
        return None
    if undecided := [each.label for each in fields if each.is_disputed and chosen[each.column] is None]:
        st.error(text("どちらを残すか選んでください：{names}", names=words.listed(undecided, text)))
        return None
    return {each.column: chosen.get(each.column) or Side.MINE for each in fields if each.mine is not None}


def _choice(field: Field, context: PageContext) -> Side | None:
    text = context.text
    label = {Side.THEIRS: text("ほかの方の内容"), Side.MINE: text("あなたの内容")}
    sides: Sequence[Side] = tuple(Side)
    return st.radio(
        field.label,
        sides,
        index=None,
        horizontal=True,
        format_func=lambda each: label[each],
        key=f"merge-{field.column}",
    )
