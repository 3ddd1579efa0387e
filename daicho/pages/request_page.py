"""One request: its facts, the steps to the answer, where the person's data lie, and the reply letter."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date

import streamlit as st

from daicho.letters.reply import ProvisionLine, Sender, reply_letter
from daicho.pages import addresses, frame, request_search, request_words
from daicho.pages.context import PageContext
from registry import organisation, provisions
from registry import requests as register
from registry.access import allowed, today_in_japan
from registry.errors import NotFound, RegistryError
from registry.limits import limit_of
from registry.model import Permission, Unit
from registry.provision_rules import Direction
from registry.refusals import refusals, refusals_for
from registry.request_model import (
    Applicant,
    Decision,
    IdentityMethod,
    Opinion,
    Request,
    RequestId,
    RequestState,
)
from registry.store import Tx
from registry.views import SensitiveList

_SAID = "request-said"


def show(request_id: RequestId, context: PageContext) -> None:
    """Show the page of one request."""
    text = context.text
    try:
        with context.read() as tx:
            request = register.request(tx, request_id)
            unit = organisation.unit(tx, request.unit_id)
            today = today_in_japan(tx.now)
            may = {
                permission: allowed(tx, permission, request.unit_id)
                for permission in (
                    Permission.HANDLE_REQUESTS,
                    Permission.DECIDE_REQUESTS,
                    Permission.SEARCH_PERSONS,
                )
            }
    except NotFound:
        frame.title(text("開示等の請求"), "")
        frame.message(text("この請求は見つからないか、閲覧できません。"))
        _back(context)
        return
    context.viewed(SensitiveList.REQUESTS)
    frame.title(
        text("請求 {number}　{kind}", number=request.number, kind=text(request_words.KIND[request.kind])),
        _next_step(request, today, context),
    )
    _back(context)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    _facts(request, unit, context)
    open_ = request.state is not RequestState.CLOSED
    if open_ and may[Permission.HANDLE_REQUESTS] and request.state is not RequestState.DECIDED:
        _identity(request, today, context)
    if may[Permission.SEARCH_PERSONS]:
        request_search.show(request, context)
    if open_ and may[Permission.HANDLE_REQUESTS]:
        _amend(request, context)
    if open_ and may[Permission.DECIDE_REQUESTS]:
        _decide(request, context)
    if request.decided_on is not None:
        _letter(request, unit, context)
    if request.state is RequestState.DECIDED and may[Permission.DECIDE_REQUESTS]:
        _close(request, today, context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="request-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.REQUESTS)


def _next_step(request: Request, today: date, context: PageContext) -> str:
    text = context.text
    match request.state:
        case RequestState.RECEIVED:
            step = text("次は、請求した方の本人確認を記録します。")
        case RequestState.CHECKED:
            step = text("次は、本人のデータがどこにあるかを調べ、決定します。")
        case RequestState.DECIDED:
            step = text("次は、回答書を送り、回答日を記録して閉じます。")
        case RequestState.CLOSED:
            return text("回答済みです。内容は変更できません。")
    left = (request.due_on - today).days
    if left < 0:
        return text("期限を {days} 日過ぎています。", days=-left) + step
    return text("期限 {day}（あと {days} 日）。", day=context.formats.day(request.due_on), days=left) + step


def _facts(request: Request, unit: Unit, context: PageContext) -> None:
    text, formats = context.text, context.formats
    left, right = st.columns(2)
    asked = text(request_words.APPLICANT[request.applicant])
    agent = f"{asked}　{request.agent}" if request.applicant is not Applicant.PERSON else asked
    with left:
        frame.facts(
            {
                text("受けた法人"): unit.name(context.language),
                text("本人"): request.person,
                text("請求した方"): agent,
                text("送り先"): " ".join(request.contact.split()),
                text("請求の内容"): request.subject or "—",
                text("回答の方法"): text(request_words.DELIVERY[request.delivery]),
            }
        )
    checked = "—"
    if request.identity_method is not None:
        checked = text(
            "{method}　{day}　{who}",
            method=text(request_words.IDENTITY[request.identity_method]),
            day=formats.day(request.identity_on),
            who=request.identity_by,
        )
    fee = "—" if request.fee_yen is None else text("{number} 円", number=formats.number(request.fee_yen))
    facts = {
        text("受付日"): formats.day(request.received_on),
        text("回答の期限"): _due(request, context),
        text("本人確認"): checked,
        text("手数料"): fee if request.kind.may_cost else text("取れません（法第38条）"),
    }
    if request.medical:
        facts[text("医師の意見")] = "　".join(
            filter(
                None,
                (text(request_words.OPINION[request.opinion]), request.physician, request.opinion_text),
            )
        )
    if request.decision:
        facts[text("決定")] = "　".join(
            filter(
                None,
                (
                    text(request_words.DECISION[request.decision]),
                    formats.day(request.decided_on),
                    request.decider,
                ),
            )
        )
    if request.refusal:
        refusal = refusals()[request.refusal]
        facts[text("理由")] = f"{refusal.words(context.language)}（{refusal.law(context.language)}）"
    with right:
        frame.facts(facts)


def _due(request: Request, context: PageContext) -> str:
    text, day = context.text, context.formats.day
    limit = limit_of(request.limit_country)
    if request.extended_until is not None:
        return text(
            "{day}（{before} から延長：{reason}）",
            day=day(request.extended_until),
            before=day(request.target_on),
            reason=request.extension,
        )
    if limit is None:
        return text("{day}（社内の目標。法律は「遅滞なく」）", day=day(request.target_on))
    return text(
        "{day}（{law} の期限は {limit}。確かさ：{confidence}）",
        day=day(request.target_on),
        law=limit.law,
        limit=day(limit.due(request.received_on)),
        confidence=_confidence(limit.confidence, context),
    )


def _confidence(level: str, context: PageContext) -> str:
    text = context.text
    return {"high": text("条文で確認"), "medium": text("一般の知識")}.get(level, text("要確認"))


def _identity(request: Request, today: date, context: PageContext) -> None:
    text = context.text
    agents = (IdentityMethod.MANDATE, IdentityMethod.FAMILY_REGISTER)
    methods = [
        each
        for each in request_words.IDENTITY
        if (each in agents) is (request.applicant is not Applicant.PERSON)
    ]
    if request.state is RequestState.RECEIVED:
        frame.heading(text("本人確認"), text("確認した方法と日を記録します。書類の写しは保存しません。"))
        place: AbstractContextManager[object] = nullcontext()
    else:
        place = st.expander(text("本人確認をやり直す"))
    with place, st.form("identity", border=False):
        left, middle, right = st.columns([4, 2, 2], vertical_alignment="bottom")
        with left:
            method = st.selectbox(
                text("確認した方法"), methods, format_func=lambda each: text(request_words.IDENTITY[each])
            )
        with middle:
            on = st.date_input(text("確認日"), today, format="YYYY/MM/DD")
        with right:
            sent = st.form_submit_button(text("本人確認を記録"), key="request-identity", type="primary")
    if sent and isinstance(on, date):
        _do(
            lambda tx: register.confirm_identity(
                tx, request.id, method, on=on, expected_version=request.version
            ),
            text("本人確認を記録しました。"),
            context,
        )


def _amend(request: Request, context: PageContext) -> None:
    text = context.text
    with st.expander(text("記載を直す・延長する・医師の意見を記録する")), st.form("amend", border=False):
        left, right = st.columns(2)
        with left:
            contact = st.text_area(text("回答の送り先（必須）"), request.contact, height=104)
            subject = st.text_area(text("請求の内容"), request.subject, height=104)
            provisions = st.checkbox(text("第三者提供記録を含める"), request.with_provisions)
        with right:
            until = st.date_input(text("延長後の期限"), request.extended_until, format="YYYY/MM/DD")
            extension = st.text_input(text("延長の理由（本人に伝えます）"), request.extension)
            fee = st.number_input(text("手数料（円）"), min_value=0, value=request.fee_yen, step=100)
            paid = st.date_input(text("手数料を受け取った日"), request.fee_paid_on, format="YYYY/MM/DD")
        changes: dict[str, object] = {
            "contact": contact,
            "subject": subject,
            "with_provisions": provisions,
            "extended_until": until if isinstance(until, date) else None,
            "extension": extension,
            "fee_yen": fee,
            "fee_paid_on": paid if isinstance(paid, date) else None,
        }
        if request.medical:
            changes |= _opinion(request, context)
        sent = st.form_submit_button(text("変更を保存"), key="request-amend")
    if sent:
        _do(
            lambda tx: register.amend(tx, request.id, changes, expected_version=request.version),
            text("変更を保存しました。"),
            context,
        )


def _opinion(request: Request, context: PageContext) -> dict[str, object]:
    text = context.text
    left, right = st.columns(2)
    opinions: list[Opinion] = list(request_words.OPINION)
    with left:
        opinion = st.selectbox(
            text("医師の意見"),
            opinions,
            index=opinions.index(request.opinion),
            format_func=lambda each: text(request_words.OPINION[each]),
        )
        physician = st.text_input(text("医師の氏名"), request.physician)
    with right:
        words = st.text_area(text("意見の内容"), request.opinion_text, height=104)
    return {"opinion": opinion, "physician": physician, "opinion_text": words}


def _decide(request: Request, context: PageContext) -> None:
    text = context.text
    frame.heading(text("決定"), text("応じないとき、一部に応じるときは、理由と根拠の条文を本人に伝えます。"))
    with st.form("decide", border=False):
        decisions: list[Decision] = list(request_words.DECISION)
        left, right = st.columns(2)
        with left:
            decision = st.selectbox(
                text("決定"),
                decisions,
                index=decisions.index(request.decision) if request.decision else None,
                placeholder=text("決定を選ぶ"),
                format_func=lambda each: text(request_words.DECISION[each]),
            )
        choices = refusals_for(request.kind.value)
        ids = [each.id for each in choices]
        with right:
            refusal = st.selectbox(
                text("応じない理由"),
                choices,
                index=ids.index(request.refusal) if request.refusal in ids else None,
                placeholder=text("応じるときは空のまま"),
                format_func=lambda each: f"{each.words(context.language)}　{each.law(context.language)}",
            )
        reasons = st.text_area(text("補足（回答書に載ります）"), request.reasons, height=104)
        sent = st.form_submit_button(text("決定を記録"), key="request-decide", type="primary")
    if sent:
        _do(
            lambda tx: register.decide(
                tx,
                request.id,
                decision or Decision.NONE,
                refusal=refusal.id if refusal is not None else "",
                reasons=reasons,
                expected_version=request.version,
            ),
            text("決定を記録しました。回答書を確かめてください。"),
            context,
        )


def _letter(request: Request, unit: Unit, context: PageContext) -> None:
    text = context.text
    frame.heading(text("回答書"), text("PDF はその場で作り、保存しません。作ったことは操作記録に残ります。"))
    languages = {"ja": "日本語", "en": "English"}
    chosen = st.segmented_control(
        text("回答書の言語"),
        list(languages),
        default=context.language,
        key="letter-language",
        format_func=lambda code: languages[code],
        required=True,
    )
    language = str(chosen or context.language)
    if not st.button(text("回答書を作る"), key="letter-make"):
        return
    try:
        with context.write("reply letter") as tx:
            register.note_letter(tx, request.id, language)
            lines = _provisions(tx, request)
    except RegistryError as error:
        st.error(request_words.refused(error, context))
        return
    desk = context.workspace.settings.desks.get(unit.code, "")
    made = reply_letter(request, Sender(unit.name(language), desk), language, lines)
    st.download_button(
        text("回答書（PDF）を受け取る"),
        made,
        file_name=f"{request.number}-{language}.pdf",
        mime="application/pdf",
        key="letter-download",
        type="primary",
    )


def _provisions(tx: Tx, request: Request) -> list[ProvisionLine]:
    """Return the records of provision that name the person, for a request that includes them."""
    if not request.with_provisions:
        return []
    return [
        ProvisionLine(each.on_day, each.direction is Direction.RECEIVED, each.counterpart, each.items)
        for each in provisions.of_person(tx, request.unit_id, request.person)
    ]


def _close(request: Request, today: date, context: PageContext) -> None:
    text = context.text
    frame.heading(text("回答して閉じる"))
    on = st.date_input(text("回答日"), today, format="YYYY/MM/DD", key="request-answered")
    sure = st.checkbox(
        text("請求 {number} を閉じますか？閉じた後は変更できません。", number=request.number),
        key="request-sure",
    )
    if st.button(text("回答済みとして閉じる"), key="request-close", type="primary", disabled=not sure) and (
        isinstance(on, date)
    ):
        _do(
            lambda tx: register.close(tx, request.id, answered_on=on, expected_version=request.version),
            text("請求を閉じました。"),
            context,
        )


def _do(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    """Make a change; say what came of it, on the page as it then is."""
    try:
        with context.write("request page") as tx:
            act(tx)
    except RegistryError as error:
        st.error(request_words.refused(error, context))
        return
    st.session_state[_SAID] = said
    st.rerun()
