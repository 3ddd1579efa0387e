"""What units ask of their auditors: region for travel, language, special competence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import addresses, audit_words, frame, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.audits import terms
from privacy_mark.audits.eligibility import Competence
from privacy_mark.audits.model import UnitTerms
from registry import organisation
from registry.access import units_allowed
from registry.errors import AccessDenied, NotFound
from registry.model import Permission, Unit, UnitId

_SAID = "audit-terms-said"


def show(unit_id: UnitId, context: PageContext) -> None:
    """Show what a unit and those below it ask of auditors."""
    text = context.text
    try:
        with context.read() as tx:
            unit = organisation.unit(tx, unit_id)
            said = terms.terms(tx, unit_id)
            below = frozenset(organisation.descendants(tx, unit_id))
            may = units_allowed(tx, Permission.PLAN_AUDITS)
            units = scope.units(tx)
    except (NotFound, AccessDenied):
        frame.title(text("監査する単位の条件"), "")
        frame.no_right(text)
        return
    frame.title(
        text("監査する単位の条件　{unit}", unit=unit.name(context.language)),
        text("地域・言語・特別な力量です。入れていないものは、上位の単位から引き継ぎます。"),
    )
    if st.button(text("内部監査に戻る"), type="tertiary", icon=":material/arrow_back:", key="terms-back"):
        addresses.go(addresses.AUDITS)
    if told := st.session_state.pop(_SAID, ""):
        frame.message(told)
    names = scope.full_names(units, context.language)
    opened = _table(said, names, context)
    if opened:
        st.session_state["audit-terms-unit"] = UnitId(int(opened))
    open_ = [each for each in units if each.id in below and each.id in may and each.closed_at is None]
    _form(open_, {each.unit_id: each for each in said}, names, context)


def _table(said: Sequence[UnitTerms], names: Mapping[UnitId, str], context: PageContext) -> str | None:
    text = context.text
    if not said:
        frame.message(
            text(
                "まだ条件がありません。国内の単位は日本語で、移動は考えません。病院にはいつも医療の力量が要ります。"
            )
        )
        return None
    joined = "、" if context.language == "ja" else ", "
    rows = [
        tables.Row(
            str(each.unit_id),
            [
                tables.Cell(names.get(each.unit_id, "—"), link=True),
                tables.Cell(audit_words.region(each.region, context)),
                tables.Cell(text(audit_words.LANGUAGE[each.language]) if each.language else "—"),
                tables.Cell(
                    joined.join(text(audit_words.COMPETENCE[of]) for of in sorted(each.needs)) or "—"
                ),
            ],
        )
        for each in said
    ]
    labels = (text("単位"), text("地域"), text("言語"), text("特別な力量"))
    caption = text("{number} 単位", number=context.formats.number(len(rows)))
    return tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key="audit-terms"
    )


def _form(
    units: Sequence[Unit],
    said: Mapping[UnitId, UnitTerms],
    names: Mapping[UnitId, str],
    context: PageContext,
) -> None:
    text = context.text
    if not units:
        return
    frame.heading(text("条件を決める"))
    ids = [each.id for each in units]
    if st.session_state.get("audit-terms-unit") not in ids:
        st.session_state["audit-terms-unit"] = ids[0]
    unit_id = st.selectbox(text("単位"), ids, format_func=lambda each: names[each], key="audit-terms-unit")
    of = said.get(unit_id, UnitTerms(unit_id))
    key = f"audit-terms-{unit_id}-{of.version}"
    with st.form(key, border=False):
        left, middle, right = st.columns(3)
        with left:
            choices = audit_words.regions(of.region)
            region = st.selectbox(
                text("地域"),
                choices,
                choices.index(of.region),
                format_func=lambda each: audit_words.region(each, context),
                key=f"{key}-region",
            )
        with middle:
            languages = ["", *terms.LANGUAGES]
            language = st.selectbox(
                text("言語"),
                languages,
                languages.index(of.language),
                format_func=lambda each: text(audit_words.LANGUAGE[each]) if each else "—",
                key=f"{key}-language",
            )
        with right:
            needs = st.multiselect(
                text("特別な力量"),
                list(Competence),
                sorted(of.needs),
                format_func=lambda each: text(audit_words.COMPETENCE[each]),
                key=f"{key}-needs",
            )
        sent = st.form_submit_button(text("条件を保存"), type="primary", key=f"{key}-save")
    if sent:
        wanted = UnitTerms(unit_id, region, language, frozenset(needs), of.version)
        take(
            lambda tx: terms.keep(tx, wanted),
            text("保存しました。次の割当てから使います。"),
            context,
            key=_SAID,
            refused=audit_words.refused,
        )
