"""The register of auditors 監査員名簿 of a unit: what each can do, in how many audits, and what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, audit_words, frame, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.audits import profiles
from privacy_mark.audits.eligibility import Competence
from privacy_mark.audits.model import Profile, ProfileDraft
from registry import organisation
from registry.errors import AccessDenied, NotFound
from registry.model import UnitId, UserId

_SAID = "auditors-said"


def show(unit_id: UnitId, context: PageContext) -> None:
    """Show the register of a unit."""
    text = context.text
    try:
        with context.read() as tx:
            unit = organisation.unit(tx, unit_id)
            found = profiles.profiles(tx, unit_id)
            near = profiles.choosable(tx, unit_id)
            abroad = sorted({each.country for each in organisation.units(tx)} - {"JP"})
    except (NotFound, AccessDenied):
        frame.title(text("監査員名簿"), "")
        frame.no_right(text)
        return
    frame.title(
        text("監査員名簿　{unit}", unit=unit.name(context.language)),
        text("ここに登録した方だけが監査員に選ばれます。独立性は所属と権限の記録から確かめます。"),
    )
    if st.button(text("内部監査に戻る"), type="tertiary", icon=":material/arrow_back:", key="auditors-back"):
        addresses.go(addresses.AUDITS)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    opened = _table(found, context)
    by_id = {str(each.id): each for each in found}
    if opened:
        st.session_state["auditor"] = opened
    chosen = by_id.get(st.session_state.get("auditor", ""))
    _form(unit_id, chosen, near, abroad, context)


def _table(found: Sequence[Profile], context: PageContext) -> str | None:
    text = context.text
    if not found:
        frame.message(text("まだ誰も登録されていません。下から監査員を登録してください。"))
        return None
    joined = "、" if context.language == "ja" else ", "
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.name, below=each.evidence, link=True),
                tables.Cell(
                    joined.join(text(audit_words.COMPETENCE[of]) for of in sorted(each.competences)) or "—"
                ),
                tables.Cell(
                    joined.join(text(audit_words.LANGUAGE.get(of, of)) for of in sorted(each.languages))
                ),
                tables.Cell(audit_words.region(each.region, context)),
                tables.Cell(context.formats.number(each.capacity)),
                tables.Cell(joined.join(context.formats.period(*of) for of in each.away) or "—"),
            ],
        )
        for each in found
    ]
    columns = [
        tables.Column(text("名前・力量を示すもの")),
        tables.Column(text("特別な力量")),
        tables.Column(text("言語")),
        tables.Column(text("地域")),
        tables.Column(text("年に行える数"), right=True),
        tables.Column(text("不在")),
    ]
    caption = text("{number} 人", number=context.formats.number(len(rows)))
    return tables.show(tables.Table(caption, columns, rows), key="auditors")


def _form(
    unit_id: UnitId,
    of: Profile | None,
    near: Sequence[tuple[UserId, str]],
    abroad: Sequence[str],
    context: PageContext,
) -> None:
    text = context.text
    names = dict(near)
    people = [user for user in names if of is None or user == of.user_id]
    if of is not None and of.user_id not in names:
        people, names = [of.user_id], {of.user_id: of.name}
    if not people:
        frame.note(text("登録できる方がいません。先に利用者を登録してください。"))
        return
    key = "new" if of is None else str(of.id)
    with st.form(f"auditor-{key}"):
        frame.heading(text("監査員を登録する") if of is None else text("{name} さんを変更する", name=of.name))
        left, right = st.columns(2)
        with left:
            user = st.selectbox(text("監査員"), people, format_func=lambda each: names[each])
            competences = st.multiselect(
                text("特別な力量"),
                list(Competence),
                sorted(of.competences) if of else [],
                format_func=lambda each: text(audit_words.COMPETENCE[each]),
            )
            languages = st.multiselect(
                text("言語"),
                sorted({"ja", "en", *(of.languages if of else ())}),
                sorted(of.languages) if of else ["ja"],
                format_func=lambda each: text(audit_words.LANGUAGE.get(each, each)),
            )
        with right:
            capacity = st.number_input(text("年に行える数"), 0, 500, of.capacity if of else 4)
            choices = audit_words.regions(of.region if of else "", abroad)
            region = st.selectbox(
                text("地域"),
                choices,
                choices.index(of.region if of else ""),
                format_func=lambda each: audit_words.region(each, context),
            )
            away = st.date_input(
                text("不在の期間"), list(of.away[0]) if of and of.away else [], format="YYYY/MM/DD"
            )
        evidence = st.text_input(
            text("力量を示すもの（必須）"),
            of.evidence if of else "",
            max_chars=400,
            placeholder=text("例：2026年度 内部監査員研修 修了"),
        )
        if st.form_submit_button(text("名簿に保存"), type="primary", key=f"auditor-save-{key}"):
            draft = ProfileDraft(
                unit_id,
                user,
                int(capacity),
                frozenset(competences),
                frozenset(languages),
                region,
                _period(away) + (of.away[1:] if of else ()),
                evidence,
            )
            st.session_state.pop("auditor", None)
            take(
                lambda tx: profiles.keep(tx, draft, expected_version=of.version if of else 0),
                text("保存しました。"),
                context,
                key=_SAID,
                refused=audit_words.refused,
            )


def _period(chosen: object) -> tuple[tuple[date, date], ...]:
    if isinstance(chosen, tuple) and len(chosen) == 2:
        return ((chosen[0], chosen[1]),)
    return ()
