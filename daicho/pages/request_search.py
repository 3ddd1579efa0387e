"""Where the person's data lie: the search of one request, what was kept of it, and who judged it how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.asked_person import IDENTIFIERS, PersonAsked, asked
from daicho.pages import addresses, frame, request_words, scope, tables, words
from daicho.pages.context import PageContext
from registry import request_places
from registry.errors import RegistryError
from registry.model import Permission
from registry.person_search import Candidate, PersonFound, complete_lookups, search
from registry.request_model import FoundPlace, PlaceState, Request, RequestState
from registry.views import SensitiveList
from scanners.model import Category

_FOUND = "person-found"
OLDEST = date(1900, 1, 1)


def show(request: Request, context: PageContext) -> None:
    """Show the form, what the last search found, and the places kept with the request."""
    text = context.text
    frame.heading(
        text("本人のデータがどこにあるか"),
        text(
            "この法人の最新の走査結果を、鍵付きの指紋で探します。入れた値は保存せず、"
            "操作記録には値の種類だけが残ります。"
        ),
    )
    if request.state is not RequestState.CLOSED:
        _form(request, context)
        found = st.session_state.get(f"{_FOUND}-{request.id}")
        if isinstance(found, PersonFound):
            _candidates(request, found, context)
    _kept(request, context)


def _form(request: Request, context: PageContext) -> None:
    text = context.text
    # Cleared when it is sent: what was asked for must not stay in the session, nor on the screen.
    with st.form("person-search", border=True, clear_on_submit=True):
        first, second, third, fourth = st.columns(4)
        surname = first.text_input(text("姓"), max_chars=100)
        given = second.text_input(text("名"), max_chars=100)
        surname_reading = third.text_input(text("姓のフリガナ"), max_chars=100)
        given_reading = fourth.text_input(text("名のフリガナ"), max_chars=100)
        first, second, third, fourth = st.columns(4)
        born = first.date_input(
            text("生年月日"), None, min_value=OLDEST, max_value="today", format="YYYY/MM/DD"
        )
        phone = second.text_input(text("電話番号"), max_chars=40)
        email = third.text_input(text("メールアドレス"), max_chars=200)
        address = fourth.text_input(text("住所"), max_chars=300)
        first, second, third = st.columns([1, 1, 2], vertical_alignment="bottom")
        kinds: Sequence[Category] = IDENTIFIERS
        kind = first.selectbox(text("番号の種類"), kinds, format_func=lambda each: text(words.CATEGORY[each]))
        number = second.text_input(text("番号"), max_chars=100)
        bases = third.checkbox(text("提供の根拠がある法人も探す"))
        sent = st.form_submit_button(text("本人のデータを探す"), key="person-search-go", type="primary")
    if not sent:
        return
    person = PersonAsked(
        surname=surname,
        given_name=given,
        surname_reading=surname_reading,
        given_reading=given_reading,
        birth_date=born if isinstance(born, date) else None,
        phone=phone,
        email=email,
        address=address,
        identifier=number,
        identifier_kind=kind,
    )
    workspace = context.workspace
    try:
        with context.write("search for a person") as tx:
            complete_lookups(tx, workspace.findings, request.unit_id)
        with context.write("search for a person") as tx:
            found = search(
                tx,
                workspace.findings,
                request.unit_id,
                asked(person, workspace.vault),
                with_bases=bases,
                request=request.number,
            )
            request_places.keep(tx, request.id, found.candidates)
    except RegistryError as error:
        st.error(request_words.refused(error, context))
        return
    st.session_state[f"{_FOUND}-{request.id}"] = found


def _candidates(request: Request, found: PersonFound, context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not found.runs:
        frame.message(text("この法人はまだ走査していません。走査してから探してください。"))
        return
    scanned = text(
        "走査 {runs} 回分（最も古いものは {when}）を探しました。調べられなかった対象が {number} 件あります。",
        runs=formats.number(found.runs),
        when=formats.moment(found.oldest),
        number=formats.number(found.unexamined),
    )
    if not found.total:
        frame.message(text("見つかりませんでした。") + scanned)
        return
    frame.note(
        text("{number} 件に見つかりました。", number=formats.number(found.total))
        + scanned
        + text("見つかった場所は、この請求に記録しました。")
    )
    with st.expander(text("見つかった理由")):
        rows = [_evidence(each, context) for each in found.candidates[:50]]
        labels = (text("対象"), text("確かさ"), text("一緒にある値"), text("場所"))
        tables.show(
            tables.Table("", [tables.Column(label) for label in labels], rows), key=f"evidence-{request.id}"
        )


def _evidence(each: Candidate, context: PageContext) -> tables.Row:
    text = context.text
    fields = words.listed((text(request_words.FIELD[one]) for one in sorted(each.together)), text)
    return tables.Row(
        "",
        [
            tables.Cell(each.shown.rpartition("/")[2] or each.shown),
            tables.Cell(text(request_words.GRADE[each.grade])),
            tables.Cell(fields),
            tables.Cell(text("、").join(filter(None, each.places)) or "—"),
        ],
    )


def _kept(request: Request, context: PageContext) -> None:
    text, formats = context.text, context.formats
    try:
        with context.read() as tx:
            places = request_places.places(tx, request.id)
            names = scope.full_names(scope.units(tx), context.language)
    except RegistryError:
        return
    if not places:
        frame.note(text("この請求に記録した場所はまだありません。"))
        return
    context.viewed(SensitiveList.LOCATIONS, request.unit_id)
    theirs = sum(each.state is PlaceState.THEIRS for each in places)
    open_ = [each for each in places if each.state is PlaceState.FOUND]
    rows = [
        tables.Row(
            str(each.object_id),
            [
                tables.Cell(text(request_words.GRADE[each.grade])),
                tables.Cell(_name(each, context), below=_folder(each), link=bool(each.shown)),
                tables.Cell(names.get(each.unit_id, "—"), below=_basis(each, context)),
                tables.Cell(_fields(each, context)),
                tables.Cell(text(request_words.PLACE[each.state])),
            ],
        )
        for each in places
    ]
    labels = (text("確かさ"), text("対象"), text("単位"), text("合った値"), text("判断"))
    caption = text(
        "記録した場所 {number} 件：本人のもの {theirs} 件、未判断 {open} 件",
        number=formats.number(len(places)),
        theirs=formats.number(theirs),
        open=formats.number(len(open_)),
    )
    opened = tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key=f"places-{request.id}"
    )
    if opened and context.may(Permission.VIEW_LOCATIONS):
        addresses.go(addresses.INVENTORY, object=opened)
    if request.state is not RequestState.CLOSED:
        _judge(places, context)


def _judge(places: Sequence[FoundPlace], context: PageContext) -> None:
    text = context.text
    left, first, second = st.columns([6, 1.6, 1.6], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            text("判断する場所"),
            sorted(places, key=lambda each: each.state is not PlaceState.FOUND),
            index=None,
            key="place-chosen",
            placeholder=text("場所を選ぶ"),
            format_func=lambda each: f"{_name(each, context)}　{text(request_words.PLACE[each.state])}",
        )
    states = ((first, PlaceState.THEIRS), (second, PlaceState.NOT_THEIRS))
    for column, state in states:
        with column:
            pressed = st.button(
                text(request_words.PLACE[state]), key=f"place-{state}", disabled=chosen is None
            )
        if pressed and chosen is not None:
            try:
                with context.write("request page") as tx:
                    request_places.judge(tx, chosen.id, state, expected_version=chosen.version)
            except RegistryError as error:
                st.error(request_words.refused(error, context))
                return
            st.rerun()


def _name(each: FoundPlace, context: PageContext) -> str:
    return each.shown.rpartition("/")[2] or each.shown or context.text("場所は閲覧できません")


def _folder(each: FoundPlace) -> str:
    return each.shown.rpartition("/")[0].removeprefix("file://")


def _basis(each: FoundPlace, context: PageContext) -> str:
    return context.text("別の法人（提供の根拠による）") if each.basis_id is not None else ""


def _fields(each: FoundPlace, context: PageContext) -> str:
    text = context.text
    return words.listed((text(request_words.FIELD[one]) for one in sorted(each.fields)), text)
