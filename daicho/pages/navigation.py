"""The map of the pages and what stands beside every one of them: brand, language, who is signed in."""

from __future__ import annotations

import functools
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
    locked_files,
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
    remediations,
    requests,
    requirements,
    risks,
    self_checks,
    sources,
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
from daicho.remediating import is_enabled
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
    text, page = context.text, functools.partial(_page, context)
    if context.principal.held_back:  # roles wait for training: it is all that there is
        return {
            text("教育"): [
                page(my_training.show, text("自分の教育"), at, "menu_book", listed=not at)
                for at in (addresses.OVERVIEW, addresses.MY_TRAINING)
            ]
        }
    audited = context.may(Permission.VIEW_AUDITS) or audits.has_own(context)
    return {
        text("仕事"): [
            page(today.show, text("今日の対応"), addresses.TODAY, "today"),
            page(cases.show, text("差異"), addresses.CASES, "difference"),
            page(ledger.show, text("個人情報管理台帳"), addresses.LEDGER, "menu_book"),
            page(disposals.show, text("廃棄"), addresses.DISPOSALS, "delete_sweep", Permission.VIEW_LEDGER),
            page(risks.show, text("リスク分析"), addresses.RISKS, "shield", Permission.VIEW_LEDGER),
        ],
        text("本人と委託先"): [
            page(
                requests.show,
                text("開示等の請求"),
                addresses.REQUESTS,
                "contact_mail",
                Permission.VIEW_REQUESTS,
            ),
            page(
                complaints.show,
                text("苦情・相談"),
                addresses.COMPLAINTS,
                "support_agent",
                Permission.VIEW_COMPLAINTS,
            ),
            page(notices.show, text("通知・同意文"), addresses.NOTICES, "campaign", Permission.VIEW_LEDGER),
            page(
                provisions.show,
                text("提供の記録"),
                addresses.PROVISIONS,
                "outbox",
                Permission.VIEW_PROVISIONS,
            ),
            page(
                disclosures.show,
                text("提供の根拠"),
                addresses.DISCLOSURES,
                "handshake",
                Permission.VIEW_LEDGER,
            ),
            page(
                processors.show,
                text("委託先"),
                addresses.PROCESSORS,
                "local_shipping",
                Permission.VIEW_LEDGER,
            ),
        ],
        text("プライバシーマーク"): [
            page(
                pm_certificates.show,
                text("付与と更新"),
                addresses.CERTIFICATES,
                "verified",
                Permission.VIEW_CERTIFICATION,
            ),
            page(
                assessments.show, text("審査"), addresses.ASSESSMENTS, "rule", Permission.VIEW_CERTIFICATION
            ),
            page(
                requirements.show,
                text("要求事項と準備状況"),
                addresses.REQUIREMENTS,
                "checklist",
                Permission.VIEW_CERTIFICATION,
            ),
            page(
                packs.show, text("証跡パック"), addresses.PACKS, "inventory_2", Permission.VIEW_CERTIFICATION
            ),
            page(
                changes.show,
                text("変更報告"),
                addresses.CHANGES,
                "published_with_changes",
                Permission.VIEW_CERTIFICATION,
            ),
            page(
                catalogue.show,
                text("要求事項の一覧と対応表"),
                addresses.CATALOGUE,
                "list_alt",
                Permission.VIEW_CERTIFICATION,
            ),
        ],
        text("点検と改善"): [
            page(
                pms_years.show,
                text("年間計画"),
                addresses.PMS_YEARS,
                "event_repeat",
                Permission.VIEW_CERTIFICATION,
            ),
            page(
                confirmations.show,
                text("運用の確認"),
                addresses.CONFIRMATIONS,
                "fact_check",
                Permission.VIEW_CONFIRMATIONS,
            ),
            page(audits.show, text("内部監査"), addresses.AUDITS, "policy", listed=audited),
            page(
                self_checks.show,
                text("海外会社の自己点検"),
                addresses.SELF_CHECKS,
                "public",
                Permission.VIEW_AUDITS,
            ),
            page(actions.show, text("是正処置"), addresses.ACTIONS, "build_circle", Permission.VIEW_AUDITS),
            page(
                management_reviews.show,
                text("マネジメントレビュー"),
                addresses.MANAGEMENT_REVIEWS,
                "rate_review",
                Permission.VIEW_REVIEWS,
            ),
        ],
        text("体制と規程"): [
            page(
                governance.show,
                text("体制と決定事項"),
                addresses.GOVERNANCE,
                "groups",
                Permission.VIEW_REVIEWS,
            ),
            page(documents.show, text("内部規程"), addresses.DOCUMENTS, "gavel", Permission.VIEW_REVIEWS),
            page(laws.show, text("法令等一覧"), addresses.LAWS, "balance", Permission.VIEW_CERTIFICATION),
            page(my_rules.show, text("規程を読む"), addresses.MY_RULES, "chrome_reader_mode"),
        ],
        text("教育"): [
            page(
                training.show, text("教育の状況"), addresses.TRAINING, "school", Permission.VIEW_CERTIFICATION
            ),
            page(
                training_courses.show,
                text("教育コース"),
                addresses.TRAINING_COURSES,
                "library_books",
                Permission.MANAGE_TRAINING,
            ),
            page(
                training_imports.show,
                text("名簿と受講結果の取込"),
                addresses.TRAINING_IMPORTS,
                "upload_file",
                Permission.MANAGE_TRAINING,
            ),
            page(my_training.show, text("自分の教育"), addresses.MY_TRAINING, "assignment_ind"),
        ],
        text("状況"): [
            page(overview.show, text("グループの状況"), addresses.OVERVIEW, "monitoring"),
            page(entity.show, text("会社・病院"), addresses.ENTITY, "apartment"),
        ],
        text("データ"): [
            page(
                inventory.show,
                text("データの所在"),
                addresses.INVENTORY,
                "folder_open",
                Permission.VIEW_LOCATIONS,
            ),
            page(
                sources.show,
                text("走査の対象"),
                addresses.SOURCES,
                "radar",
                Permission.VIEW_LOCATIONS,
            ),
            page(
                locked_files.show,
                text("パスワード付きファイル"),
                addresses.LOCKED,
                "lock",
                Permission.VIEW_LOCATIONS,
            ),
            page(
                remediations.show,
                text("データの是正"),
                addresses.REMEDIATION,
                "healing",
                Permission.VIEW_LOCATIONS,
                listed=is_enabled(context.workspace),
            ),
        ],
        text("管理"): [
            page(units.show, text("組織"), addresses.UNITS, "account_tree", Permission.MANAGE_ORGANISATION),
            page(people.show, text("利用者と権限"), addresses.PEOPLE, "group", Permission.MANAGE_USERS),
            page(journal.show, text("操作の記録"), addresses.JOURNAL, "history", Permission.VIEW_JOURNAL),
            # One's own, beside the name: see `_person`.
            page(
                notifications.show, text("お知らせ"), addresses.NOTIFICATIONS, "notifications", listed=False
            ),
        ],
    }


def _page(
    context: PageContext,
    show: Callable[[PageContext], None],
    title: str,
    address: str,
    icon: str,
    needs: Permission | None = None,
    *,
    listed: bool = True,
) -> st.Page:
    """Return a page; without the right it is out of the menu and says, when opened, what is lacking."""

    def page() -> None:
        show(context)

    return st.Page(
        page,
        title=title,
        icon=f":material/{icon}:",
        url_path=address or None,
        default=address == addresses.OVERVIEW,
        visibility="visible" if listed and (needs is None or context.may(needs)) else "hidden",
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
