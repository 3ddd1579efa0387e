"""The map of the pages and what stands beside every one of them: brand, language, who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from daicho.pages import (
    actions,
    addresses,
    assessments,
    audits,
    cases,
    catalogue,
    changes,
    complaints,
    confirmations,
    disclosures,
    disposals,
    documents,
    entity,
    governance,
    inventory,
    journal,
    language,
    laws,
    ledger,
    management_reviews,
    my_rules,
    my_training,
    notices,
    notifications,
    overview,
    packs,
    people,
    pm_certificates,
    pms_years,
    processors,
    provisions,
    requests,
    requirements,
    risks,
    self_checks,
    theme,
    today,
    training,
    training_courses,
    training_imports,
    units,
    words,
)
from daicho.pages.context import PageContext
from daicho.pages.cookies import session_token
from daicho.text import translator
from daicho.workspace import Workspace
from registry import sessions
from registry.model import Permission, Principal

STATIC = Path(__file__).with_name("static")


def configure() -> None:
    """Set the browser tab and the width; no icon comes from another host."""
    st.set_page_config(page_title="台帳 Daicho", page_icon=str(STATIC / "icon.svg"), layout="wide")


def run(workspace: Workspace, principal: Principal) -> None:
    """Show the page of the address for one signed-in person."""
    theme.apply()
    st.logo(str(STATIC / f"logo-{theme.theme_name()}.svg"), size="large")
    context = PageContext(workspace, principal, language.current())
    page = st.navigation(_pages(context), position="sidebar", expanded=True)
    with st.sidebar:
        language.switch()
        _person(context)
    language.set_document(context.language, f"{page.title} — 台帳 Daicho")
    page.run()


def _pages(context: PageContext) -> dict[str, list[st.Page]]:
    """Return the pages in sections; services check every permission again."""
    text = context.text
    if context.principal.held_back:  # roles wait for training: it is all that there is
        return {
            text("教育"): [
                _page(
                    my_training.show, text("自分の教育"), at, ":material/menu_book:", context, listed=not at
                )
                for at in (addresses.OVERVIEW, addresses.MY_TRAINING)
            ]
        }
    may_locate = context.may(Permission.VIEW_LOCATIONS)
    return {
        text("仕事"): [
            _page(today.show, text("今日の対応"), addresses.TODAY, ":material/today:", context),
            _page(cases.show, text("差異"), addresses.CASES, ":material/difference:", context),
            _page(ledger.show, text("個人情報管理台帳"), addresses.LEDGER, ":material/menu_book:", context),
            _page(
                disposals.show,
                text("廃棄"),
                addresses.DISPOSALS,
                ":material/delete_sweep:",
                context,
                listed=context.may(Permission.VIEW_LEDGER),
            ),
            _page(
                risks.show,
                text("リスク分析"),
                addresses.RISKS,
                ":material/shield:",
                context,
                listed=context.may(Permission.VIEW_LEDGER),
            ),
            _page(
                processors.show,
                text("委託先"),
                addresses.PROCESSORS,
                ":material/local_shipping:",
                context,
                listed=context.may(Permission.VIEW_LEDGER),
            ),
            _page(
                disclosures.show,
                text("提供の根拠"),
                addresses.DISCLOSURES,
                ":material/handshake:",
                context,
                listed=context.may(Permission.VIEW_LEDGER),
            ),
            _page(
                requests.show,
                text("開示等の請求"),
                addresses.REQUESTS,
                ":material/contact_mail:",
                context,
                listed=context.may(Permission.VIEW_REQUESTS),
            ),
            _page(
                provisions.show,
                text("提供の記録"),
                addresses.PROVISIONS,
                ":material/outbox:",
                context,
                listed=context.may(Permission.VIEW_PROVISIONS),
            ),
            _page(
                notices.show,
                text("通知・同意文"),
                addresses.NOTICES,
                ":material/campaign:",
                context,
                listed=context.may(Permission.VIEW_LEDGER),
            ),
        ],
        text("プライバシーマーク"): [
            _page(
                pm_certificates.show,
                text("付与と更新"),
                addresses.CERTIFICATES,
                ":material/verified:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                assessments.show,
                text("審査"),
                addresses.ASSESSMENTS,
                ":material/rule:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                requirements.show,
                text("要求事項と準備状況"),
                addresses.REQUIREMENTS,
                ":material/checklist:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                catalogue.show,
                text("要求事項の一覧と対応表"),
                addresses.CATALOGUE,
                ":material/rule:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                training.show,
                text("教育の状況"),
                addresses.TRAINING,
                ":material/school:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                pms_years.show,
                text("年間計画"),
                addresses.PMS_YEARS,
                ":material/event_repeat:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                packs.show,
                text("証跡パック"),
                addresses.PACKS,
                ":material/inventory_2:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                confirmations.show,
                text("運用の確認"),
                addresses.CONFIRMATIONS,
                ":material/fact_check:",
                context,
                listed=context.may(Permission.VIEW_CONFIRMATIONS),
            ),
            _page(
                audits.show,
                text("内部監査"),
                addresses.AUDITS,
                ":material/rule:",
                context,
                listed=context.may(Permission.VIEW_AUDITS) or audits.has_own(context),
            ),
            _page(
                actions.show,
                text("是正処置"),
                addresses.ACTIONS,
                ":material/build_circle:",
                context,
                listed=context.may(Permission.VIEW_AUDITS),
            ),
            _page(
                complaints.show,
                text("苦情・相談"),
                addresses.COMPLAINTS,
                ":material/support_agent:",
                context,
                listed=context.may(Permission.VIEW_COMPLAINTS),
            ),
            _page(
                governance.show,
                text("体制と決定事項"),
                addresses.GOVERNANCE,
                ":material/groups:",
                context,
                listed=context.may(Permission.VIEW_REVIEWS),
            ),
            _page(
                documents.show,
                text("内部規程"),
                addresses.DOCUMENTS,
                ":material/gavel:",
                context,
                listed=context.may(Permission.VIEW_REVIEWS),
            ),
            _page(
                management_reviews.show,
                text("マネジメントレビュー"),
                addresses.MANAGEMENT_REVIEWS,
                ":material/rate_review:",
                context,
                listed=context.may(Permission.VIEW_REVIEWS),
            ),
            _page(
                laws.show,
                text("法令等一覧"),
                addresses.LAWS,
                ":material/balance:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                changes.show,
                text("変更報告"),
                addresses.CHANGES,
                ":material/published_with_changes:",
                context,
                listed=context.may(Permission.VIEW_CERTIFICATION),
            ),
            _page(
                self_checks.show,
                text("海外会社の自己点検"),
                addresses.SELF_CHECKS,
                ":material/public:",
                context,
                listed=context.may(Permission.VIEW_AUDITS),
            ),
            _page(
                training_courses.show,
                text("教育コース"),
                addresses.TRAINING_COURSES,
                ":material/library_books:",
                context,
                listed=context.may(Permission.MANAGE_TRAINING),
            ),
            _page(
                training_imports.show,
                text("名簿と受講結果の取込"),
                addresses.TRAINING_IMPORTS,
                ":material/upload_file:",
                context,
                listed=context.may(Permission.MANAGE_TRAINING),
            ),
            _page(
                my_training.show,
                text("自分の教育"),
                addresses.MY_TRAINING,
                ":material/assignment_ind:",
                context,
            ),
            _page(
                my_rules.show,
                text("規程を読む"),
                addresses.MY_RULES,
                ":material/chrome_reader_mode:",
                context,
            ),
        ],
        text("状況"): [
            _page(
                overview.show, text("グループの状況"), addresses.OVERVIEW, ":material/monitoring:", context
            ),
            _page(entity.show, text("会社・病院"), addresses.ENTITY, ":material/apartment:", context),
        ],
        # Out of the menu, yet there: an address from a colleague says that one lacks the right.
        text("データ"): [
            _page(
                inventory.show,
                text("データの所在"),
                addresses.INVENTORY,
                ":material/folder_open:",
                context,
                listed=may_locate,
            )
        ],
        text("管理"): [
            _page(
                units.show,
                text("組織"),
                addresses.UNITS,
                ":material/account_tree:",
                context,
                listed=context.may(Permission.MANAGE_ORGANISATION),
            ),
            _page(
                people.show,
                text("利用者と権限"),
                addresses.PEOPLE,
                ":material/group:",
                context,
                listed=context.may(Permission.MANAGE_USERS),
            ),
            _page(
                journal.show,
                text("操作の記録"),
                addresses.JOURNAL,
                ":material/history:",
                context,
                listed=context.may(Permission.VIEW_JOURNAL),
            ),
            # One's own, beside the name: see `_person`.
            _page(
                notifications.show,
                text("お知らせ"),
                addresses.NOTIFICATIONS,
                ":material/notifications:",
                context,
                listed=False,
            ),
        ],
    }


def _page(
    show: Callable[[PageContext], None],
    title: str,
    address: str,
    icon: str,
    context: PageContext,
    *,
    listed: bool = True,
) -> st.Page:
    def page() -> None:
        show(context)

    return st.Page(
        page,
        title=title,
        icon=icon,
        url_path=address or None,
        default=address == addresses.OVERVIEW,
        visibility="visible" if listed else "hidden",
    )


def _person(context: PageContext) -> None:
    """Show who is signed in, as what, and the way out."""
    text = context.text
    roles = words.listed(
        dict.fromkeys(text(words.ROLE[grant.role]) for grant in context.principal.grants), text
    )
    st.html(f"<p class='dc-muted'>{escape(context.principal.name)}　{escape(roles)}</p>")
    st.html(
        f"<p><a href='/account' target='_self'>{escape(text('アカウント'))}</a>　"
        f"<a href='/{addresses.NOTIFICATIONS}' target='_self'>{escape(text('お知らせ'))}</a></p>"
    )
    if st.button(text("サインアウト"), key="sign-out", type="tertiary", icon=":material/logout:"):
        secure = context.workspace.settings.web.is_secure
        token = session_token(st.context.cookies, secure=secure)
        if token:
            sessions.sign_out(context.workspace.registry, token)
        language.redirect("/sign-in")
        st.stop()


def sign_in_needed(target: str) -> None:
    """Send the browser to the sign-in page; the target is kept for the way back."""
    theme.apply()
    text = translator(language.current())
    language.redirect(f"/sign-in?next={target}")
    link = f"<a href='/sign-in?next={escape(target)}' target='_self'>{escape(text('サインインへ進む'))}</a>"
    st.html(f"<div class='dc-message'>{escape(text('サインインが必要です。'))} {link}</div>")
