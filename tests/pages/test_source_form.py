"""Registered sources: registered, changed, tried and removed on their page, by who may and by nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from daicho.credentials import Fault
from daicho.pages.source_words import ADVICE, CREDENTIAL
from registry import accounts, scan_jobs
from registry import sources as registered
from registry.access import bootstrap_principal
from registry.errors import AccessDenied
from registry.model import Role, SourceRow
from registry.source_terms import PlaceKind, SourceTerms, VendorConsent
from scanners.sources import webdav_client
from scanners.sources.interface import Step
from tests.pages.group import PASSWORD, Group
from tests.pages.test_pages import HOSPITAL, OFFICER, opened, shown
from tests.sources.servers.faults import Fault as ServerFault
from tests.sources.servers.faults import free_port, running
from tests.sources.servers.webdav import ACCOUNT

OWNER = bootstrap_principal()
ADMINISTRATOR = "admin@towa.example"
PAGE = "sources"
NEW = "source-new"


def known(group: Group) -> dict[str, SourceRow]:
    """Return all sources by name."""
    with group.workspace.registry.read(OWNER) as tx:
        return {each.name: each for each in registered.list_sources(tx)}


def added(group: Group, url: str, terms: SourceTerms, name: str = "新しい共有") -> SourceRow:
    """Register a source of the hospital."""
    with group.workspace.registry.write(OWNER) as tx:
        return registered.add_source(
            tx, unit_id=group.units["HOSP"], name=name, owner="", url=url, terms=terms
        )


def has(test: AppTest, key: str) -> bool:
    """Tell whether a button or field is on the page."""
    return any(each.key == key for each in [*test.button, *test.text_input])


def page_of(group: Group, source: SourceRow, login: str = ADMINISTRATOR, language: str = "ja") -> AppTest:
    """Open the page of one source."""
    return opened(group, login, PAGE, language, source=str(source.id))


def key_of(source: SourceRow) -> str:
    """Return what the keys of a source's form begin with."""
    return f"source-{source.id}-{source.version}"


def errors(test: AppTest) -> list[str]:
    """Return what was refused."""
    return [each.value for each in test.error]


def test_a_source_is_registered_by_its_reference_alone(changeable: Group, tmp_path: Path) -> None:
    """A secret is refused at its field and never repeated; what was filled in is what is kept."""
    test = opened(changeable, ADMINISTRATOR, PAGE)
    test.text_input(key=f"{NEW}-name").set_value("新しい共有")
    test.text_input(key=f"{NEW}-url").set_value(str(tmp_path))
    test.text_input(key=f"{NEW}-credential").set_value("hunter2").run()
    test.button(key=f"{NEW}-save").click().run()
    (said,) = errors(test)
    assert "認証情報そのものは登録できません" in said
    assert "hunter2" not in said
    assert "新しい共有" not in known(changeable)
    test.text_input(key=f"{NEW}-credential").set_value("env:SHARE").run()
    test.selectbox(key=f"{NEW}-unit").set_value(changeable.units["HOSP"])
    test.selectbox(key=f"{NEW}-often").set_value("weekly").run()
    test.selectbox(key=f"{NEW}-weekday").set_value("SAT")
    test.text_input(key=f"{NEW}-window").set_value("21:00-06:00")
    test.text_area(key=f"{NEW}-include").set_value("人事/**\n総務/**\n")
    test.text_area(key=f"{NEW}-exclude").set_value("~$*")
    test.number_input(key=f"{NEW}-bandwidth").set_value(2.5)
    test.number_input(key=f"{NEW}-jobs").set_value(2).run()
    test.button(key=f"{NEW}-save").click().run()
    assert not errors(test)
    made = known(changeable)["新しい共有"]
    assert (made.url, made.unit_id) == (tmp_path.as_uri(), changeable.units["HOSP"])
    assert made.terms == SourceTerms(
        credential="env:SHARE",
        schedule="weekly SAT 22:00",
        window="21:00-06:00",
        include=("人事/**", "総務/**"),
        exclude=("~$*",),
        bandwidth_mb=2.5,
        jobs=2,
    )


@pytest.mark.parametrize(
    ("field", "value", "ja", "en"),
    [
        ("name", "", "名称を入れてください。", "Give a name."),
        ("url", "", "場所を入れてください。", "Enter the address."),
        ("url", "share/here", "で始まるパスか", "path that begins with /"),
        ("url", "smb://reader:secret@files/share", "パスワードなどを書かない", "password"),
        ("window", "at night", "22:00-06:00 の形", "22:00-06:00"),
        ("exclude", "/", "パターンは", "pattern"),
    ],
)
def test_a_wrong_value_is_refused_in_words(group: Group, field: str, value: str, ja: str, en: str) -> None:
    """Each is said right below its field, in the language of the page, and nothing is kept."""
    before = known(group)
    for language, words in (("ja", ja), ("en", en)):
        test = opened(group, ADMINISTRATOR, PAGE, language)
        assert test.button(key=f"{NEW}-save").label == {"ja": "登録する", "en": "Register"}[language]
        for each, given in {"name": "名", "url": "smb://files/share", field: value}.items():
            fill = test.text_area if each == "exclude" else test.text_input
            fill(key=f"{NEW}-{each}").set_value(given)
        test.run()
        test.button(key=f"{NEW}-save").click().run()
        (said,) = errors(test)
        assert words in said
        assert _before_error(test, f"{NEW}-{field}")
    assert known(group) == before


def _before_error(test: AppTest, key: str) -> bool:
    """Tell whether the field is the last one before what was refused."""
    fields = []
    for each in test.main:
        if each.type in ("text_input", "text_area"):
            fields.append(each.key)
        elif each.type == "error":
            return bool(fields) and fields[-1] == key
    return False


def test_a_source_is_changed_and_removed(changeable: Group) -> None:
    """Only what differs; a pause that was set elsewhere stays; a source with a scan at it is not removed."""
    terms = SourceTerms(credential="env:SHARE", include=("人事/**",), jobs=3, paused=True)
    made = added(changeable, "smb://files/share", terms)
    test = page_of(changeable, made)
    test.text_input(key=f"{key_of(made)}-owner").set_value("総務部")
    test.text_area(key=f"{key_of(made)}-include").set_value("人事/**\n経理/**").run()
    test.button(key=f"{key_of(made)}-save").click().run()
    assert not errors(test)
    now = known(changeable)[made.name]
    assert now.owner == "総務部"
    assert now.terms == replace(terms, include=("人事/**", "経理/**"))
    assert "一時停止" in shown(page_of(changeable, now))
    with changeable.workspace.registry.write(OWNER) as tx:
        job_id = scan_jobs.request(tx, made.id)
    test = page_of(changeable, now)
    test.button(key="source-remove").click().run()
    assert errors(test) == ["走査を停止してから、登録を取り消してください。"]
    with changeable.workspace.registry.write(OWNER) as tx:
        scan_jobs.ask_to_stop(tx, job_id)
    test = page_of(changeable, now)
    test.button(key="source-remove").click().run()
    assert made.name not in known(changeable)


def test_a_device_is_released_with_a_reason_and_excluded_again(changeable: Group) -> None:
    """Without one it stays excluded."""
    made = added(changeable, "smb://ct/images", SourceTerms(PlaceKind.MEDICAL_DEVICE))
    test = page_of(changeable, made)
    test.button(key="source-release-device").click().run()
    assert errors(test) == ["理由を入れてください。"]
    test.text_input(key=f"source-release-{made.id}-{made.version}").set_value("保守中の複製").run()
    test.button(key="source-release-device").click().run()
    released = known(changeable)[made.name].terms.release
    assert released is not None
    assert released.reason == "保守中の複製"
    test = page_of(changeable, known(changeable)[made.name])
    test.button(key="source-exclude-device").click().run()
    assert known(changeable)[made.name].terms.release is None


def test_a_replica_of_charts_asks_for_the_consent(changeable: Group) -> None:
    """Half of it is refused at its place; whole it is kept and lets the source be scanned."""
    made = added(changeable, "smb://files/charts", SourceTerms(PlaceKind.CHART_OR_PACS_REPLICA))
    test = page_of(changeable, made)
    assert "ベンダーの同意（同意者、日付、文書）を記録すると走査できます" in shown(test)
    key = key_of(made)
    test.text_input(key=f"{key}-consent-by").set_value("医療情報システム株式会社").run()
    test.button(key=f"{key}-save").click().run()
    assert errors(test) == ["同意した者と文書の両方を入れてください。"]
    test.text_input(key=f"{key}-consent-document").set_value("承諾書").run()
    test.button(key=f"{key}-save").click().run()
    kept = known(changeable)[made.name].terms.consent
    assert kept is not None
    assert kept == VendorConsent("医療情報システム株式会社", kept.on, "承諾書")


def test_only_who_manages_sources_sees_the_form(changeable: Group) -> None:
    """An officer reads and scans; the service refuses them too, and a company's manager the machine."""
    made = added(changeable, "smb://files/share", SourceTerms())
    for login in (OFFICER, HOSPITAL):
        assert not has(opened(changeable, login, PAGE), f"{NEW}-name")
        test = page_of(changeable, made, login)
        assert "smb://files/share" in shown(test)
        assert not has(test, f"{key_of(made)}-save")
        assert not has(test, "source-remove")
    workspace = changeable.workspace
    principal = changeable.principal(OFFICER)
    for act in (
        lambda tx: registered.remove_source(tx, made.id),
        lambda tx: registered.change_source(tx, made.id, expected_version=1, changes={"owner": "x"}),
    ):
        with pytest.raises(AccessDenied), workspace.registry.write(principal) as tx:
            act(tx)
    with workspace.registry.write(OWNER) as tx:
        login = "systems@towa.example"
        person = accounts.create_account(
            tx, login, "山本 学", PASSWORD, "ja", unit_id=changeable.units["GROUP"]
        )
        accounts.grant(tx, person, Role.MEDICAL_SYSTEMS_MANAGER, changeable.units["HOSP"])
    changeable.people[login] = person
    test = opened(changeable, login, PAGE)
    assert test.text_input(key=f"{NEW}-credential").disabled
    test.text_input(key=f"{NEW}-name").set_value("病院の共有")
    test.text_input(key=f"{NEW}-url").set_value("/etc").run()
    test.button(key=f"{NEW}-save").click().run()
    assert "最上位の単位の走査対象を管理する方だけ" in errors(test)[0]
    assert _before_error(test, f"{NEW}-credential") or _before_error(test, f"{NEW}-url")
    test.text_input(key=f"{NEW}-url").set_value("smb://files/hospital").run()
    test.button(key=f"{NEW}-save").click().run()
    assert "病院の共有" in known(changeable)


@pytest.fixture
def no_client_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tries follow each other at once, and no connection outlives its server."""
    monkeypatch.setattr(webdav_client, "_wait", 0.001)
    yield
    webdav_client.CLIENTS.close()


@pytest.mark.usefixtures("no_client_stays")
def test_a_test_names_the_step_that_fails(
    changeable: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name, port, sign-in, listing and reading at a real server, with what to do; all well at the end."""
    folder = tmp_path / "files" / "share"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("held", encoding="utf-8")
    secret = secrets.token_urlsafe(12)
    monkeypatch.setenv("DAV_RIGHT", f"{ACCOUNT}\n{secret}")
    monkeypatch.setenv("DAV_WRONG", f"{ACCOUNT}\nno-{secret}")
    right, wrong = SourceTerms(credential="env:DAV_RIGHT"), SourceTerms(credential="env:DAV_WRONG")

    def tried(url: str, terms: SourceTerms, name: str) -> str:
        made = known(changeable).get(name) or added(changeable, url, terms, name)
        test = page_of(changeable, made)
        test.button(key="source-test").click().run()
        return shown(test)

    module = "tests.sources.servers.webdav"
    with running(module, str(tmp_path / "files"), "basic", secret, log=tmp_path / "log") as server:
        place = f"dav://127.0.0.1:{server.port}/share/"
        assert ADVICE[Step.NAME] in tried("davs://no.such.host.invalid/share/", right, "name")
        assert ADVICE[Step.PORT] in tried(f"dav://127.0.0.1:{free_port()}/share/", right, "port")
        assert ADVICE[Step.SIGN_IN] in tried(place, wrong, "sign-in")
        for method, step in (("PROPFIND", Step.LIST), ("GET", Step.READ)):
            with server.failing(ServerFault(403, method, "share")):
                assert ADVICE[step] in tried(place, right, "right")
        text = tried(place, right, "right")
        assert text.count("よし: ") == len(Step)
        assert "だめ" not in text


def test_a_test_of_a_folder_and_of_a_credential(
    changeable: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real folder passes; a reference that leads nowhere is told in the language of the page."""
    (tmp_path / "a.txt").write_text("held", encoding="utf-8")
    made = added(changeable, tmp_path.as_uri(), SourceTerms())
    test = page_of(changeable, made)
    test.button(key="source-test").click().run()
    assert "よし: 一覧を取る権限" in shown(test)
    assert "よし: 読み取る権限" in shown(test)
    monkeypatch.delenv("NOT_SET", raising=False)
    lost = added(changeable, "smb://files/share", SourceTerms(credential="env:NOT_SET"), "lost")
    test = page_of(changeable, lost)
    test.button(key="source-test").click().run()
    assert f"だめ: 認証情報 (env:NOT_SET) {CREDENTIAL[Fault.UNSET]}" in shown(test)
    test = page_of(changeable, lost, language="en")
    test.button(key="source-test").click().run()
    assert "Failed: credential (env:NOT_SET)" in shown(test)
