"""The part of the page of packs where fields that no record holds are answered and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import frame, pack_words, words
from daicho.pages.context import PageContext
from daicho.pages.formats import local_day
from privacy_mark.pack import answers
from privacy_mark.pack.answers import Workplace
from privacy_mark.pack.building import Preview
from privacy_mark.pack.forms import Field
from privacy_mark.pack.kept_answers import SITE_FIELD
from privacy_mark.pack.model import LONGEST, Answer
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import UnitId


def show(found: Preview, context: PageContext) -> bool:
    """Show the fields with what was answered last; True when answers were kept just now."""
    text = context.text
    asked: dict[str, Field] = {
        field.id: field
        for each in found.forms.documents
        for field in each.fields
        if field.asked and not field.per_site
    }
    places = any(field.per_site for each in found.forms.documents for field in each.fields)
    if not asked and not places:
        return False
    unit = found.subject.unit
    with context.read() as tx:
        kept = answers.answers(tx, unit.id)
        sites = answers.sites(tx, unit.id) if places else []
    # What the person read: a rerun after somebody else's answer must not make it look as if it had been seen.
    seen = st.session_state.setdefault(_key(unit.code), _versions(kept, sites))
    blank = [name for name in asked if name not in kept or not kept[name].text]
    blank += [each.name_ja for each in sites if each.answer is None or not each.answer.text]
    label = text(
        "記録にない項目を記入する（{number} 項目、未記入 {blank}）",
        number=len(asked) + len(sites),
        blank=len(blank),
    )
    opened = st.expander(label, expanded=bool(st.session_state.pop(f"{_key(unit.code)}-open", False)))
    with opened, st.form("pack-answers", border=False):
        frame.note(text("記入は暗号化して保存し、次のパックにも使います。だれがいつ記入したかも残ります。"))
        sides = st.columns(2)
        values = {}
        for place, each in enumerate(asked.values()):
            with sides[place % 2]:
                values[each.id] = st.text_input(
                    _label(each.label.of(context.language), kept.get(each.id), context),
                    kept[each.id].text if each.id in kept else "",
                    max_chars=LONGEST,
                    key=f"pack-{unit.code}-{each.id}",
                )
        if sites:
            frame.heading(text("事業所の所在地・業務内容"))
        written = {each.unit_id: _site(each, context) for each in sites}
        sent = st.form_submit_button(text("記入を保存"), key="pack-answers-save")
    return sent and _keep(found, values, written, seen, asked, context)


def _site(of: Workplace, context: PageContext) -> str:
    name = of.name_en if context.language == "en" else of.name_ja
    return st.text_input(
        _label(name, of.answer, context),
        of.answer.text if of.answer else "",
        max_chars=LONGEST,
        key=f"pack-site-{of.unit_id}",
    )


def _versions(kept: Mapping[str, Answer], sites: Sequence[Workplace]) -> dict[str, int]:
    """Return the versions as they were read: of fields by name, of workplaces by their unit."""
    of_fields = {name: each.version for name, each in kept.items()}
    return of_fields | {str(each.unit_id): each.answer.version for each in sites if each.answer}


def _label(name: str, answer: Answer | None, context: PageContext) -> str:
    if answer is None:
        return name
    day = context.formats.day(local_day(answer.answered_at))
    return context.text("{name}（{day} {who}）", name=name, day=day, who=answer.author)


def _keep(
    found: Preview,
    values: Mapping[str, str],
    written: Mapping[UnitId, str],
    seen: Mapping[str, int],
    asked: Mapping[str, Field],
    context: PageContext,
) -> bool:
    text, unit = context.text, found.subject.unit
    try:
        with context.write("evidence pack: answers") as tx:
            answers.keep(tx, unit.id, values, seen=seen)
            for site, words_of_site in written.items():
                version = seen.get(str(site), 0)
                answers.keep(tx, site, {SITE_FIELD: words_of_site}, seen={SITE_FIELD: version})
    except Conflict as error:
        with context.read() as tx:
            theirs, sites = answers.answers(tx, unit.id), answers.sites(tx, unit.id)
        names = [_told(each, theirs, asked, context) for each in error.columns]
        st.error(
            text(
                "保存しませんでした。{who} さんが先に次の項目を記入しています。{names}。"
                "もう一度保存すると、あなたの記入に置き換わります。",
                who=error.who,
                names=words.listed(names, text),
            )
        )
        st.session_state[_key(unit.code)] = _versions(theirs, sites)
        return False
    except InvalidValue as error:
        st.error(pack_words.refused(error, text))
        return False
    except (AccessDenied, NotFound):
        st.error(text("この操作の権限がありません。"))
        return False
    st.session_state.pop(_key(unit.code), None)
    st.session_state[f"{_key(unit.code)}-open"] = True
    return True


def _told(name: str, theirs: Mapping[str, Answer], asked: Mapping[str, Field], context: PageContext) -> str:
    if name not in asked:
        return context.text("事業所の所在地・業務内容")
    return f"{asked[name].label.of(context.language)}: {theirs[name].text}"


def _key(code: str) -> str:
    return f"pack-answers-seen-{code}"
