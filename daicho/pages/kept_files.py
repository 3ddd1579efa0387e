"""Files kept with a record of certification: who attached what, its hash, taking it, attaching, removing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from daicho.pages import additions, frame
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.files import MOST, FileId, KeptFile
from registry.attachment_kinds import SUFFIXES
from registry.errors import InvalidValue
from registry.sealed_files import LIMIT, File
from registry.store import Tx

Refused = Callable[[Exception, PageContext], str]
_FILE = ("name", "data", "reason")  # columns that the words of files tell of


@dataclass(frozen=True, slots=True)
class Doors:
    """What can be done with the files of one record; None where the person may not."""

    content: Callable[[Tx, FileId], File]
    add: Callable[[Tx, str, bytes, bool], object] | None
    remove: Callable[[Tx, KeptFile, str], object] | None
    asks_personal: bool  # whether to ask if personal data stand in it


def show(
    found: Sequence[KeptFile], doors: Doors, key: str, said: str, refused: Refused, context: PageContext
) -> None:
    """Show the files of a record, and the field for one more; what became of a step is kept under `said`."""
    text = context.text
    for each in found:
        if each.removed_at is None:
            _file(each, doors, key, said, refused, context)
        else:
            gone = (text("ファイルは削除されました"), each.name, each.remover, each.removal)
            frame.note("　".join(part for part in gone if part))
    standing = sum(each.removed_at is None for each in found)
    if doors.add is not None and standing < MOST:
        _attach(doors, key, said, refused, context)


def _file(each: KeptFile, doors: Doors, key: str, said: str, refused: Refused, context: PageContext) -> None:
    text, formats = context.text, context.formats
    about = [SUFFIXES[each.kind].upper(), formats.size(each.size), each.author, formats.moment(each.at)]
    if each.personal:
        about.append(text("個人情報を含む"))
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = escape(each.name or text("閲覧の権限がないため表示しません"))
        below = escape("　".join(about))
        digest = f"<div class='dc-muted dc-hash'>SHA-256 {escape(each.sha256)}</div>" if each.sha256 else ""
        st.html(f"<div>{shown}<div class='dc-muted'>{below}</div>{digest}</div>")
        if each.readable:
            st.download_button(
                text("受け取る"),
                lambda: taken(doors, each.id, context).data,
                file_name=each.name,
                mime="application/octet-stream",  # never shown in the browser as a page of ours
                key=f"{key}-take-{each.id}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
        if doors.remove is not None:
            _removal(each, doors.remove, f"{key}-{each.id}", said, refused, context)


def taken(doors: Doors, file_id: FileId, context: PageContext) -> File:
    """Return a file at the moment of the click, by the roles of that moment, and leave its record."""
    with context.afresh().write("attachment") as tx:
        return doors.content(tx, file_id)


def upload(label: str, key: str) -> tuple[str, bytes] | None:
    """Show the field for one file; return its name and bytes, None while none is chosen."""
    file = st.file_uploader(label, key=key, max_upload_size=LIMIT >> 20)
    return None if file is None else (file.name, file.getvalue())


def words(refused: Refused) -> Refused:
    """Return what says why a step was refused: of files in their words, else in those of the room."""

    def told(error: Exception, context: PageContext) -> str:
        match error:
            case InvalidValue(column=column, rule=rule) if column in _FILE and (
                (column, rule) in additions.RULES
            ):
                return context.text(additions.RULES[column, rule])
            case _:
                return refused(error, context)

    return told


def _attach(doors: Doors, key: str, said: str, refused: Refused, context: PageContext) -> None:
    text, count = context.text, st.session_state.get(f"{key}-count", 0)
    with st.expander(text("ファイルを添付する")):
        chosen = upload(text("ファイル（10 MB まで）"), f"{key}-file-{count}")
        personal = (
            st.checkbox(
                text("個人情報を含む（読めるのは、この法人で保管場所を見られる方だけになります）"),
                value=True,
                key=f"{key}-personal-{count}",
            )
            if doors.asks_personal
            else False
        )
        if not st.button(text("添付する"), key=f"{key}-attach"):
            return

    def attach(tx: Tx) -> None:
        if chosen is None:
            raise InvalidValue("data", "required")
        if doors.add is not None:
            doors.add(tx, *chosen, personal)
        st.session_state[f"{key}-count"] = count + 1  # an empty field again

    take(attach, text("添付しました。"), context, key=said, refused=words(refused))


def _removal(
    each: KeptFile,
    remove: Callable[[Tx, KeptFile, str], object],
    key: str,
    said: str,
    refused: Refused,
    context: PageContext,
) -> None:
    text = context.text
    with st.popover(text("削除"), type="tertiary", key=f"{key}-more"):
        why = st.text_input(text("削除する理由（必須）"), key=f"{key}-why", max_chars=2000)
        if not st.button(text("削除する"), key=f"{key}-remove"):
            return
    take(lambda tx: remove(tx, each, why), text("削除しました。"), context, key=said, refused=words(refused))
