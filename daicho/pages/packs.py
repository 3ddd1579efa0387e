"""Evidence packs 証跡パック: what will be in one, what is missing, build, download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from daicho import packs as making
from daicho.pages import frame, pack_answers, pack_originals, pack_words, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.requirements import catalogue_of
from privacy_mark.certificates import register
from privacy_mark.certificates.bodies import bodies
from privacy_mark.certificates.model import Certificate
from privacy_mark.pack import building
from privacy_mark.pack.building import Built, Preview
from privacy_mark.pack.model import Order, Purpose
from privacy_mark.pack.sheets import State, number_of
from privacy_mark.requirements.model import Catalogue
from registry.access import allowed, units_allowed
from registry.errors import AccessDenied, InvalidValue, NotFound, ReferenceFileError
from registry.model import Permission, Unit

_LANGUAGES = {"ja": "日本語", "en": "English"}
_BUILT = "pack-built"


@dataclass(frozen=True, slots=True)
class _Made:
    """A pack that was just built, and for what: another choice on the page no longer shows it."""

    built: Built
    of: tuple[str, str, str, str]


def show(context: PageContext) -> None:
    """Show what a pack of the chosen company will hold."""
    text = context.text
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("証跡パック"), _purpose(context))
        frame.no_right(text)
        return
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("証跡パック"), _purpose(context))
    with context.read() as tx:
        seen = units_allowed(tx, Permission.VIEW_CERTIFICATION)
        units = scope.units(tx)
    entities = [each for each in units if each.kind.is_entity and each.id in seen and each.closed_at is None]
    if not entities:
        frame.message(text("見られる会社・病院はまだありません。"))
        return
    with right:
        unit = scope.select(context, entities, "packs-scope", whole=False)
    assert unit is not None
    try:
        catalogue = catalogue_of(context.workspace.path)
    except ReferenceFileError as error:
        frame.message(text("要求事項の訂正ファイルを読めません。次の行を直してください。"))
        st.code(str(error), language=None)
        return
    order, key = _order(unit, catalogue, context)
    try:
        with context.read() as tx:
            found = building.preview(tx, unit.id, order)
            may = allowed(tx, Permission.MANAGE_CERTIFICATION, unit.id)
    except InvalidValue as error:
        frame.message(pack_words.refused(error, text))
        return
    frame.verdict(_verdict(found, context))
    _build(found, order, key, context, may=may)
    _documents(found, context)
    if may and pack_answers.show(found, context):
        st.session_state.pop(_BUILT, None)
        st.rerun()
    pack_originals.show(found, context, may=may)


def _purpose(context: PageContext) -> str:
    return context.text("申請・更新・監査で渡す書類と、その根拠の記録を、一つのファイルにまとめます。")


def _order(unit: Unit, catalogue: Catalogue, context: PageContext) -> tuple[Order, tuple[str, str, str, str]]:
    text = context.text
    with context.read() as tx:
        held = _own(register.certificates(tx, unit_id=unit.id), unit)
    purposes = list(Purpose)
    left, middle, right = st.columns([4, 3, 5], vertical_alignment="bottom")
    with left:
        purpose = st.segmented_control(
            text("用途"),
            purposes,
            default=building.purpose_of(unit, held),
            format_func=lambda each: text(pack_words.PURPOSE[each]),
            key=f"packs-purpose-{unit.id}",
            required=True,
        )
    with middle:
        language = st.selectbox(
            text("書類の言語"),
            list(_LANGUAGES),
            index=list(_LANGUAGES).index(context.language),
            format_func=lambda each: _LANGUAGES[each],
            key="packs-language",
        )
    body = ""
    with right:
        if held is None:
            body = st.selectbox(
                text("審査機関"),
                list(bodies()),
                format_func=lambda each: bodies()[each].name.of(context.language),
                key="packs-body",
            )
    key = (unit.code, str(purpose), language, body)
    return Order(purpose or Purpose.RENEWAL, language, body, catalogue=catalogue), key


def _own(found: Sequence[Certificate], unit: Unit) -> Certificate | None:
    own = [each for each in found if each.unit_id == unit.id and each.ended_on is None]
    return next(iter(own), None)


def _verdict(found: Preview, context: PageContext) -> str:
    text = context.text
    states = [each.state for each in found.sheets]
    told = text(
        "書類 {total} 点のうち {number} 点はこのまま提出できます。",
        total=len(states),
        number=states.count(State.COMPLETE),
    )
    parts = {
        State.BLANKS: text("未記入の項目があるものは {number} 点です。", number=states.count(State.BLANKS)),
        State.NO_RECORD: text("記録のないものは {number} 点です。", number=states.count(State.NO_RECORD)),
        State.WITHHELD: text("閲覧権限のないものは {number} 点です。", number=states.count(State.WITHHELD)),
        State.BY_HAND: text("別途添付するものは {number} 点です。", number=states.count(State.BY_HAND)),
    }
    between = "" if context.language == "ja" else " "
    return between.join([told, *(words for state, words in parts.items() if state in states)])


def _build(
    found: Preview, order: Order, key: tuple[str, str, str, str], context: PageContext, *, may: bool
) -> None:
    text = context.text
    frame.note(
        text(
            "様式は「{name}」です（項目の確度：{sure}）。提出の前に、審査機関の様式と照合してください。",
            name=found.forms.name.of(context.language),
            sure=text(pack_words.CONFIDENCE[found.forms.confidence]),
        )
        if found.subject.purpose is not Purpose.AUDIT
        else text("監査用の書類に、決まった様式はありません。")
    )
    if not may:
        frame.note(text("パックを作れるのは、認証を管理する権限のある方です。"))
        return
    if st.button(text("パックを作る"), key="pack-build", type="primary", icon=":material/inventory_2:"):
        try:
            with st.spinner(text("書類を作り、操作記録を確かめています。")):
                built = making.make(
                    context.workspace.registry, context.principal, found.subject.unit.id, order
                )
        except InvalidValue as error:
            st.error(pack_words.refused(error, text))
            return
        except (AccessDenied, NotFound):
            st.error(text("この操作の権限がありません。"))
            return
        st.session_state[_BUILT] = _Made(built, key)
    made = st.session_state.get(_BUILT)
    if isinstance(made, _Made) and made.of == key:
        _download(made.built, context)


def _download(built: Built, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    of = built.preview
    frame.message(
        text(
            "できました。引用した記録は {rows} 件で、うち {proven} 件に操作記録の証明があります。"
            "作成は操作記録に残しました。ファイルは保存していないので、いま受け取ってください。",
            rows=number(built.rows),
            proven=number(built.proven),
        )
    )
    st.download_button(
        text("証跡パックを受け取る（{size}）", size=context.formats.size(len(built.pack.data))),
        built.pack.data,
        file_name=f"{built.pack.name}.zip",
        mime="application/zip",
        key="pack-download",
        icon=":material/download:",
    )
    frame.pairs_list(
        [
            (text("基準日時"), context.formats.moment(of.subject.as_of)),
            (text("操作記録の件数"), number(of.head)),
            (text("同一性（SHA-256）"), built.pack.digest),
            (text("確かめ方"), f"daicho verify {built.pack.name}.zip"),
        ]
    )


def _documents(found: Preview, context: PageContext) -> None:
    text, language = context.text, context.language
    originals: dict[int, list[str]] = {}
    for used in found.originals:
        originals.setdefault(used.sheet.place, []).append(used.file)
    rows = []
    for each in found.sheets:
        missing = dict.fromkeys(words.of(language) for words in each.missing)
        below = [each.document.note.of(language)] if each.document.note else []
        below += [text("様式ファイル：{file}", file=name) for name in originals.get(each.place, [])]
        needed = text("必須") if each.document.required else text("任意")
        rows.append(
            tables.Row(
                str(each.place),
                [
                    tables.Cell(str(each.place)),
                    tables.Cell(number_of(each.document.number).of(language) or NONE),
                    tables.Cell(each.document.title.of(language), below=" · ".join(below)),
                    tables.Cell(needed),
                    tables.Cell(text(pack_words.STATE[each.state]), unknown=each.state is State.NO_RECORD),
                    tables.Cell(("、" if language == "ja" else "; ").join(missing) or NONE),
                ],
            )
        )
    labels = (text("番号"), text("様式番号"), text("書類"), text("要否"), text("状態"), text("足りないもの"))
    columns = [tables.Column(label, nowrap=label not in (labels[2], labels[5])) for label in labels]
    caption = text("提出書類一覧：{number} 点、様式の順", number=len(rows))
    tables.show(tables.Table(caption, columns, rows), key="pack-documents")
