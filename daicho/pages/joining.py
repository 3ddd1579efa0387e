"""What somebody must have been taught before access is given, beside the roles that give it."""

from __future__ import annotations

from daicho.pages import frame, words
from daicho.pages.context import PageContext
from privacy_mark.training import joining
from registry.model import UserId


def show(user_id: UserId, context: PageContext) -> None:
    """Show which courses come before access and are not passed; nothing for who is on no roster."""
    text = context.text
    with context.read() as tx:
        found = joining.before_access(tx, user_id)
    if not found.needed:
        return
    if not found.missing:
        frame.note(text("アクセス権の付与前に必要な教育は、すべて合格しています。"))
        return
    named = words.listed((each.course.title(context.language) for each in found.missing), text)
    frame.message(text("アクセス権の付与前に必要な教育に、まだ合格していません：{courses}", courses=named))
