"""Language of a page: which one, the switch for it, and Streamlit's own English words in Japanese.

Streamlit says `lang="en"` and keeps its own labels in English; an invisible component sets the language
of the document and translates these labels. Texts of the product are left alone.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from daicho.pages.cookies import LANGUAGE_COOKIE
from daicho.text import LANGUAGES

OWN_WORDS = {
    "Close": "閉じる",
    "Close drawer": "閉じる",
    "Close dialog": "閉じる",
    "Sidebar": "サイドバー",
    "Navigate to home page": "最初のページへ",
    "App pages": "ページ",
    "Selected values": "選んだもの",
    "Decrement": "減らす",
    "Increment": "増やす",
    "Choose date": "日付を選ぶ",
    "Clear all": "すべて消す",
    "Clear value": "値を消す",
    "Clear": "消す",
    "Choose options": "選ぶ",
    "Choose an option": "選ぶ",
    "Select all": "すべて選ぶ",
    "No results": "見つかりません",
    "No options to select.": "選べるものがありません",
    "Press Enter to apply": "Enter キーで反映",
    "Press Enter to submit form": "Enter キーで保存",
    "Press ⌘+Enter to apply": "⌘+Enter キーで反映",
    "Press Ctrl+Enter to apply": "Ctrl+Enter キーで反映",
    "Press Ctrl+Enter to submit form": "Ctrl+Enter キーで保存",
    "Increment value": "増やす",
    "Decrement value": "減らす",
    "open": "開く",
    "Open": "開く",
    "Close sidebar": "サイドバーを閉じる",
    "Collapse sidebar": "サイドバーを閉じる",
    "Expand sidebar": "サイドバーを開く",
    "Open sidebar": "サイドバーを開く",
    "Main menu": "メニュー",
    "Previous page": "前のページ",
    "Next page": "次のページ",
    "Previous": "前へ",
    "Next": "次へ",
    "Pagination": "ページの移動",
    "Resize drawer": "幅を変える",
    "Help": "説明",
    "Show help": "説明を表示",
    "Stop": "止める",
    "Running...": "処理しています",
    "Rerun": "もう一度表示",
    "Settings": "設定",
    "Print": "印刷",
    "Connecting": "接続しています",
    "Connection error": "接続が切れました",
    "Select a date.": "日付を選ぶ",
    "Skip to main content": "本文へ進む",
    "Dismiss": "閉じる",
    "Upload": "ファイルを選ぶ",
    "file upload": "ファイルを選ぶ",
    "Browse files": "ファイルを選ぶ",
    "Drag and drop file here": "ここにファイルを置く",
    "Add files": "ファイルを選び直す",
    "Previous month": "前の月",
    "Next month": "次の月",
}
# Labels with something in them; the part in brackets is kept.
OWN_PATTERNS = (
    ("^Page (\\d+)$", "$1 ページ目"),
    ("^(\\d+)MB per file • (.+)$", "$1 MB まで（$2）"),
    ("^(\\d+)MB per file$", "$1 MB まで"),
    ("^Remove (.+)$", "$1 を外す"),
    ("^Selected Date: (.+)$", "選んだ日付：$1"),
)

_WORDS = st.components.v2.component(
    "daicho.language",
    js=Path(__file__).with_name("language.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def current() -> str:
    """Return the language of this session: chosen, else from the sign-in page, else the browser's."""
    chosen = st.session_state.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    from_cookie = st.context.cookies.get(LANGUAGE_COOKIE, "")
    if from_cookie in LANGUAGES:
        return from_cookie
    locale = st.context.locale or "ja"
    return "en" if locale.lower().startswith("en") else "ja"


def switch() -> None:
    """Show the choice of language in the sidebar."""
    st.session_state.setdefault("language", current())
    st.segmented_control(
        "言語 / Language",
        LANGUAGES,
        key="language",
        format_func=lambda code: "English" if code == "en" else "日本語",
        required=True,
    )


def set_document(language: str, title: str) -> None:
    """Tell the browser the page's language and put Streamlit's own words into it."""
    _WORDS(
        key="document-language",
        data={
            "language": language,
            "title": title,
            "words": OWN_WORDS if language == "ja" else {},
            "patterns": OWN_PATTERNS,
        },
        height=1,
    )


_REDIRECT = st.components.v2.component(
    "daicho.redirect",
    js="export default function ({ data }) { window.location.replace(data.address); }",
    isolate_styles=False,
)


def redirect(address: str) -> None:
    """Send the browser to an address of this server, outside of Streamlit."""
    _REDIRECT(key="redirect", data={"address": address}, height=1)
