"""The part of the page of packs for the bodies' own Word and Excel forms: what is used, and a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.originals.filling import opened, values
from daicho.originals.mapping import MappingLineError, lines_of, mapping_of
from daicho.originals.package import OriginalRefusedError
from daicho.pages import frame, pack_words, scope, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE, local_day
from privacy_mark.pack import originals
from privacy_mark.pack.building import Preview
from privacy_mark.pack.field_names import names
from privacy_mark.pack.forms import FormSet, set_for
from privacy_mark.pack.original_model import (
    LIMIT,
    MappingRefusedError,
    Opened,
    Original,
    OriginalDraft,
    suggested,
)
from privacy_mark.pack.original_use import rows_of
from registry.access import units_allowed
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission, Unit, UnitKind

_COUNT, _SAID = "pack-original-count", "pack-original-said"


def show(found: Preview, context: PageContext, *, may: bool) -> None:
    """Show the forms for this body and purpose, and take a new one."""
    text, of = context.text, found.subject
    with context.read() as tx:
        kept = [
            each
            for each in originals.originals(tx, of.unit.id)
            if (each.body, each.purpose) == (of.body, of.purpose)
        ]
    said = st.session_state.pop(_SAID, "")
    label = text("審査機関の Word・Excel 様式（使用中 {number} 件）", number=len(found.originals))
    with st.expander(label, expanded=bool(said)):
        if said:
            frame.message(said)
        frame.note(
            text("登録した様式は、記録と記入の内容を書き込んで、番号付きの PDF と並べてパックに入れます。")
        )
        if kept:
            _listed(kept, found, context)
            _one(kept, found, context)
        if may:
            _new(found, context)


def _listed(kept: Sequence[Original], found: Preview, context: PageContext) -> None:
    text, language, of = context.text, context.language, found.subject
    used = {each.original.id: each for each in found.originals}
    titles = {each.id: each.title.of(language) for each in found.forms.documents}
    rows = []
    for each in kept:
        missing = [label.of(language) for label in used[each.id].missing] if each.id in used else []
        rows.append(
            tables.Row(
                str(each.id),
                [
                    tables.Cell(titles.get(each.document, each.document)),
                    tables.Cell(each.name, below=_source(each, context)),
                    tables.Cell(context.formats.day(each.valid_from)),
                    tables.Cell(_state(each, used=each.id in used, on=of.day, context=context)),
                    tables.Cell(words.listed(missing, text) or NONE),
                ],
            )
        )
    labels = (text("書類"), text("ファイル"), text("使用開始"), text("状態"), text("未記入の項目"))
    columns = [tables.Column(label, nowrap=number in (2, 3)) for number, label in enumerate(labels)]
    caption = text("様式ファイル：{number} 件、使用開始の新しい順", number=len(rows))
    tables.show(tables.Table(caption, columns, rows), key="pack-originals")


def _source(of: Original, context: PageContext) -> str:
    unit = of.unit_name[1 if context.language == "en" else 0]
    who = (of.author,) if of.author else ()
    version = context.text("第 {number} 版", number=of.number)
    day = context.formats.day(local_day(of.added_at))
    return " · ".join((version, unit, *who, day))


def _state(of: Original, *, used: bool, on: date, context: PageContext) -> str:
    text = context.text
    if used:
        return text("使用中")
    if of.ended_on is not None:
        return text("使用終了")
    return text("使用開始前") if of.valid_from > on else text("ほかの版を使用")


def _one(kept: Sequence[Original], found: Preview, context: PageContext) -> None:
    text, unit = context.text, found.subject.unit
    left, middle, right = st.columns([6, 3, 3], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            text("様式ファイル"),
            kept,
            format_func=lambda each: f"{each.name} · {text('第 {number} 版', number=each.number)}",
            key=f"pack-original-{unit.id}-{found.subject.purpose}",
        )
    with middle, context.read() as tx:
        file = originals.content(tx, unit.id, chosen.id)
        st.download_button(
            text("記入前の様式を受け取る"),
            file.data,
            file_name=file.name,
            key=f"pack-original-file-{chosen.id}",
            icon=":material/download:",
        )
    with context.read() as tx:
        own = chosen.unit_id in units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    if not own or chosen.ended_on is not None:
        return
    with right:
        if st.button(text("この版の使用を終える"), key=f"pack-original-end-{chosen.id}"):
            _end(chosen, context)


def _end(chosen: Original, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("form of a body") as tx:
            originals.end(tx, chosen.id, expected_version=chosen.version)
    except InvalidValue as error:
        st.error(pack_words.refused(error, text))
    except Conflict as error:
        st.error(text("{who} さんが先に変更しています。読み直してください。", who=error.who))
    except (AccessDenied, NotFound):
        st.error(text("この操作の権限がありません。"))
    else:
        st.session_state[_SAID] = text("使用を終えました。前の版があれば、その版を使います。")
        st.rerun()


def _new(found: Preview, context: PageContext) -> None:
    text, of = context.text, found.subject
    count = st.session_state.get(_COUNT, 0)
    file = st.file_uploader(
        text("新しい様式（Word の .docx か Excel の .xlsx、{limit} MB まで）", limit=LIMIT >> 20),
        type=["docx", "xlsx"],
        max_upload_size=LIMIT >> 20,
        key=f"pack-original-upload-{count}",
    )
    if file is None:
        return
    data = file.getvalue()
    try:
        form = opened(data)
    except OriginalRefusedError as error:
        st.error(pack_words.refusal(error, text))
        return
    with context.read() as tx:
        allowed = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
        places = [each for each in _line(scope.units(tx), of.unit) if each.id in allowed]
    titles = {each.id: each.title.of(context.language) for each in found.forms.documents}
    if not places:
        return
    left, middle, right = st.columns([5, 4, 3], vertical_alignment="bottom")
    document = left.selectbox(
        text("どの書類の様式か"),
        list(titles),
        format_func=titles.__getitem__,
        key=f"pack-original-document-{count}",
    )
    unit = middle.selectbox(
        text("登録先（その下の会社・病院でも使います）"),
        places,
        format_func=lambda each: each.name_en or each.name_ja if context.language == "en" else each.name_ja,
        key=f"pack-original-unit-{count}",
    )
    first = right.date_input(
        text("使用開始日"), of.day, format="YYYY/MM/DD", key=f"pack-original-from-{count}"
    )
    forms = set_for(of.body, of.purpose, first)
    written = st.text_area(
        text(
            "記入する場所と項目（一行に「場所 = 項目」。場所は、Excel なら「シート名!B5」か名前、"
            "Word なら「{example}」かコンテンツ コントロールのタグ）",
            example="{{name}}",
        ),
        lines_of(suggested(form, forms), form.found),
        height=220,
        key=f"pack-original-mapping-{count}",
    )
    if st.toggle(text("項目の名前を見る"), key=f"pack-original-names-{count}"):
        _names(forms, context)
    try:
        mapping = mapping_of(written)
    except MappingLineError as error:
        st.error(text("{line} 行目は「場所 = 項目」の形ではないか、同じ場所の二行目です。", line=error.line))
        return
    draft = OriginalDraft(unit.id, of.body, of.purpose, document, first, mapping)
    if _tried(draft, form, forms, found, context) and st.button(
        text("この様式を登録"), type="primary", key=f"pack-original-save-{count}"
    ):
        _register(draft, file.name, data, context)


def _line(visible: Sequence[Unit], unit: Unit) -> list[Unit]:
    """Return the unit and those above it that forms may be handed in for, the nearest first."""
    by_id = {each.id: each for each in visible}
    found, at = [], by_id.get(unit.id)
    while at is not None:
        if at.kind.is_entity or at.kind is UnitKind.GROUP:
            found.append(at)
        at = by_id.get(at.parent_id) if at.parent_id is not None else None
    return found


def _names(forms: FormSet, context: PageContext) -> None:
    text, language = context.text, context.language
    titles = {each.id: each.title.of(language) for each in forms.documents}
    rows = [
        tables.Row(
            name,
            [
                tables.Cell(name, code=True),
                tables.Cell(field.label.of(language)),
                tables.Cell(titles[name.partition(".")[0]]),
            ],
        )
        for name, field in names(forms).items()
    ]
    labels = (text("項目の名前"), text("様式の項目"), text("書類"))
    caption = text("使える項目：{number} 件", number=len(rows))
    columns = [tables.Column(each) for each in labels]
    tables.show(tables.Table(caption, columns, rows), key="pack-original-names")


def _tried(draft: OriginalDraft, form: Opened, forms: FormSet, found: Preview, context: PageContext) -> bool:
    """Show what would stand in each place, or what is wrong; True when nothing is."""
    text = context.text
    try:
        mapping = originals.checked_mapping(draft, form, forms)
    except InvalidValue as error:
        frame.note(pack_words.refused(error, text))
        return False
    except MappingRefusedError as error:
        st.error(text("次の {number} 行を直してください。", number=len(error.wrong)))
        for each in error.wrong:
            frame.note(pack_words.fault(each, text))
        return False
    _shown(mapping, found, context)
    return True


def _shown(mapping: Mapping[str, str], found: Preview, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    standing = rows_of(mapping, found.sheets)
    told = values(standing, found.language)
    blank = [place for place, value in told.items() if value == ""]
    rows = []
    for place, value in told.items():
        row = standing[place]
        label = row.field.label.of(context.language) if row else mapping[place]
        shown = number(value) if isinstance(value, int) else value
        cell = tables.Cell(shown) if value != "" else tables.Cell(text("未記入"), unknown=True)
        rows.append(tables.Row(place, [tables.Cell(place, code=True), tables.Cell(label), cell]))
    caption = text("記入する場所 {number} か所、うち未記入 {blank} か所", number=len(rows), blank=len(blank))
    columns = [tables.Column(each) for each in (text("記入する場所"), text("様式の項目"), text("いまの内容"))]
    tables.show(tables.Table(caption, columns, rows), key="pack-original-tried")


def _register(draft: OriginalDraft, name: str, data: bytes, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("form of a body") as tx:
            kept = originals.register(tx, draft, name, data, opened)
    except InvalidValue as error:
        st.error(pack_words.refused(error, text))
        return
    except (AccessDenied, NotFound):
        st.error(text("この操作の権限がありません。"))
        return
    day = context.formats.day(kept.valid_from)
    st.session_state[_SAID] = text(
        "登録しました（第 {number} 版、{day} から使用）。", number=kept.number, day=day
    )
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    st.rerun()
