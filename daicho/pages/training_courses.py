"""Courses 教育コース: set up from what comes with the product, published in versions, opened in rounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import streamlit as st

from daicho.pages import frame, joining, material, scope, tables, training_words
from daicho.pages.context import PageContext
from privacy_mark.training import courses
from privacy_mark.training import joining as rules
from privacy_mark.training.content import READY_MADE, load, ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.model import Course, Cycle
from registry.access import today_in_japan, units_allowed
from registry.errors import RegistryError
from registry.model import Permission, Unit
from registry.store import Tx

_SAID = "courses-said"
_LARGEST = 500_000  # bytes of a file of material
_ROUND = timedelta(days=45)


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("教育コース"), text("誰に何を教えるかを決め、教材を版として公開し、実施回を設定します。")
        )
    if not context.may(Permission.MANAGE_TRAINING):
        frame.no_right(text)
        return
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    with context.read() as tx:
        inside = units_allowed(tx, Permission.MANAGE_TRAINING)
        managed = [unit for unit in scope.units(tx) if unit.id in inside and unit.closed_at is None]
        today = today_in_japan(tx.now)
    if not managed:
        frame.message(text("教育を管理できる単位がありません。"))
        return
    with right:
        unit = scope.select(context, managed, "courses-scope", whole=False) or managed[0]
    with context.read() as tx:
        found = courses.applying(tx, unit.id, today)
    own = [each for each in found if each.unit_id in inside]
    _list(found, today, context)
    for each in own:
        with st.expander(f"{each.number}　{each.title(context.language)}"):
            _course(each, today, context)
    _new(unit, today, context)
    said_now = joining.rule(unit, context)
    if said_now is not None:
        gate, version = said_now
        _do(
            lambda tx: rules.set_rule(tx, unit.id, gate, expected_version=version),
            text("アクセス権の付与前の教育の扱いを保存しました。"),
            context,
        )


def _list(found: Sequence[Course], today: date, context: PageContext) -> None:
    text = context.text
    if not found:
        frame.message(text("コースはまだありません。下の「コースを作る」で、標準の教材から始められます。"))
        return
    labels = (text("コース"), text("対象者"), text("受ける時"), text("公開中の版"), text("実施の期間"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(
                    each.title(context.language),
                    below=text("{number}　アクセス権の付与前に必要", number=each.number)
                    if each.before_access
                    else each.number,
                ),
                tables.Cell(text(training_words.AUDIENCE[each.audience])),
                tables.Cell(text(training_words.CYCLE[each.cycle])),
                tables.Cell(
                    text("第 {revision} 版", revision=each.revision) if each.revision else text("未公開")
                ),
                tables.Cell(
                    text("終了")
                    if each.ended_on and each.ended_on < today
                    else context.formats.period(each.opens_on, each.due_on)
                ),
            ],
        )
        for each in found
    ]
    caption = text("コース {number} 件（上位の単位のコースを含む）", number=len(found))
    columns = [tables.Column(label, nowrap=place > 2) for place, label in enumerate(labels)]
    tables.show(tables.Table(caption, columns, rows), key="courses")


def _course(each: Course, today: date, context: PageContext) -> None:
    text = context.text
    with context.read() as tx:
        versions = courses.versions(tx, each.id)
        yaml = courses.material(tx, each.id, versions[0].revision) if versions else ready_made(READY_MADE[0])
    if versions:
        frame.facts(
            {
                text("第 {revision} 版", revision=version.revision): text(
                    "{when} {who} が公開（{digest}）",
                    when=context.formats.moment(version.published_at),
                    who=version.published_by,
                    digest=version.digest[:12],
                )
                for version in versions
            }
        )
        content = load(yaml)
        frame.note(
            text(
                "{pages} ページ、{questions} 問から {asked} 問を出題、{percent}% 以上で合格、{tries} 回まで",
                pages=len(content.pages),
                questions=len(content.questions),
                asked=content.asked,
                percent=content.pass_percent,
                tries=content.tries,
            )
        )
        if st.toggle(text("教材を見る"), key=f"preview-{each.id}"):
            for page in content.pages:
                frame.heading(page.title.of(context.language))
                st.html(material.html(page.body.of(context.language)))
    _versions(each, yaml, context)
    if versions and each.cycle is Cycle.ROUNDS:
        _round(each, today, context)
    _end(each, today, context)


def _versions(each: Course, yaml: str, context: PageContext) -> None:
    text = context.text
    left, right = st.columns([3, 7], vertical_alignment="bottom")
    with left:
        st.download_button(
            text("教材を取り出す（YAML）"),
            yaml.encode(),
            file_name=f"{each.number}.yaml",
            mime="application/yaml",
            key=f"material-{each.id}",
        )
    with right:
        file = st.file_uploader(
            text("直した教材を選ぶ（YAML、日本語と英語）"),
            type=["yaml", "yml"],
            max_upload_size=1,
            key=f"upload-{each.id}-{each.revision}",
        )
    if file is None:
        return
    data = file.getvalue()
    try:
        written = data.decode("utf-8-sig") if len(data) <= _LARGEST else ""
        content = load(written, file.name)
    except (UnicodeDecodeError, RegistryError) as error:
        st.error(
            training_words.refused(error, text)
            if isinstance(error, RegistryError)
            else text("教材は UTF-8 で保存してください。")
        )
        return
    frame.note(
        text(
            "{pages} ページ、{questions} 問を読みました。公開した版は変えられません。",
            pages=len(content.pages),
            questions=len(content.questions),
        )
    )
    if st.button(text("新しい版として公開"), key=f"publish-{each.id}", type="primary"):
        _do(
            lambda tx: courses.publish(tx, each.id, written, expected_version=each.version),
            text("新しい版を公開しました。次の実施回から使われます。"),
            context,
        )


def _round(each: Course, today: date, context: PageContext) -> None:
    text = context.text
    with st.form(f"round-{each.id}", border=False):
        left, middle, right = st.columns([3, 3, 3], vertical_alignment="bottom")
        first = left.date_input(text("実施の開始日"), today, format="YYYY/MM/DD")
        last = middle.date_input(text("受講の期限"), today + _ROUND, format="YYYY/MM/DD")
        sent = right.form_submit_button(text("実施回を設定"), key=f"round-save-{each.id}")
    if sent:
        _do(
            lambda tx: courses.open_round(
                tx, each.id, opens_on=first, due_on=last, expected_version=each.version
            ),
            text("実施回を設定しました。開始日から、対象の方の「自分の教育」に出ます。"),
            context,
        )


def _end(each: Course, today: date, context: PageContext) -> None:
    text = context.text
    if each.ended_on is not None:
        return
    sure = st.checkbox(
        text("このコースを終える（記録は残り、今日までで対象から外れます）"), key=f"end-{each.id}"
    )
    if sure and st.button(text("今日で終える"), key=f"end-now-{each.id}"):
        _do(
            lambda tx: courses.end(tx, each.id, on=today, expected_version=each.version),
            text("コースを終えました。"),
            context,
        )


def _new(unit: Unit, today: date, context: PageContext) -> None:
    text = context.text
    contents = {name: load(ready_made(name)) for name in READY_MADE}
    with st.expander(text("コースを作る")), st.form("course-new", border=False):
        name = st.selectbox(
            text("標準の教材（後で直せます）"),
            READY_MADE,
            format_func=lambda each: contents[each].title.of(context.language),
            key="course-ready",
        )
        left, middle, right = st.columns([3, 3, 4], vertical_alignment="bottom")
        starts = left.date_input(text("開始日"), today, format="YYYY/MM/DD")
        days = middle.number_input(text("入社・復帰後の猶予（日）"), 1, 365, 30)
        before = right.checkbox(text("アクセス権の付与前に必要"))
        frame.note(text("「{unit}」とその下の従業者が対象になります。", unit=unit.name(context.language)))
        sent = st.form_submit_button(text("作って公開する"), type="primary", key="course-create")
    if sent:
        content = contents[name]
        draft = CourseDraft(
            unit.id,
            content.title.ja,
            content.title.en,
            content.audience,
            content.cycle,
            starts,
            int(days),
            before,
        )

        def make(tx: Tx) -> None:
            made = courses.create(tx, draft)
            courses.publish(tx, made.id, ready_made(name), expected_version=made.version)

        _do(make, text("コースを作りました。実施回を設定すると始まります。"), context)


def _do(change: Callable[[Tx], object], said: str, context: PageContext) -> None:
    try:
        with context.write("training courses page") as tx:
            change(tx)
    except RegistryError as error:
        st.error(training_words.refused(error, context.text))
        return
    st.session_state[_SAID] = said
    st.rerun()
