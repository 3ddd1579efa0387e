"""Pieces of evidence 証跡 on the pages of requirements, also of what is asked no longer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from daicho.pages import addresses, frame, requirement_words, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.requirements import evidence
from privacy_mark.requirements.earlier import EarlierNeed
from privacy_mark.requirements.evidence import Evidence, EvidenceId
from registry.access import allowed
from registry.model import Permission, Unit, UnitId
from registry.sealed_files import File
from registry.store import Tx

SAID = "requirement-said"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the person asking may do with evidence of an entity."""

    manages: bool
    located: bool  # may take out what holds personal data


def rights(tx: Tx, unit_id: UnitId) -> Rights:
    """Return what the person asking may do with evidence of an entity."""
    manages = allowed(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    return Rights(manages, allowed(tx, Permission.VIEW_LOCATIONS, unit_id))


def do(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    """Take a step; the drawer that opens anew tells of it."""
    take(act, said, context, key=SAID, refused=requirement_words.refused)


def closed() -> None:
    """Forget which drawer is open."""
    st.query_params.pop("requirement", None)


def piece(each: Evidence, need: str, held: str, context: PageContext, of: Rights) -> None:
    """Show one piece of evidence of a need; `held` says until when it holds."""
    text, formats = context.text, context.formats
    lines = (
        text("日付 {day}、{until}", day=formats.day(each.effective_on), until=held),
        text(
            "{who} が {at} に追加、{origin}",
            who=each.author,
            at=formats.moment(each.at),
            origin=text(requirement_words.ORIGIN[each.origin]),
        ),
        f"SHA-256 {each.sha256[:16]}…",
    )
    below = "<br>".join(escape(part) for part in lines)
    st.html(f"<div>{escape(each.number)}　{escape(each.title)}<div class='dc-muted'>{below}</div></div>")
    key = f"evidence-{each.id}-{need}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if of.located or not each.personal:
            st.download_button(
                text("受け取る"),
                lambda: _taken(each.id, context).data,
                file_name=each.name,
                mime="application/octet-stream",
                key=key,
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
        else:
            frame.note(text("個人情報を含むため、この法人の権限を持つ方だけが取り出せます。"))
        if of.manages:
            with st.popover(text("削除"), type="tertiary", key=f"{key}-more"):
                st.text_input(text("削除する理由（必須）"), key=f"{key}-why", max_chars=2000)
                if st.button(text("内容を消して削除する"), key=f"{key}-remove"):
                    do(
                        lambda tx: evidence.remove(
                            tx, each.id, expected_version=each.version, reason=st.session_state[f"{key}-why"]
                        ),
                        text("証跡を削除しました。"),
                        context,
                    )


def earlier(needs: Sequence[EarlierNeed], of: Rights, context: PageContext) -> None:
    """Show needs that are asked no longer, each with its evidence."""
    text = context.text
    for each in needs:
        name = each.need.name.of(context.language) if each.need is not None else each.id
        frame.heading(text("以前に求めていた証跡：{name}", name=name), _until(each, context))
        for kept in each.evidence:
            piece(kept, f"{each.id}-earlier", text("いまは数えません"), context, of)


def listed(before: Mapping[str, Sequence[EarlierNeed]], unit: Unit, context: PageContext) -> None:
    """List requirements that are asked no longer and of which there is evidence."""
    text = context.text
    if not before:
        return
    frame.heading(
        text("いまは求めていない要求事項の証跡"),
        text("基準の改定や訂正で外れたものです。準備率には数えません。"),
    )
    rows = [
        tables.Row(
            name,
            [
                tables.Cell(name),
                tables.Cell(_title(needs[0], context), link=True),
                tables.Cell(_until(needs[0], context)),
                tables.Cell(context.formats.number(sum(len(each.evidence) for each in needs))),
            ],
        )
        for name, needs in before.items()
    ]
    columns = [
        tables.Column(text("項番"), nowrap=True),
        tables.Column(text("要求事項")),
        tables.Column(text("いつまで"), nowrap=True),
        tables.Column(text("証跡の数"), right=True, nowrap=True),
    ]
    caption = text("要求事項 {number} 件、項番順", number=context.formats.number(len(rows)))
    opened = tables.show(tables.Table(caption, columns, rows), key="requirements-earlier")
    if opened:
        addresses.go(addresses.REQUIREMENTS, unit=unit.code, requirement=opened)


def drawer(name: str, needs: Sequence[EarlierNeed], unit: Unit, context: PageContext) -> None:
    """Open the drawer of a requirement that is asked no longer."""
    text = context.text
    with context.read() as tx:
        may = rights(tx, unit.id)

    @st.dialog(f"{name}　{_title(needs[0], context)}", position="right", width="medium", on_dismiss=closed)
    def shown() -> None:
        if said := st.session_state.pop(SAID, ""):
            frame.message(said)
        frame.verdict(frame.bold(text("いまは求めていません")))
        of = needs[0].of
        if of is not None and of.corrected_by:
            told = requirement_words.corrected(of.corrected_by, context)
            frame.note(text("自社で訂正（{files}）", files=told))
        earlier(needs, may, context)

    shown()


def _title(of: EarlierNeed, context: PageContext) -> str:
    return of.of.title.of(context.language) if of.of is not None else context.text("一覧から外れた要求事項")


def _until(of: EarlierNeed, context: PageContext) -> str:
    if of.until is None:
        return context.text("いまは求めていません")
    return context.text("{day} まで求めていました", day=context.formats.day(of.until))


def _taken(evidence_id: EvidenceId, context: PageContext) -> File:
    with context.afresh().write("evidence") as tx:
        return evidence.content(tx, evidence_id)
