"""What is done with a registered source 走査の対象: registered, changed, tried, released, removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from daicho.credentials import CredentialError
from daicho.pages import addresses, frame, scope, source_form, source_progress
from daicho.pages.context import PageContext
from daicho.pages.source_words import BAR, COLLECTED, credential_words, refusal, step_words
from daicho.source_opening import checks
from registry import scan_jobs, scan_permission, sources
from registry.access import allowed, top_unit
from registry.errors import AccessDenied, Duplicate, InvalidValue, RegistryError
from registry.model import Permission, SourceRow, Unit
from registry.scan_permission import ScanRefusedError
from registry.source_terms import PlaceKind
from registry.store import Tx
from scanners.errors import SourceError

SAID = "source-said"
_REASON = "sources page"


def names_machine(tx: Tx) -> bool:
    """Tell whether the person may name credentials and places of the machine that scans."""
    top = top_unit(tx)
    return top is not None and allowed(tx, Permission.MANAGE_SOURCES, top)


def add(units: Sequence[Unit], context: PageContext, *, machine: bool) -> None:
    """Show the form of a new source and register it."""
    source_form.show(None, units, context, lambda draft: _save(draft, None, context), machine=machine)


def edit(known: SourceRow, context: PageContext, *, machine: bool) -> None:
    """Show the form of a known source and change it."""
    source_form.show(known, (), context, lambda draft: _save(draft, known, context), machine=machine)


def _save(
    draft: source_form.Draft, known: SourceRow | None, context: PageContext
) -> source_form.Refused | None:
    text = context.text
    try:
        with context.afresh().write(_REASON) as tx:
            saved = draft.saved(tx, known)
            bar = scan_permission.bar(tx, saved)
    except RegistryError as error:
        why = source_form.Refused(_column(error, draft), refused(error, context))
    else:
        said = text("「{name}」を保存しました。", name=saved.name)
        st.session_state[SAID] = said + (text(BAR[bar]) if bar else "")
        if known is None:
            addresses.go(addresses.SOURCES, unit=scope.chosen_code(), source=str(saved.id))
        st.rerun()
    return why


def _column(error: RegistryError, draft: source_form.Draft) -> str:
    """Return the field that a refusal is about; empty for none."""
    match error:
        case InvalidValue(column=column) | Duplicate(column=column):
            return column
        case AccessDenied() if sources.is_of_machine(draft.url):
            return "url"
        case AccessDenied() if draft.terms.credential:
            return "credential"
    return ""


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, and what to do."""
    match error:
        case ScanRefusedError(bar=bar, name=name):
            return f"{name}: {context.text(BAR[bar])}"
        case InvalidValue(column="url", rule="collected"):
            return context.text(COLLECTED)
    return refusal(error, context.text)


def test(of: SourceRow, context: PageContext) -> None:
    """Offer to try a source step by step, and show which step failed and what to do."""
    text = context.text
    key = f"source-test-{of.id}-{of.version}"
    if st.button(text("接続を確かめる"), key="source-test", icon=":material/lan:"):
        with st.spinner(text("確かめています")):
            st.session_state[key] = tuple(_tried(of, context))
    if told := st.session_state.get(key):
        frame.said("\n".join(told))


def _tried(of: SourceRow, context: PageContext) -> Iterable[str]:
    """Yield a line for each step; a place that may not be scanned is not even tried."""
    text, now = context.text, context.afresh()
    try:
        with now.read() as tx:
            found = sources.source(tx, of.id)
            scan_permission.require_scannable(tx, found.unit_id, found.url, source=found)
        made = checks(found, now.workspace.path)
        if made is None:
            yield text("この種類の対象には確認の手順がありません。走査で確かめてください。")
            return
        for check in made:
            yield step_words(check, text)
    except RegistryError as error:
        yield refused(error, context)
    except CredentialError as error:
        yield credential_words(error, text)
    except SourceError as error:
        yield text("だめ: 場所を開けません。書き方を確かめてください。（{detail}）", detail=str(error))


def device(of: SourceRow, context: PageContext) -> None:
    """Offer to scan a medical device 医療機器 all the same, with a reason, or to exclude it again."""
    if of.terms.kind is not PlaceKind.MEDICAL_DEVICE:
        return
    text = context.text
    if of.terms.release is not None:
        if st.button(text("除外に戻す"), key="source-exclude-device"):
            _decide(of, "", context)
        return
    with st.expander(text("医療機器の除外を解く")):
        reason = st.text_input(text("除外を解く理由（必須）"), key=f"source-release-{of.id}-{of.version}")
        if st.button(text("除外を解く"), key="source-release-device"):
            if reason.strip():
                _decide(of, reason, context)
            else:
                st.error(text("理由を入れてください。"))


def _decide(of: SourceRow, reason: str, context: PageContext) -> None:
    try:
        with context.afresh().write(_REASON) as tx:
            if reason:
                sources.release_device(tx, of.id, reason=reason, expected_version=of.version)
            else:
                sources.exclude_device(tx, of.id, expected_version=of.version)
    except RegistryError as error:
        st.error(refused(error, context))
        return
    st.session_state[SAID] = context.text("「{name}」を保存しました。", name=of.name)
    st.rerun()


def remove(of: SourceRow, context: PageContext) -> None:
    """Offer to take a source off the list, once no scan of it is asked for or at work."""
    text = context.text
    with st.expander(text("登録を取り消す")):
        frame.note(text("走査の結果と記録は残ります。"))
        if not st.button(text("登録を取り消す"), key="source-remove"):
            return
        try:
            with context.afresh().write(_REASON) as tx:
                live = source_progress.is_live(scan_jobs.of_sources(tx).get(of.id))
                if not live:
                    sources.remove_source(tx, of.id)
        except RegistryError as error:
            st.error(refused(error, context))
            return
        if live:
            st.error(text("走査を停止してから、登録を取り消してください。"))
            return
        st.session_state[SAID] = text("「{name}」の登録を取り消しました。", name=of.name)
        addresses.go(addresses.SOURCES, unit=scope.chosen_code())
