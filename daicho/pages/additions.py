"""Comments and attached files コメントと添付 of one ledger entry or one difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

import streamlit as st

from daicho.pages import frame
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import attachments, comments, topics
from registry.access import allowed
from registry.attachment_kinds import SUFFIXES
from registry.attachments import Attachment, AttachmentId
from registry.comments import Comment
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission
from registry.sealed_files import File, own_name
from registry.store import Tx
from registry.topics import Topic

_SAID = "additions-said"
RULES: Mapping[tuple[str, str], str] = {
    ("text", "required"): mark("コメントを入れてください。"),
    ("text", "too_long"): mark("コメントは 2,000 字までです。"),
    ("reason", "required"): mark("削除する理由を入れてください。"),
    ("reason", "too_long"): mark("理由は 2,000 字までです。"),
    ("state", "decided"): mark("すでに削除されています。"),
    ("name", "required"): mark("ファイルに名前を付けてください。"),
    ("name", "too_long"): mark("ファイルの名前は 200 字までです。"),
    ("data", "required"): mark("ファイルが空です。"),
    ("data", "too_large"): mark("ファイルは 10 MB までです。"),
    ("data", "kind"): mark(
        "この種類のファイルは添付できません。PDF、画像、Word・Excel・PowerPoint（マクロなし）、"
        "メール、テキストを選んでください。"
    ),
    ("data", "too_many"): mark("添付は 20 件までです。"),
    ("data", "taken"): mark("同じファイルがすでに添付されています。"),
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is, and what the person may do with it."""

    comments: list[Comment]
    files: list[Attachment]
    adds: bool
    located: bool
    room: int


def show(topic: Topic, context: PageContext, *, with_comments: bool = True) -> None:
    """Show the section; nothing when the topic is out of sight."""
    text = context.text
    try:
        with context.read() as tx:
            unit_id = topics.seen(tx, topic)
            seen = _Seen(
                comments.comments(tx, topic) if with_comments else [],
                attachments.attachments(tx, topic),
                allowed(tx, topics.may_add(topic), unit_id),
                allowed(tx, Permission.VIEW_LOCATIONS, unit_id),
                attachments.room(tx, topic),
            )
    except NotFound:
        return
    frame.heading(text("コメントと添付") if with_comments else text("添付"))
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    for each in seen.comments:
        _comment(each, seen, context)
    for file in seen.files:
        _file(file, seen, context)
    if not seen.comments and not seen.files:
        frame.note(text("まだありません。"))
    if seen.adds and with_comments:
        _say(topic, context)
    if seen.adds and seen.room:
        _attach(topic, context)


def _comment(each: Comment, seen: _Seen, context: PageContext) -> None:
    text = context.text
    if each.removed_at is not None:
        _gone(text("コメントは削除されました"), each, context)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        _line(each.text or text("閲覧の権限がないため表示しません"), each, context)
        if seen.adds:
            _removal(
                f"comment-{each.id}",
                lambda tx, why: comments.remove(tx, each.id, expected_version=each.version, reason=why),
                context,
            )


def _file(file: Attachment, seen: _Seen, context: PageContext) -> None:
    text = context.text
    if file.removed_at is not None:
        _gone(text("添付は削除されました"), file, context)
        return
    what = f"{SUFFIXES[file.kind].upper()}　{context.formats.size(file.size)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        _line(file.name or text("閲覧の権限がないため表示しません"), file, context, what)
        if seen.located:
            st.download_button(
                text("受け取る"),
                lambda: taken(file.id, context).data,
                file_name=own_name(file.name, file.kind),
                mime="application/octet-stream",  # never shown in the browser as a page of ours
                key=f"attachment-{file.id}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
        if seen.adds:
            _removal(
                f"attachment-{file.id}",
                lambda tx, why: attachments.remove(tx, file.id, expected_version=file.version, reason=why),
                context,
            )


def _line(shown: str, each: Comment | Attachment, context: PageContext, what: str = "") -> None:
    below = "　".join(part for part in (what, each.author, context.formats.moment(each.at)) if part)
    words = escape(shown).replace("\n", "<br>")
    st.html(f"<div>{words}<div class='dc-muted'>{escape(below)}</div></div>")


def taken(attachment_id: AttachmentId, context: PageContext) -> File:
    """Return a file at the moment of the click, by the roles of that moment, and leave its record."""
    with context.afresh().write("attachment") as tx:
        return attachments.content(tx, attachment_id)


def _gone(what: str, each: Comment | Attachment, context: PageContext) -> None:
    when = context.formats.moment(each.removed_at)
    frame.note("　".join(part for part in (what, each.remover, when, each.removal) if part))


def _removal(key: str, remove: Callable[[Tx, str], object], context: PageContext) -> None:
    text = context.text
    with st.popover(text("削除"), type="tertiary", key=f"{key}-more"):
        st.text_input(text("削除する理由（必須）"), key=f"{key}-why", max_chars=2000)
        st.button(
            text("削除する"),
            key=f"{key}-remove",
            on_click=lambda: _take(
                context, lambda tx: remove(tx, st.session_state[f"{key}-why"]), text("削除しました。")
            ),
        )


def _say(topic: Topic, context: PageContext) -> None:
    text, key = context.text, f"say-{topic.kind}-{topic.id}"
    st.text_area(text("コメント"), key=key, max_chars=comments.LENGTH, height=80)

    def say(tx: Tx) -> None:
        comments.add(tx, topic, st.session_state[key])
        st.session_state[key] = ""

    st.button(
        text("コメントを残す"),
        key=f"{key}-add",
        on_click=lambda: _take(context, say, text("コメントを残しました。")),
    )


def _attach(topic: Topic, context: PageContext) -> None:
    text, key = context.text, f"attach-{topic.kind}-{topic.id}"
    field = f"{key}-{st.session_state.get(f'{key}-count', 0)}"
    st.file_uploader(
        text("添付するファイル（10 MB まで）"),
        key=field,
        max_upload_size=attachments.LIMIT >> 20,
    )

    def attach(tx: Tx) -> None:
        file = st.session_state[field]
        if file is None:
            raise InvalidValue("data", "required")
        attachments.add(tx, topic, file.name, file.getvalue())
        st.session_state[f"{key}-count"] = st.session_state.get(f"{key}-count", 0) + 1  # an empty field again

    st.button(
        text("添付する"),
        key=f"{key}-add",
        on_click=lambda: _take(context, attach, text("添付しました。")),
    )


def _take(context: PageContext, act: Callable[[Tx], object], said: str) -> None:
    """Do what was clicked, and keep what became of it for the next run."""
    try:
        with context.write("comments and attachments") as tx:
            act(tx)
    except (AccessDenied, Conflict, InvalidValue, NotFound) as error:
        said = _refused(error, context)
    st.session_state[_SAID] = said


def _refused(error: Exception, context: PageContext) -> str:
    text = context.text
    match error:
        case InvalidValue(column=column, rule=rule) if (column, rule) in RULES:
            return text(RULES[column, rule])
        case Conflict():
            return text("すでに削除されています。")
        case _:
            return text("この操作の権限がありません。")
