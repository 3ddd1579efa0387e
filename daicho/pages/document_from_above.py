"""A rule that a unit above gave to one's own people: what it says, how many have read, who has not."""

from __future__ import annotations

import streamlit as st

from daicho.pages import (
    addresses,
    document_distribution,
    document_words,
    frame,
    kept_files,
    material,
    scope,
)
from daicho.pages.context import PageContext
from privacy_mark.documents import distribution, files
from privacy_mark.documents.model import VersionId
from registry.access import today_in_japan, units_allowed
from registry.model import Permission

_SAID = "from-above-said"


def show(version_id: VersionId, context: PageContext) -> None:
    """Show one version that came from above."""
    text, day = context.text, context.formats.day
    with context.read() as tx:
        of = next((each for each in distribution.from_above(tx) if each.id == version_id), None)
        if of is not None:
            found = distribution.progress(tx, of.id)
            kept = [each for each in files.attached(tx, of.id) if each.removed_at is None]
            said = distribution.text_from_above(tx, of.id)
            units = scope.units(tx)
            own = units_allowed(tx, Permission.VIEW_REVIEWS)
            today = today_in_japan(tx.now)
    if of is None:
        frame.title(text("内部規程"), "")
        frame.message(text("この規程は見つからないか、閲覧できません。"))
        _back(context)
        return
    names = scope.full_names(units, context.language)
    frame.title(
        f"{of.number} {of.title(context.language)}",
        text("上位の組織が配布した規程です。{day} までに全員が読みます。", day=day(of.due_on)),
    )
    _back(context)
    frame.facts({text("種類"): text(document_words.KIND[of.kind]), text("施行日"): day(of.valid_from)})
    with st.expander(text("規程の本文")):
        st.html(material.html(said))
    if kept:
        frame.heading(text("原本（ファイル）"))
        doors = kept_files.Doors(files.content, None, None, asks_personal=False)
        kept_files.show(kept, doors, f"rule-{of.id}", _SAID, document_words.refused, context)
    frame.heading(text("配布と周知"), text("ご自身の担当する組織の方について。"))
    document_distribution.standing(found, names, today, context)
    home = next((unit.id for unit in units if unit.id in own), None)
    if home is not None:
        document_distribution.people(of.id, home, names, context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="document-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.DOCUMENTS)
