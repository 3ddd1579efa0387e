"""People and rights 利用者と権限: who belongs where and may do what; each person has a page of their own."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import addresses, frame, person_page, refusals, scope, tables, unit_form, upload, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.table_file import Row
from daicho.table_headings import PEOPLE_HEADINGS
from daicho.text import Translator, mark
from registry import accounts, affiliations, people_import, people_imports, people_lines
from registry import people as registered
from registry.access import together
from registry.affiliations import AffiliationKind
from registry.errors import AccessDenied, InvalidValue, NotFound, NotReady
from registry.model import Permission, Role, Unit, UnitId, UserId
from registry.people import Membership, PeopleFilter
from registry.people_import import ImportRefusedError, ImportStoppedError
from registry.people_imports import OpenImport
from registry.people_lines import NOT_READY, Change, Outcome, Step, Unnamed
from registry.roles import Named

PAGE = 50
_SAID = "people-said"
_NAMED = 3
_UNNAMED = 20
_STEP: Mapping[Step, str] = {
    Step.CREATED: mark("利用者の登録"),
    Step.AFFILIATED: mark("所属の追加"),
    Step.AFFILIATION_ENDED: mark("所属の終了"),
    Step.ROLE_GRANTED: mark("役割の追加"),
    Step.ROLE_ENDED: mark("役割の終了"),
    Step.UNCHANGED: mark("変更なし"),
    Step.REFUSED: mark("誤り"),
}


def show(context: PageContext) -> None:
    """Show the person in the address, else the list."""
    text = context.text
    if not context.may(Permission.MANAGE_USERS):
        frame.title(text("利用者と権限"), _purpose(text))
        frame.no_right(text)
        return
    if st.query_params.get("opened", ""):
        person_page.show(UserId(addresses.number("opened") or 0), context)
        return
    _list(context)


def _purpose(text: Translator) -> str:
    return text("誰がどこに所属し、何をしてよいかを確かめ、加え、終えます。")


def _list(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("利用者と権限"), _purpose(text))
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    search, holding, _rest = st.columns([4, 4, 4], vertical_alignment="bottom")
    with search:
        part = st.text_input(
            text("検索"),
            key="people-text",
            placeholder=text("氏名かメールアドレスの一部"),
            icon=":material/search:",
        )
    with holding:
        roles: Sequence[Role] = tuple(Role)
        role = st.selectbox(
            text("役割"),
            roles,
            index=None,
            key="people-role",
            placeholder=text("すべて"),
            format_func=lambda each: text(words.ROLE[each]),
        )
    with context.read() as tx:
        units = scope.units(tx)
        inside = frozenset[int]().union(*together(tx, Permission.MANAGE_USERS))
        managed = [unit for unit in units if unit.id in inside]
        with right:
            unit = scope.select(context, managed, "people-scope", whole=len(managed) > 1)
        wanted = PeopleFilter(unit.id if unit else None, role, part)
        key = f"people-page-{wanted.unit_id}-{role}-{part}"
        offset = (int(st.session_state.get(key, 1)) - 1) * PAGE
        page = registered.listed(tx, wanted, offset=offset, limit=PAGE)
        cut_short = people_imports.unfinished(tx)
    _cut_short(cut_short, context)
    _adding([each for each in managed if each.closed_at is None], context)
    upload.show(
        upload.Importer(
            "people-import",
            text(
                "列：メールアドレス、氏名、言語、所属（記号）、所属区分、所属開始日、所属終了日、"
                "役割、役割の単位、役割開始日、役割終了日"
            ),
            PEOPLE_HEADINGS,
            functools.partial(_import, context=context),
        ),
        context,
    )
    if not page.total:
        frame.message(text("条件に合う利用者はいません。"))
        return
    names = scope.full_names(units, context.language)
    opened = tables.show(_table(page.rows, page.total, offset, names, context), key="people")
    if page.total > PAGE:
        st.pagination(-(-page.total // PAGE), key=key)
    frame.note(text("一度だけ使えるリンク、サインアウト、二要素認証は、サインインの管理で扱います。"))
    st.html(f"<p><a href='/people' target='_self'>{text('サインインの管理を開く')}</a></p>")
    if opened:
        addresses.go(addresses.PEOPLE, opened=opened)


def _table(
    rows: Sequence[Membership], total: int, offset: int, names: Mapping[UnitId, str], context: PageContext
) -> tables.Table:
    text, number = context.text, context.formats.number
    caption = text(
        "{all} 人のうち {first}–{last} 人目、登録した順",
        all=number(total),
        first=number(offset + 1),
        last=number(offset + len(rows)),
    )
    columns = [
        tables.Column(text("氏名")),
        tables.Column(text("所属")),
        tables.Column(text("役割")),
        tables.Column(text("サインインの方法"), nowrap=True),
    ]
    return tables.Table(
        caption,
        columns,
        [
            tables.Row(
                str(each.person.user_id),
                [
                    tables.Cell(each.person.name, below=each.person.login, link=True),
                    tables.Cell(_belongs(each, names, text)),
                    tables.Cell(_holds(each, names, text)),
                    tables.Cell(person_page.ways(each.person, text)),
                ],
            )
            for each in rows
        ],
    )


def _belongs(each: Membership, names: Mapping[UnitId, str], text: Translator) -> str:
    parts = (person_page.called(one, names, text) for one in each.affiliations)
    return words.listed(parts, text, _NAMED) or NONE


def _holds(each: Membership, names: Mapping[UnitId, str], text: Translator) -> str:
    parts = (
        words.within(text(words.ROLE[one.role]), names.get(one.unit_id, NONE), text) for one in each.roles
    )
    return words.listed(parts, text, _NAMED) or NONE


def _adding(units: Sequence[Unit], context: PageContext) -> None:
    text = context.text
    with st.expander(text("利用者を登録する")), st.form("person-new", border=False, clear_on_submit=False):
        left, right = st.columns(2)
        with left:
            login = st.text_input(text("メールアドレス（必須）"), key="person-new-login")
        with right:
            name = st.text_input(text("氏名（必須）"), key="person-new-name")
        left, right = st.columns(2)
        with left:
            unit = unit_form.choice(text("主務の単位（必須）"), units, "person-new-unit", context)
        with right:
            language = st.selectbox(
                text("言語"),
                accounts.LANGUAGES,
                key="person-new-language",
                format_func=lambda code: "English" if code == "en" else "日本語",
            )
        frame.note(text("パスワードは本人が、一度だけ使えるリンクで決めます。"))
        sent = st.form_submit_button(text("利用者を登録"), type="primary", key="person-add")
    if not sent:
        return
    if unit is None:
        st.error(text("単位を選んでください。"))
        return
    try:
        with context.write("people page") as tx:
            user_id = accounts.create_account(tx, login, name, None, language, unit_id=unit.id)
            affiliations.affiliate(tx, user_id, unit.id, AffiliationKind.PRIMARY)
    except (InvalidValue, AccessDenied, NotFound) as error:
        st.error(person_page.refused(error, text))
        return
    st.session_state[_SAID] = text("登録しました：{name}", name=name.strip())
    st.rerun()


def _cut_short(imports: Sequence[OpenImport], context: PageContext) -> None:
    """Tell of large tables that were not taken to their end, and let them be settled."""
    text, number, moment = context.text, context.formats.number, context.formats.moment
    for each in imports:
        left, right = st.columns([8, 2], vertical_alignment="center")
        with left:
            st.warning(
                text(
                    "{since} に始まった表の取り込みは、{rows} 行のうち {done} 行まで進み（最後は {last}）、"
                    "終わっていません。同じ表をもう一度取り込むと、続きから進みます。",
                    since=moment(each.started_at),
                    rows=number(each.rows),
                    done=number(each.done),
                    last=moment(each.written_at),
                )
            )
        with right:
            asked = st.button(
                text("このままで終える"),
                key=f"people-settle-{each.id}",
                help=text("取り込んだ分は残ります。"),
            )
        if asked:
            try:
                with context.write("people page") as tx:
                    people_imports.settle(tx, each.id)
            except NotFound:  # it has come to its end meanwhile
                pass
            st.rerun()


def _import(rows: Sequence[Row], *, context: PageContext, dry_run: bool) -> upload.Report:
    """Take a table of people, or try it."""
    lines, wrong = [], []
    for number, row in rows:
        try:
            lines.append(people_lines.line(number, row))
        except InvalidValue as error:
            wrong.append(people_lines.refusal(number, row.get("login", "").strip(), error))
    if wrong:
        return _told(wrong, (), len(rows), context)
    try:
        if dry_run:
            with context.read() as tx:
                outcomes = people_import.trial(tx, lines)
        else:
            outcomes = people_import.take_in_parts(
                context.workspace.registry, context.principal, lines, reason="people page, import"
            )
        with context.read() as tx:
            left = people_import.unnamed(tx, lines)
    except (ImportRefusedError, ImportStoppedError) as error:
        return _told(error.outcomes, (), len(rows), context)
    return _told(outcomes, left, len(rows), context)


def _told(
    outcomes: Sequence[Outcome], left: Sequence[Unnamed], rows: int, context: PageContext
) -> upload.Report:
    text = context.text
    lines = []
    for each in outcomes:
        if [change.step for change in each.changes] == [Step.UNCHANGED]:
            continue
        error = NotReady(each.before) if each.rule == NOT_READY else InvalidValue(each.column, each.rule)
        why = person_page.refused(error, text) if each.refused else ""
        before = () if each.refused else each.before
        what = words.listed((_change(change, before, context) for change in each.changes), text)
        lines.append(upload.Line(each.number, each.login, what, why))
    note = ""
    if left:
        named = words.listed((_unnamed(each, context) for each in left), text, _UNNAMED)
        note = text(
            "表にない利用者や権限が {number} 件あります。そのまま残します：{names}",
            number=context.formats.number(len(left)),
            names=named,
        )
    return upload.Report(tuple(lines), rows, note)


def _change(change: Change, before: Sequence[Named], context: PageContext) -> str:
    """Return what changes; of a role also which courses should have been passed before it."""
    text = context.text
    told = " ".join(filter(None, (text(_STEP[change.step]), _thing(change, context))))
    if not before or change.step is not Step.ROLE_GRANTED:
        return told
    courses = refusals.quoted(before, text)
    return text("{change}（未合格の必須教育：{courses}）", change=told, courses=courses)


def _unnamed(each: Unnamed, context: PageContext) -> str:
    return " ".join(filter(None, (each.login, _thing(each, context))))


def _thing(each: Change | Unnamed, context: PageContext) -> str:
    if each.what is None:
        return ""
    what = each.what
    named = words.AFFILIATION[what] if isinstance(what, AffiliationKind) else words.ROLE[what]
    period = context.formats.period(each.period.first, each.period.last)
    return " ".join(filter(None, (context.text(named), each.unit, "" if period == NONE else period)))
