"""The form of a registered source 走査の対象: where it is, when and on which terms it is scanned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from daicho.pages import frame
from daicho.pages.context import PageContext
from daicho.pages.source_words import COLUMN, KIND, MODE, weekday
from daicho.scanning import as_url
from daicho.text import Translator
from registry import sources
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.model import SourceRow, Unit, UnitId
from registry.schedules import OFF, WEEKDAYS, schedule
from registry.source_terms import GUARDED, USUAL, PlaceKind, ReadMode, SourceTerms, VendorConsent
from registry.store import Tx

_OFTEN = (OFF, "daily", "weekly", "monthly")
_NIGHT = time(22)
_MOST = 999_999_999.0  # what a limit may be at most
_Below = dict[str, DeltaGenerator]
"""The place below each field, by its column, where it is said what is wrong with it."""
_DATABASES = frozenset({"postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle", "sqlite", "duckdb"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds."""

    unit_id: UnitId
    name: str
    owner: str
    url: str
    terms: SourceTerms
    reason: str  # why a chart in operation or a device is called something else

    def saved(self, tx: Tx, known: SourceRow | None) -> SourceRow:
        """Register the source, or change of a known one what differs; raises as the services do."""
        if "://" not in self.url and not self.url.startswith("/") and self.url:
            raise InvalidValue("url", "absolute")
        url = as_url(self.url) if self.url else ""
        if known is None:
            return sources.add_source(
                tx, unit_id=self.unit_id, name=self.name, owner=self.owner, url=url, terms=self.terms
            )
        changes: dict[str, object] = {"name": self.name, "owner": self.owner, "url": url}
        changes = {column: value for column, value in changes.items() if value != getattr(known, column)}
        for field in fields(SourceTerms):
            value = getattr(self.terms, field.name)
            if field.name != "release" and value != getattr(known.terms, field.name):
                changes[field.name] = value
        return sources.change_source(
            tx, known.id, expected_version=known.version, changes=changes, reason=self.reason
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a draft was not saved, and of which field it is said; of none: below the form."""

    column: str
    said: str


def show(
    known: SourceRow | None,
    units: Sequence[Unit],
    context: PageContext,
    save: Callable[[Draft], Refused | None],
    *,
    machine: bool,
) -> None:
    """Show the form of a known source or of a new one of these units, and hand over what is to be saved.

    `machine`: the person may name credentials and places of the machine that scans.
    """
    key = f"source-{known.id}-{known.version}" if known else "source-new"

    @st.fragment
    def form() -> None:
        below: _Below = {}
        draft = _fields(known, units, context, key, below, machine=machine)
        label = context.text("変更を保存") if known else context.text("登録する")
        if st.button(label, key=f"{key}-save", type="primary") and (refused := save(draft)):
            below.get(refused.column, st).error(refused.said)

    form()


def _fields(
    known: SourceRow | None,
    units: Sequence[Unit],
    context: PageContext,
    key: str,
    below: _Below,
    *,
    machine: bool,
) -> Draft:
    text, terms = context.text, known.terms if known else USUAL
    unit_id = known.unit_id if known else _unit(units, context, key)
    left, right = st.columns(2)
    name = left.text_input(_required("name", text), known.name if known else "", key=f"{key}-name")
    owner = right.text_input(text(COLUMN["owner"]), known.owner if known else "", key=f"{key}-owner")
    below |= {"name": left.empty(), "owner": right.empty()}
    url = st.text_input(
        _required("url", text),
        known.url if known else "",
        key=f"{key}-url",
        placeholder="smb://files.example.internal/soumu",
    )
    below["url"] = st.empty()
    left, right = st.columns(2)
    kinds = list(PlaceKind)
    kind = left.selectbox(
        text(COLUMN["kind"]),
        kinds,
        index=kinds.index(terms.kind),
        format_func=lambda each: text(KIND[each]),
        key=f"{key}-kind",
    )
    credential = right.text_input(
        text(COLUMN["credential"]),
        terms.credential,
        key=f"{key}-credential",
        placeholder="env:NAME  file:/path  keyring:service/user  systemd:name",
        disabled=not machine,
    )
    below["credential"] = right.empty()
    frame.note(
        text("認証情報そのものは登録しません。どこにあるかだけを書きます。")
        if machine
        else text("認証情報と、走査するコンピューター上の場所は、最上位の単位の方が登録します。")
    )
    consent = _consent(terms, kind, context, key)
    below["consent"] = st.empty()
    reason = ""
    if known is not None and terms.kind in GUARDED and kind is not terms.kind:
        reason = st.text_input(text("種類を変える理由（必須）"), key=f"{key}-reason")
        below["reason"] = st.empty()
    timed = _schedule(terms.schedule, context, key)
    below["schedule"] = st.empty()
    left, right = st.columns(2)
    window = left.text_input(
        text(COLUMN["window"]), terms.window, key=f"{key}-window", placeholder="22:00-06:00"
    )
    priority = right.selectbox(
        text("優先順位（1 が先）"), range(1, 10), index=terms.priority - 1, key=f"{key}-priority"
    )
    below["window"] = left.empty()
    paused = st.checkbox(
        text("一時停止（予定や依頼による走査を始めません）"), terms.paused, key=f"{key}-paused"
    )
    left, right = st.columns(2)
    hint = text("一行に一つ。例: 人事/**")
    include = left.text_area(
        text(COLUMN["include"]), "\n".join(terms.include), key=f"{key}-include", placeholder=hint, height=90
    )
    exclude = right.text_area(
        text(COLUMN["exclude"]), "\n".join(terms.exclude), key=f"{key}-exclude", placeholder=hint, height=90
    )
    below |= {"include": left.empty(), "exclude": right.empty()}
    limits = _limits(terms, url, context, key)
    written = SourceTerms(
        kind=kind,
        credential=credential.strip(),
        schedule=timed,
        window=window.strip(),
        priority=priority,
        paused=paused,
        include=_lines(include),
        exclude=_lines(exclude),
        consent=consent,
        **limits,  # type: ignore[arg-type]  # as the widgets say
    )
    return Draft(unit_id, name.strip(), owner.strip(), url.strip(), written, reason)


def is_database(url: str) -> bool:
    """Tell whether an address is that of a database."""
    return url.partition("://")[0].partition("+")[0] in _DATABASES


def _required(column: str, text: Translator) -> str:
    return text("{name}（必須）", name=text(COLUMN[column]))


def _unit(units: Sequence[Unit], context: PageContext, key: str) -> UnitId:
    called = {unit.id: unit.name(context.language) for unit in units}
    return st.selectbox(
        context.text("単位"), list(called), format_func=called.__getitem__, key=f"{key}-unit", width=420
    )


def _consent(terms: SourceTerms, kind: PlaceKind, context: PageContext, key: str) -> VendorConsent | None:
    """Ask for the vendor's consent where the kind of place needs one."""
    if kind is not PlaceKind.CHART_OR_PACS_REPLICA:
        return terms.consent
    text, known = context.text, terms.consent
    with context.read() as tx:
        today = today_in_japan(tx.now)
    left, middle, right = st.columns([4, 3, 5])
    by = left.text_input(
        text("同意したベンダーの者"), known.by if known else "", key=f"{key}-consent-by", max_chars=500
    )
    on = middle.date_input(
        text("同意の日付"),
        known.on if known else today,
        max_value=today,
        format="YYYY/MM/DD",
        key=f"{key}-consent-on",
    )
    document = right.text_input(
        text("同意の文書と保管場所"),
        known.document if known else "",
        key=f"{key}-consent-document",
        max_chars=500,
    )
    if not (by.strip() or document.strip()):
        return None
    return VendorConsent(by.strip(), on, document.strip())


def _schedule(written: str, context: PageContext, key: str) -> str:
    """Ask how often and when, and return it as the registry writes it."""
    text, known = context.text, schedule(written)
    often = {
        OFF: text("予定なし"),
        "daily": text("毎日"),
        "weekly": text("毎週"),
        "monthly": text("毎月"),
    }
    first, second, third = st.columns(3)
    chosen = first.selectbox(
        text(COLUMN["schedule"]),
        _OFTEN,
        index=_OFTEN.index(written.partition(" ")[0]),
        format_func=often.__getitem__,
        key=f"{key}-often",
    )
    if chosen == OFF:
        return OFF
    day = ""
    if chosen == "weekly":
        day = second.selectbox(
            text("曜日"),
            WEEKDAYS,
            index=known.weekday or 0,
            format_func=lambda each: weekday(WEEKDAYS.index(each), text),
            key=f"{key}-weekday",
        )
    elif chosen == "monthly":
        day = str(
            second.selectbox(text("日"), range(1, 32), index=(known.month_day or 1) - 1, key=f"{key}-day")
        )
    at = third.time_input(text("開始時刻（日本時間）"), known.at or _NIGHT, key=f"{key}-at")
    return " ".join(filter(None, (chosen, day, f"{at:%H:%M}")))


def _limits(terms: SourceTerms, url: str, context: PageContext, key: str) -> dict[str, object]:
    """Ask for the limits; an empty one is left to the settings."""
    text = context.text
    first, second, third = st.columns(3)
    kept = text("設定のとおり")
    bandwidth = first.number_input(
        text(COLUMN["bandwidth_mb"]), 0.1, _MOST, terms.bandwidth_mb, key=f"{key}-bandwidth", placeholder=kept
    )
    jobs = second.number_input(
        text(COLUMN["jobs"]), 1, int(_MOST), terms.jobs, step=1, key=f"{key}-jobs", placeholder=kept
    )
    size = third.number_input(
        text(COLUMN["object_mib"]),
        1,
        int(_MOST),
        terms.object_mib,
        step=1,
        key=f"{key}-object",
        placeholder=kept,
    )
    found: dict[str, object] = {"bandwidth_mb": bandwidth, "jobs": jobs, "object_mib": size}
    if not is_database(url):
        return found | {"mode": terms.mode, "rows_per_second": terms.rows_per_second}
    left, right = st.columns(2)
    modes = list(ReadMode)
    found["mode"] = left.selectbox(
        text(COLUMN["mode"]),
        modes,
        index=modes.index(terms.mode),
        format_func=lambda each: text(MODE[each]),
        key=f"{key}-mode",
    )
    found["rows_per_second"] = right.number_input(
        text(COLUMN["rows_per_second"]),
        1,
        int(_MOST),
        terms.rows_per_second,
        step=100,
        key=f"{key}-rows",
        placeholder=kept,
    )
    return found


def _lines(written: str) -> tuple[str, ...]:
    return tuple(line for line in map(str.strip, written.splitlines()) if line)
