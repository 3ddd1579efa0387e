"""A company's own file taken into the ledger 台帳の取込: columns proposed, tried, wrong cells told, taken."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from daicho import uploads
from daicho.errors import UsageError
from daicho.ledger_file import mapping
from daicho.ledger_file.exchange import Taken, take
from daicho.ledger_file.lines import Issue
from daicho.ledger_file.mapping import How, Matched
from daicho.ledger_file.marked import marked_copy
from daicho.ledger_file.reasons import sentence, title
from daicho.ledger_file.table import Table, letter, shown
from daicho.ledger_file.vocabulary import vocabulary
from daicho.pages import frame, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.list_export import MIME
from daicho.pages.upload import ROWS
from daicho.text import mark
from registry.errors import AccessDenied
from registry.ledger_import import Step
from registry.model import Unit

_COLUMNS = 100  # more headings than anybody maps by hand
_ACROSS = 3
_SHOWN = 200
_EXAMPLE = 30  # letters of a cell beside its heading
_TABLE, _TRIED, _SAID, _COUNT = "ledger-read", "ledger-tried", "ledger-said", "ledger-count"
_HOW: Mapping[How, str] = {
    How.GIVEN: mark("選んだ対応"),
    How.REMEMBERED: mark("前回と同じ"),
    How.EXACT: mark("見出しどおり"),
    How.SIMILAR: mark("似た見出し"),
    How.UNKNOWN: mark("分からない見出し"),
}


def show(units: Sequence[Unit], context: PageContext) -> None:
    """Show the upload for who may edit the ledger of these units, and what a trial found."""
    text = context.text
    said = st.session_state.pop(_SAID, "")
    with st.expander(text("台帳のファイルを取り込む"), icon=":material/upload:", expanded=bool(said)):
        if said:
            frame.message(said)
        frame.note(
            text(
                "自社の台帳（Excel、CSV）の列を台帳の項目に対応させ、試してから取り込みます。"
                "台帳番号（L-0001）のある行は更新し、ない行は新しく登録します。"
            )
        )
        file = st.file_uploader(
            text("台帳のファイル（Excel または CSV）"),
            type=list(uploads.LEDGERS),
            max_upload_size=uploads.LIMIT >> 20,
            key=f"ledger-file-{st.session_state.get(_COUNT, 0)}",
        )
        if file is None:
            st.session_state.pop(_TABLE, None)
            return
        table = _read(file.name, file.getvalue(), context)
        unit = _unit(units, context)
        if table is not None and unit is not None:
            _mapped(table, unit, context)


def _read(name: str, data: bytes, context: PageContext) -> Table | None:
    """Return the table of the file, read once."""
    text = context.text
    digest = hashlib.sha256(data).hexdigest()
    kept, table = st.session_state.get(_TABLE, ("", None))
    if kept != digest:
        try:
            table = uploads.ledger(name, data, text)
        except uploads.UploadRefusedError as error:
            st.error(str(error))
            return None
        st.session_state[_TABLE] = (digest, table)
    assert isinstance(table, Table)
    number = context.formats.number
    if len(table.rows) > ROWS:
        st.error(text("{rows} 行を超える表は、コマンドで取り込んでください。", rows=number(ROWS)))
        return None
    if sum(map(bool, table.headings)) > _COLUMNS:
        st.error(text("見出しが {columns} 列を超えています。要らない列を除いてください。", columns=_COLUMNS))
        return None
    return table


def _unit(units: Sequence[Unit], context: PageContext) -> Unit | None:
    codes = scope.depth_names(units, context.language)
    wanted = scope.chosen_code()
    code = st.selectbox(
        context.text("単位の書かれていない行の単位"),
        list(codes),
        index=list(codes).index(wanted) if wanted in codes else 0,
        key=f"ledger-unit-{wanted}",
        format_func=lambda each: codes[each],
    )
    return next((unit for unit in units if unit.code == code), None)


def _mapped(table: Table, unit: Unit, context: PageContext) -> None:
    text = context.text
    try:
        proposed = mapping.propose(table, mapping.recall(context.workspace.path, unit.code, table))
    except UsageError:
        proposed = mapping.propose(table)
    frame.heading(text("列の対応"), _where(table, context))
    if any(each.how is How.OWN for each in proposed):
        frame.note(text("Daicho が書き出したファイルなので、列はそのまま読みます。"))
        matched = proposed
    else:
        key = f"{mapping.digest(table)[:12]}-{unit.code}"
        matched = tuple(_choices(table, proposed, key, context))
        doubled = mapping.doubled(matched)
        if doubled:
            names = "、".join(title(column, context.language) for column in doubled)
            st.error(text("二つの列に対応させた項目があります：{names}", names=names))
            return
    _tried(table, matched, unit, context)


def _where(table: Table, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    place = text("{row} 行目の見出し、{rows} 行", row=number(table.header_row), rows=number(len(table.rows)))
    return f"{table.sheet} / {place}" if table.sheet else place


def _choices(table: Table, proposed: Sequence[Matched], key: str, context: PageContext) -> list[Matched]:
    """Return what the person makes of the proposal: one choice for each heading."""
    text = context.text
    options = ["", *vocabulary().columns]
    grid = st.columns(_ACROSS)
    chosen = []
    for place, each in enumerate(each for each in proposed if each.heading):
        with grid[place % _ACROSS]:
            column = st.selectbox(
                f"{letter(each.index)} {each.heading[:60]}",
                options,
                index=options.index(each.column),
                key=f"ledger-map-{key}-{each.index}",
                format_func=lambda column: title(column, context.language) if column else text("読まない"),
                help=_why(table, each, context),
            )
        chosen.append(mapping.chosen(each, column))
    return chosen


def _why(table: Table, each: Matched, context: PageContext) -> str:
    text = context.text
    why = text(_HOW[each.how])
    if each.column:
        why = text("{why}（確からしさ {sure}）", why=why, sure=f"{each.confidence:.0%}")
    cells = (shown(row.cells[each.index]).strip() for row in table.rows[:_SHOWN])
    example = next((cell for cell in cells if cell), "")[:_EXAMPLE]
    # Streamlit reads the help as Markdown: a cell must not be able to draw.
    return f"{why}\n\n`{example.replace('`', ' ').replace(chr(10), ' ')}`" if example else why


def _tried(table: Table, matched: Sequence[Matched], unit: Unit, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    tried_with = hashlib.sha256(table.data)
    tried_with.update(repr((unit.id, [each.column for each in matched])).encode())
    digest = tried_with.digest()
    if st.button(text("試す"), key="ledger-try", type="secondary"):
        found = _take(table, matched, unit, context, dry_run=True)
        if found is not None:
            st.session_state[_TRIED] = (digest, found)
    tried, taken = st.session_state.get(_TRIED, (b"", None))
    if tried != digest or not isinstance(taken, Taken):
        frame.note(
            text("{rows} 行あります。試すと、何も変えずに違いを示します。", rows=number(len(table.rows)))
        )
        return
    steps = Counter(outcome.step for outcome in taken.outcomes)
    _told(table, taken, steps, context)
    moving = steps[Step.CREATED] + steps[Step.CHANGED]
    take_it = text("{rows} 行を取り込む", rows=number(moving))
    if moving and not taken.is_refused and st.button(take_it, key="ledger-take", type="primary"):
        done = _take(table, matched, unit, context, dry_run=False)
        if done is None:
            return
        st.session_state[_TRIED] = (digest, done)
        if not done.is_refused:
            _finish(table, matched, unit, done, context)
        st.rerun()


def _take(
    table: Table, matched: Sequence[Matched], unit: Unit, context: PageContext, *, dry_run: bool
) -> Taken | None:
    try:
        return take(
            context.workspace.registry,
            context.principal,
            table,
            matched,
            unit.id,
            dry_run=dry_run,
            reason="ledger page, import",
        )
    except AccessDenied:
        st.error(context.text("この台帳を編集する権限がありません。"))
        return None


def _finish(table: Table, matched: Sequence[Matched], unit: Unit, done: Taken, context: PageContext) -> None:
    mapping.remember(context.workspace.path, unit.code, table, matched)
    context.reassess()
    for key in (_TRIED, _TABLE):
        st.session_state.pop(key, None)
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    steps, number = Counter(outcome.step for outcome in done.outcomes), context.formats.number
    st.session_state[_SAID] = context.text(
        "取り込みました。登録 {created} 件、変更 {changed} 件です。",
        created=number(steps[Step.CREATED]),
        changed=number(steps[Step.CHANGED]),
    )


def _told(table: Table, taken: Taken, steps: Counter[Step], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if taken.is_refused:
        st.error(
            text(
                "{rows} 行のうち {wrong} 行に誤りがあるため、取り込めません。",
                rows=number(taken.rows),
                wrong=number(taken.wrong),
            )
        )
    else:
        frame.verdict(
            text(
                "**登録 {created} 件、変更 {changed} 件**、変更なし {unchanged} 件、誤り 0 件です。",
                created=number(steps[Step.CREATED]),
                changed=number(steps[Step.CHANGED]),
                unchanged=number(steps[Step.UNCHANGED]),
            )
        )
    if not taken.issues:
        return
    _issues(taken.issues, context)
    if st.button(text("印をつけた写しを作る"), key="ledger-mark"):
        st.download_button(
            text("印をつけた写し（Excel）を受け取る"),
            marked_copy(table, taken.issues, text),
            file_name=f"{table.name.rpartition('.')[0] or table.name}-marked.xlsx",
            mime=MIME["xlsx"],
            key="ledger-marked",
            type="primary",
        )


def _issues(issues: Sequence[Issue], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    ordered = sorted(issues, key=lambda each: (each.is_note, each.row, each.index))[:_SHOWN]
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(each.place, code=True),
                tables.Cell(text("注意") if each.is_note else text("誤り")),
                tables.Cell(sentence(each, text)),
                tables.Cell(each.cell[:_SHOWN] or "—"),
            ],
        )
        for each in ordered
    ]
    caption = text(
        "誤りと注意 {all} 件（{shown} 件を表示）", all=number(len(issues)), shown=number(len(ordered))
    )
    columns = [
        tables.Column(text("セル"), nowrap=True),
        tables.Column(text("種別"), nowrap=True),
        tables.Column(text("理由")),
        tables.Column(text("書かれていること")),
    ]
    tables.show(tables.Table(caption, columns, rows), key="ledger-issues")
