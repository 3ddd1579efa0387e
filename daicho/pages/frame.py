"""What stands on every page: title with purpose, verdict, small headings, and the states without content."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from daicho.pages import risk_scale
from daicho.text import Translator


def title(name: str, purpose: str) -> None:
    """Show the page's title and its purpose in one sentence."""
    st.html(f"<h1 class='dc-title'>{escape(name)}</h1><p class='dc-purpose'>{escape(purpose)}</p>")


def verdict(sentence: str) -> None:
    """Show what is true, in one or two sentences; `**` marks what carries the meaning."""
    st.html(f"<p class='dc-verdict'>{_marked(sentence)}</p>")


def attention(name: str, sentences: Sequence[str]) -> None:
    """Show a few sentences that want to be read first, under a name; nothing where there is none."""
    if sentences:
        lines = "<br>".join(_marked(each) for each in sentences)
        st.html(f"<div class='dc-step'><b>{escape(name)}</b><br>{lines}</div>")


def _marked(sentence: str) -> str:
    """Return a sentence as HTML: `**` becomes bold, and a number keeps its unit on its line."""
    parts = escape(re.sub(r"(?<=\d) (?=[人件単点])", "\u00a0", sentence)).split("**")
    return "".join(f"<b>{part}</b>" if index % 2 else part for index, part in enumerate(parts))


def bold(words: str) -> str:
    """Return words marked for `verdict`, with nothing in them that could end the mark."""
    return f"**{words.replace('**', '')}**"


def heading(name: str, note: str = "") -> None:
    """Show a heading of the second level and a muted line below it."""
    below = f"<p class='dc-muted'>{escape(note)}</p>" if note else ""
    st.html(f"<h2 class='dc-h2'>{escape(name)}</h2>{below}")


def note(sentence: str) -> None:
    """Show a muted line."""
    st.html(f"<p class='dc-muted'>{escape(sentence)}</p>")


def message(sentence: str) -> None:
    """Show why there is no content here, and what to do."""
    st.html(f"<div class='dc-message' role='status'>{escape(sentence)}</div>")


def said(words: str) -> None:
    """Show what somebody wrote, with its lines."""
    st.html(f"<div class='dc-message dc-lines'>{escape(words)}</div>")


def no_right(text: Translator) -> None:
    """Show that the person may not see this page."""
    message(text("このページは閲覧できません。権限は個人情報保護管理者に確認してください。"))


def failed(number: str, text: Translator) -> None:
    """Show that something went wrong, with the number under which the log has it."""
    sentence = text(
        "表示できませんでした。もう一度お試しください。続くときは番号 {number} を伝えてください。",
        number=number,
    )
    message(sentence)


def nothing_scanned(text: Translator) -> None:
    """Show the state before the first scan."""
    message(text("まだ走査していません。最初の対象を登録してください。"))


def chip(score: int, text: Translator, *, number: bool = True) -> str:
    """Return the chip of a score as HTML, with or without the number."""
    step = risk_scale.step_of(score)
    shown = risk_scale.label(score, text) if number else f"{step.shape} {text(step.word)}"
    return f"<span class='dc-chip dc-chip-{step.level // 20}'>{escape(shown)}</span>"


def legend(text: Translator) -> None:
    """Show the five steps of the scale."""
    chips = " ".join(chip(step.level, text, number=False) for step in risk_scale.STEPS)
    st.html(f"<div class='dc-legend'><span>{escape(text('リスク：'))}</span>{chips}</div>")


def facts(pairs: Mapping[str, str]) -> None:
    """Show pairs of name and value."""
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs.items())
    st.html(f"<dl class='dc-facts'>{lines}</dl>")


def bar(sentence: str, share: float) -> None:
    """Show a share as a sentence and a bar; `**` marks what carries the meaning."""
    width = max(0.0, min(1.0, share)) * 100
    filled = f"<div class='dc-bar'><i style='width:{width:.1f}%'></i></div>"
    st.html(f"<div class='dc-fact'>{_marked(sentence)}</div>{filled}")


def pairs_list(pairs: Sequence[tuple[str, str]]) -> None:
    """Show lines with a value at their end."""
    lines = "".join(
        f"<li><span>{escape(name)}</span><span>{escape(value)}</span></li>" for name, value in pairs
    )
    st.html(f"<ul class='dc-list'>{lines}</ul>")
