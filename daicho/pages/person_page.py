"""One person: affiliations 所属 and roles 役割, added and ended; why a role cannot be given is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, joining, refusals, scope, tables, unit_form, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import Translator, mark
from registry import accounts, affiliations
from registry import people as registered
from registry.access import today_in_japan, together
from registry.accounts import LOCAL, RoleHeld
from registry.affiliations import Affiliation, AffiliationKind
from registry.errors import AccessDenied, InvalidValue, NotFound, NotReady
from registry.model import Permission, Role, Unit, UnitId, UserId
from registry.people import Membership, Person
from registry.store import Tx

_SAID = "person-said"
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2200, 12, 31)

_COLUMN: Mapping[str, str] = {
    "login": mark("メールアドレス"),
    "name": mark("氏名"),
    "language": mark("言語"),
    "unit": mark("所属"),
    "kind": mark("所属区分"),
    "from": mark("所属開始日"),
    "until": mark("所属終了日"),
    "role": mark("役割"),
    "role_unit": mark("役割の単位"),
    "role_from": mark("役割開始日"),
    "role_until": mark("役割終了日"),
    "valid_until": mark("終了日"),
}


def show(user_id: UserId, context: PageContext) -> None:
    """Show one person; who is out of reach looks like nobody."""
    text = context.text
    if st.button(text("一覧に戻る"), key="back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.PEOPLE, unit=scope.chosen_code())
    try:
        with context.read() as tx:
            found = registered.member(tx, user_id)
            visible = scope.units(tx)
            inside = frozenset[int]().union(*together(tx, Permission.MANAGE_USERS))
            today = today_in_japan(tx.now)
    except (AccessDenied, NotFound):
        frame.title(text("利用者と権限"), text("所属と役割を確かめ、加え、終えます。"))
        frame.message(text("この利用者は見つからないか、担当する範囲の外です。"))
        return
    names = scope.full_names(visible, context.language)
    places = [unit for unit in visible if unit.id in inside and unit.closed_at is None]
    frame.title(found.person.name, text("所属と役割を確かめ、加え、終えます。"))
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    frame.facts(
        {
            text("メールアドレス"): found.person.login,
            text("管理する単位"): names.get(found.person.unit_id, NONE),
            text("サインインの方法"): ways(found.person, text),
        }
    )
    _affiliations(found, names, places, today, context)
    joining.show(user_id, context)
    _roles(found, names, places, today, context)


def ways(person: Person, text: Translator) -> str:
    """Return how a person signs in."""
    found = [text("パスワード")] if person.has_password else []
    found += [text("会社のアカウント")] if any(issuer != LOCAL for issuer in person.issuers) else []
    found += [text("二要素認証")] if person.has_second_factor else []
    return words.listed(found, text) or text("未設定")


def _state(first: date | None, last: date | None, today: date, text: Translator) -> str:
    if last is not None and last < today:
        return text("終了")
    if first is not None and today < first:
        return text("開始前")
    return text("有効")


def _affiliations(
    found: Membership, names: Mapping[UnitId, str], places: Sequence[Unit], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("所属"), text("役割は所属に付き、所属が終わると終わります。"))
    if found.affiliations:
        labels = (text("所属区分"), text("単位"), text("期間"), text("状態"))
        rows = [
            tables.Row(
                "",
                [
                    tables.Cell(text(words.AFFILIATION[each.kind])),
                    tables.Cell(names.get(each.unit_id, NONE)),
                    tables.Cell(formats.period(each.valid_from, each.valid_until)),
                    tables.Cell(_state(each.valid_from, each.valid_until, today, text)),
                ],
            )
            for each in found.affiliations
        ]
        tables.show(tables.Table("", [tables.Column(label) for label in labels], rows), key="affiliations")
    else:
        frame.note(text("所属はありません。"))
    _affiliating(found.person, places, today, context)
    lasting = [each for each in found.affiliations if each.valid_until is None or each.valid_until > today]
    if not lasting:
        return
    with st.expander(text("所属を終える")), st.form("affiliation-end", border=False):
        chosen = st.selectbox(
            text("終える所属"),
            lasting,
            index=None,
            key="affiliation-ending",
            placeholder=text("所属を選ぶ"),
            format_func=lambda each: called(each, names, text),
        )
        last = _day(text("最終日"), today, "affiliation-last")
        sent = st.form_submit_button(text("所属を終了"), key="affiliation-end-save")
    if sent and chosen is None:
        st.error(text("終える所属を選んでください。"))
    elif sent and chosen is not None and last is not None:
        number = chosen.id
        _do(lambda tx: affiliations.end_affiliation(tx, number, last), text("所属を終了しました。"), context)


def _affiliating(person: Person, places: Sequence[Unit], today: date, context: PageContext) -> None:
    text = context.text
    kinds: Sequence[AffiliationKind] = tuple(AffiliationKind)
    with st.expander(text("所属を加える")), st.form("affiliation", border=False):
        left, right = st.columns(2)
        with left:
            unit = unit_form.choice(text("単位（必須）"), places, "affiliation-unit", context)
        with right:
            kind = st.selectbox(
                text("所属区分"),
                kinds,
                index=kinds.index(AffiliationKind.CONCURRENT),
                key="affiliation-kind",
                format_func=lambda each: text(words.AFFILIATION[each]),
            )
        left, right = st.columns(2)
        with left:
            first = _day(text("開始日"), today, "affiliation-first")
        with right:
            last = _day(text("終了日（なければ空のまま）"), None, "affiliation-until")
        sent = st.form_submit_button(text("所属を追加"), type="primary", key="affiliation-save")
    if sent and unit is None:
        st.error(text("単位を選んでください。"))
    elif sent and unit is not None:
        at = unit.id
        _do(
            lambda tx: affiliations.affiliate(tx, person.user_id, at, kind, first, last),
            text("所属を追加しました。"),
            context,
        )


def _roles(
    found: Membership, names: Mapping[UnitId, str], places: Sequence[Unit], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("役割"), text("役割は単位とその下のすべてに及びます。"))
    belonging = {each.id: each for each in found.affiliations}
    if found.roles:
        labels = (text("役割"), text("単位"), text("期間"), text("所属"), text("状態"))
        rows = []
        for each in found.roles:
            home = None if each.affiliation_id is None else belonging.get(each.affiliation_id)
            rows.append(
                tables.Row(
                    "",
                    [
                        tables.Cell(
                            text(words.ROLE[each.role]),
                            below=text("認証サーバーのグループによる") if each.from_groups else "",
                        ),
                        tables.Cell(names.get(each.unit_id, NONE)),
                        tables.Cell(formats.period(each.valid_from, each.valid_until)),
                        tables.Cell(NONE if home is None else called(home, names, text)),
                        tables.Cell(_role_state(each, home, today, text)),
                    ],
                )
            )
        tables.show(tables.Table("", [tables.Column(label) for label in labels], rows), key="roles")
    else:
        frame.note(text("役割はありません。"))
    _granting(found, names, places, today, context)
    lasting = [each for each in found.roles if each.valid_until is None or each.valid_until >= today]
    if lasting:
        _ending(lasting, names, today, context)


def _role_state(each: RoleHeld, home: Affiliation | None, today: date, text: Translator) -> str:
    """Return whether a role holds today: only while its affiliation does."""
    own = _state(each.valid_from, each.valid_until, today, text)
    if home is None or own != text("有効"):
        return own
    return _state(home.valid_from, home.valid_until, today, text)


def _granting(
    found: Membership, names: Mapping[UnitId, str], places: Sequence[Unit], today: date, context: PageContext
) -> None:
    text = context.text
    roles: Sequence[Role] = tuple(Role)
    with st.expander(text("役割を加える")), st.form("grant", border=False):
        left, right = st.columns(2)
        with left:
            role = st.selectbox(
                text("役割（必須）"),
                roles,
                index=None,
                key="grant-role",
                placeholder=text("役割を選ぶ"),
                format_func=lambda each: text(words.ROLE[each]),
            )
        with right:
            unit = unit_form.choice(text("単位（必須）"), places, "grant-unit", context)
        left, right = st.columns(2)
        with left:
            first = _day(text("開始日"), today, "grant-first")
        with right:
            last = _day(text("終了日（なければ空のまま）"), None, "grant-until")
        home = st.selectbox(
            text("どの所属での役割か（選ばなければ、その単位の所属）"),
            [each for each in found.affiliations if each.valid_until is None or each.valid_until >= today],
            index=None,
            key="grant-affiliation",
            placeholder=text("所属を選ぶ"),
            format_func=lambda each: called(each, names, text),
        )
        sent = st.form_submit_button(text("役割を追加"), type="primary", key="grant-save")
    if not sent:
        return
    if role is None or unit is None:
        st.error(text("役割と単位を選んでください。"))
        return
    user_id, given, at = found.person.user_id, role, unit.id
    under = None if home is None else home.id
    _do(
        lambda tx: accounts.grant(tx, user_id, given, at, first, last, affiliation_id=under),
        text("役割を追加しました。"),
        context,
    )


def _ending(
    lasting: Sequence[RoleHeld], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    with st.expander(text("役割を終える")), st.form("grant-end", border=False):
        chosen = st.selectbox(
            text("終える役割"),
            lasting,
            index=None,
            key="grant-ending",
            placeholder=text("役割を選ぶ"),
            format_func=lambda each: words.within(
                text(words.ROLE[each.role]), names.get(each.unit_id, NONE), text
            ),
        )
        last = _day(text("最終日"), today, "grant-last")
        with st.container(horizontal=True):
            with_day = st.form_submit_button(text("最終日で終了"), key="grant-end-save")
            at_once = st.form_submit_button(text("今すぐ取り消す"), key="grant-revoke")
    if not (with_day or at_once):
        return
    if chosen is None:
        st.error(text("終える役割を選んでください。"))
        return
    number = chosen.id
    if at_once:
        _do(lambda tx: accounts.revoke(tx, number), text("役割を取り消しました。"), context)
    elif last is not None:
        _do(lambda tx: accounts.end_grant(tx, number, last), text("役割を終了しました。"), context)


def called(each: Affiliation, names: Mapping[UnitId, str], text: Translator) -> str:
    """Return an affiliation in words: its kind and its unit."""
    return words.within(text(words.AFFILIATION[each.kind]), names.get(each.unit_id, NONE), text)


def refused(error: Exception, text: Translator) -> str:
    """Return why a change of a person was refused, with the field that it is about."""
    why = refusals.sentence(error, text)
    if isinstance(error, InvalidValue) and error.column in _COLUMN and error.rule not in refusals.DUTIES:
        return text("{column}：{why}", column=text(_COLUMN[error.column]), why=why)
    return why


def _day(label: str, start: date | None, key: str) -> date | None:
    chosen = st.date_input(
        label, start, format="YYYY/MM/DD", min_value=FIRST_DAY, max_value=LAST_DAY, key=key
    )
    return chosen if isinstance(chosen, date) else None


def _do(change: Callable[[Tx], object], said: str, context: PageContext) -> None:
    """Make one change and say so; what refuses it is told, the rule of separated duties among it."""
    try:
        with context.write("people page") as tx:
            change(tx)
    except (InvalidValue, AccessDenied, NotFound, NotReady) as error:
        st.error(refused(error, context.text))
        return
    st.session_state[_SAID] = said
    st.rerun()
