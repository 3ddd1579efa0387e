"""Digests reach a real mail server and a real web server: once, in the person's language, and as counts."""

from __future__ import annotations

import enum
import hmac
import json
import re
import ssl
import threading
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from daicho.errors import UsageError
from daicho.notify import deliver, plan, webhook
from daicho.notify.errors import RefusedError, UnreachableError
from daicho.notify.post import Post
from daicho.notify.subjects import NAME, SUBJECT, chosen
from daicho.notify.words import CHOICE, PAGE, TASK
from daicho.notify_settings import MailSettings, Security
from daicho.tick import Outcome, tick
from privacy_mark.cycle_digest import Part
from registry import accounts, digests, journal, notifications
from registry.access import bootstrap_principal
from registry.digests import Digest, Line, Task
from registry.errors import Conflict, InvalidValue, NotFound
from registry.model import Principal, UnitId, UserId
from registry.notifications import DUTY, Frequency, Subject
from tests.access.world import CLOSED, COMPANIES, OPEN
from tests.browser.proxy import certificate
from tests.notify.conftest import SECRET, URL, Stage
from tests.notify.servers import PASSWORD, USER, mail_server, web_server

TOLD = ("officer@example.jp", "manager@example.jp", "other@example.jp")


def send(stage: Stage) -> deliver.Sent:
    """Send what is due."""
    return deliver.deliver(stage.workspace, plan.plan(stage.workspace))


def part(mail: EmailMessage, kind: str) -> str:
    """Return the text or the HTML of a mail."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_everybody_with_something_to_do_gets_one_mail(stage: Stage) -> None:
    """Three mails to three addresses; the others are counted; the second call finds all done."""
    sent = send(stage)
    assert sorted(address for address, _ in stage.box.taken) == sorted(TOLD)
    numbers = {name: number for name, number in sent.numbers.items() if number}
    # Nothing to do have the worker, and of each company an auditor; audit managers have a year to plan.
    idle = 1 + len(COMPANIES)
    assert numbers == {"mails": 3, "webhooks": 1, "no_address": numbers["no_address"], "nothing": idle}
    assert sent.failures == ()
    again = send(stage)
    assert (again.numbers["mails"], again.numbers["webhooks"], again.numbers["already"]) == (0, 0, 3)
    assert len(stage.box.taken) == 3
    assert len(stage.hook.posted) == 1


def test_a_mail_holds_counts_and_links_in_the_persons_language(stage: Stage) -> None:
    """Japanese for one, English for the other, as text and as HTML, with an address for each line."""
    send(stage)
    by_address = dict(zip((address for address, _ in stage.box.taken), stage.box.mails(), strict=True))
    for address, language in (("officer@example.jp", "ja"), ("manager@example.jp", "en")):
        mail = by_address[address]
        plain, html = part(mail, "plain"), part(mail, "html")
        assert (mail["Content-Language"], mail["Auto-Submitted"]) == (language, "auto-generated")
        assert (mail["To"], mail["From"]) == (address, "daicho@example.jp")
        assert f"{URL}/differences?who=nobody" in plain
        assert f"href='{URL}/notifications'" in html
        assert f"lang='{language}'" in html
        for text in (plain, html):
            assert ("担当の決まっていない差異" in text) is (language == "ja")
            assert ("Differences that nobody has taken" in text) is (language == "en")
    assert "対応が必要なこと" in by_address["officer@example.jp"]["Subject"]
    assert re.search(r"[ぁ-ん]", part(by_address["manager@example.jp"], "plain")) is None


def test_no_name_subject_or_place_leaves(stage: Stage) -> None:
    """What is marked in the data, names of people and units stand in no mail, webhook or job record."""
    send(stage)
    seen = [str(mail) + part(mail, "plain") + part(mail, "html") for mail in stage.box.mails()]
    seen += [repr(posted) for posted in stage.hook.posted]
    with stage.world.registry.read(bootstrap_principal()) as tx:
        lines = journal.lines(tx, limit=50)
    seen += [repr(line) for line in lines if line.table == "tick_claim"]
    assert len(seen) == 3 + 1 + 4
    for text in seen:
        for mark in (*OPEN.values(), *CLOSED.values(), "氏名", "単位", "L-00", "R-00", SECRET):
            assert mark not in text


def test_weekly_and_daily(stage: Stage) -> None:
    """Weekly is the default: once in an ISO week; daily: once a day; off: duties alone, weekly.

    Accidents to be reported are told every day, once.
    """
    stage.set(webhooks={})
    stage.choose("manager@example.jp", Frequency.DAILY)
    stage.choose("other@example.jp", Frequency.OFF)
    send(stage)
    assert sorted(address for address, _ in stage.box.taken) == sorted(TOLD)
    ids = [mail["Message-ID"] for mail in stage.box.mails()]
    stage.world.clock.advance(timedelta(days=1))  # Thursday
    send(stage)
    send(stage)
    assert sorted(address for address, _ in stage.box.taken[3:]) == sorted(TOLD)
    told = {str(mail["To"]): mail for mail in stage.box.mails()[3:]}
    for address in ("officer@example.jp", "other@example.jp"):
        text = part(told[address], "plain")
        assert "審査機関に報告する事故の期限" in text
        assert "内部監査" not in text
    stage.world.clock.advance(timedelta(days=4))  # Monday
    send(stage)
    assert sorted(a for a, _ in stage.box.taken[6:]) == sorted(TOLD)
    assert len({*ids, *(mail["Message-ID"] for mail in stage.box.mails())}) == 9


def lines(stage: Stage, login: str) -> set[enum.StrEnum]:
    """Return what somebody would be sent now, kind by kind."""
    letters = {each.recipient.address: each.digest for each in plan.plan(stage.workspace).letters}
    return {line.task for line in letters[login].lines} if login in letters else set()


def test_one_chooses_the_kinds_of_work_that_mails_tell_of(stage: Stage) -> None:
    """What is left out is told no more to that person, by page alone; what is told by duty cannot be."""
    login = "officer@example.jp"
    before = lines(stage, login)
    scans = {task for task in before if SUBJECT[task] is Subject.SCANS}
    assert scans
    who = accounts.principal_of(stage.world.registry, stage.people[login])
    with stage.world.registry.write(who) as tx:
        choice = notifications.choose(tx, Frequency.WEEKLY, {Subject.SCANS}, expected_version=0)
        assert choice == notifications.own(tx)
        assert choice.left_out == {Subject.SCANS}
        assert {line.task for line in digests.digest(tx, stage.workspace.findings).lines} >= scans
    assert lines(stage, login) == before - scans
    with pytest.raises(InvalidValue, match="duty"), stage.world.registry.write(who) as tx:
        notifications.choose(tx, Frequency.OFF, {Subject.CLOCKS}, expected_version=1)


def test_who_wants_no_mails_is_told_of_duties_once_a_week(stage: Stage) -> None:
    """Running days and what has risen; nothing else, and no mail at all without them."""
    stage.set(webhooks={})
    login = "officer@example.jp"
    stage.choose(login, Frequency.OFF)
    stage.world.clock.advance(timedelta(days=45))
    told = lines(stage, login)
    assert Part.RISEN_MANAGER in told
    assert {SUBJECT[task] for task in told} <= DUTY
    send(stage)
    assert [address for address, _ in stage.box.taken].count(login) == 1
    assert lines(stage, login) == set()
    stage.world.clock.advance(timedelta(days=1))
    assert lines(stage, login) == {Part.ACCIDENTS}
    stage.world.clock.advance(timedelta(days=7))
    assert lines(stage, login) == told


def test_every_kind_of_work_is_of_a_subject_with_a_name() -> None:
    """A new kind that nobody could leave out, or that nobody would be told, has to say so."""
    assert SUBJECT.keys() == TASK.keys()
    assert set(SUBJECT.values()) == NAME.keys() == set(Subject)
    assert chosen(Digest((Line(Part.ACCIDENTS, 1), Line(Part.LAWS, 1))), Frequency.OFF, ()) == Digest(
        (Line(Part.ACCIDENTS, 1),)
    )


def test_who_chooses_is_told_of_a_change_in_between(stage: Stage) -> None:
    """The choice is one's own, is on record, and is not written over unseen."""
    registry, user_id = stage.world.registry, stage.people["officer@example.jp"]
    who = accounts.principal_of(registry, user_id)
    with registry.write(who) as tx:
        assert notifications.own(tx) == notifications.Choice(Frequency.WEEKLY, 0)
        assert notifications.own_address(tx) == "officer@example.jp"
        notifications.choose(tx, Frequency.DAILY, expected_version=0)
    with registry.write(who) as tx:
        notifications.choose(tx, Frequency.OFF, expected_version=1)
    with pytest.raises(Conflict), registry.write(who) as tx:
        notifications.choose(tx, Frequency.DAILY, expected_version=1)
    with registry.read(bootstrap_principal()) as tx:
        newest = journal.lines(tx, limit=1)[0]
    assert (newest.action, newest.before, newest.after) == (
        "notifications_chosen",
        {"frequency": "daily", "left_out": ""},
        {"frequency": "off", "left_out": ""},
    )
    with pytest.raises(NotFound), registry.read(Principal(UserId(987), "", ())) as tx:
        notifications.own(tx)


def test_two_who_send_at_once_send_once(stage: Stage) -> None:
    """Both have the same plan; each message is claimed by one of them."""
    wanted = plan.plan(stage.workspace)
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        deliver.deliver(stage.workspace, wanted)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(address for address, _ in stage.box.taken) == sorted(TOLD)
    assert len(stage.hook.posted) == 1


def test_what_fails_is_told_and_tried_again(stage: Stage) -> None:
    """A busy mailbox and a broken web server: the others are served, the next call sends the rest once."""
    stage.box.codes["officer@example.jp"] = 451
    stage.hook.status = 503
    first = send(stage)
    assert (first.numbers["mails"], first.numbers["failed"], first.numbers["webhooks"]) == (2, 2, 0)
    assert "officer" not in " ".join(first.failures)
    error = deliver.failed(first)
    assert error is not None
    assert "503" in str(error)
    assert error.args[0].count("example.jp") == 0
    stage.box.codes.clear()
    stage.hook.status = 200
    second = send(stage)
    assert (second.numbers["mails"], second.numbers["failed"], second.numbers["webhooks"]) == (1, 0, 1)
    assert sorted(address for address, _ in stage.box.taken) == sorted(TOLD)
    names = [headers["X-Daicho-Delivery"] for _, headers, _ in stage.hook.posted]
    assert names == ["A/2026-04-01"] * 2


def test_an_address_that_does_not_exist_waits_for_the_next_period(stage: Stage) -> None:
    """A permanent refusal is counted, recorded and not repeated within the week; it fails nobody else."""
    stage.box.codes["officer@example.jp"] = 550
    first = send(stage)
    assert (first.numbers["mails"], first.numbers["refused"], first.numbers["failed"]) == (2, 1, 0)
    assert send(stage).numbers["already"] == 3
    with stage.world.registry.read(bootstrap_principal()) as tx:
        told = [line.after for line in journal.lines(tx, limit=20) if line.table == "tick_claim"]
    assert sorted(str(after["outcome"]) for after in told if after) == ["refused", "sent", "sent", "sent"]


def test_a_server_that_is_gone_is_not_asked_for_everybody(stage: Stage) -> None:
    """After three mails in a row the rest waits; nothing is half done."""
    mail = stage.workspace.settings.notify.mail
    assert mail is not None
    stage.set(mail=replace(mail, port=1), webhooks={})
    sent = send(stage)
    assert (sent.numbers["mails"], sent.numbers["failed"]) == (0, 3)
    assert all("127.0.0.1:1" in each and "daicho doctor" in each for each in sent.failures)
    stage.set(mail=mail)
    assert send(stage).numbers["mails"] == 3


def test_tick_sends_once_a_day_and_says_when_it_could_not(stage: Stage) -> None:
    """The job fails with its reason, succeeds at the next tick, and is done for the day."""

    def outcome() -> tuple[Outcome, str]:
        (ran,) = [each for each in tick(stage.workspace) if each.job == "notify"]
        return ran.outcome, ran.advice

    stage.box.at_data = 451
    failed, advice = outcome()
    assert (failed, "3 not sent" in advice) == (Outcome.FAILED, True)
    stage.box.at_data = 250
    assert outcome() == (Outcome.DONE, "")
    assert outcome() == (Outcome.ALREADY, "")
    assert len(stage.box.taken) == 3
    stage.set(webhook_secret="short")
    missing, advice = outcome()
    assert (missing, "DAICHO_WEBHOOK_SECRET" in advice) == (Outcome.NOT_SET_UP, True)
    with pytest.raises(UsageError, match="DAICHO_WEBHOOK_SECRET"):
        send(stage)
    stage.set(mail=None, webhooks={})
    assert "notify" not in [each.job for each in tick(stage.workspace)]


def test_a_unit_that_is_not_there_fails_by_its_code(stage: Stage) -> None:
    """A wrong code in the settings is told, and the others are sent."""
    stage.set(webhooks={"NO-SUCH": stage.hook.address, "B": stage.hook.address})
    sent = send(stage)
    assert (sent.numbers["failed"], sent.numbers["webhooks"]) == (1, 1)
    assert sent.failures == ("no unit has the code NO-SUCH; correct [notify.webhooks]",)


def test_the_webhook_is_signed_and_tells_ids_of_tasks(stage: Stage) -> None:
    """The receiver checks time and body with the shared secret alone."""
    send(stage)
    ((path, headers, body),) = stage.hook.posted
    signed = headers["X-Daicho-Timestamp"].encode() + b"." + body
    expected = hmac.digest(SECRET.encode(), signed, "sha256").hex()
    assert headers["X-Daicho-Signature"] == f"sha256={expected}"
    assert path == "/hook?key=1"
    told = json.loads(body)
    assert (told["unit"], told["day"]) == ("A", "2026-04-01")
    assert told["counts"][Task.DISPOSALS_NOT_CONFIRMED.value] == 1
    assert told["counts"][Part.ASSESSMENTS.value] > 0
    assert set(told["counts"]) <= {each.value for each in (*Task, *Part)}


def _delivery(address: str) -> webhook.Delivery:
    told = Digest((Line(Task.CASES_NEW, 2),))
    return webhook.Delivery(UnitId(1), "A", "2026-04-01", told, address, SECRET)


def test_a_redirect_is_not_followed(stage: Stage) -> None:
    """Counts go where somebody chose to send them, and nowhere else."""
    with web_server() as other:
        stage.hook.status, stage.hook.location = 307, other.address
        with pytest.raises(UnreachableError, match="307"):
            webhook.send(_delivery(stage.hook.address), stage.world.clock())
        assert other.posted == []


def test_a_web_server_without_an_answer_is_left(stage: Stage) -> None:
    """The wait is short; an address that is gone for good is not asked again."""
    stage.hook.silent = threading.Event()
    with pytest.raises(UnreachableError, match="TimeoutError"):
        webhook.send(_delivery(stage.hook.address), stage.world.clock(), seconds=0.2)
    stage.hook.silent.set()
    stage.hook.silent = None
    stage.hook.status = 410
    with pytest.raises(RefusedError):
        webhook.send(_delivery(stage.hook.address), stage.world.clock())
    assert "hook" not in repr(_delivery(stage.hook.address))


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_mail_goes_over_tls_with_a_password(tmp_path: Path, security: Security) -> None:
    """The server's certificate is checked against the roots of the settings, then the password is given."""
    own = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own.chain, own.key)
    mail = EmailMessage()
    mail["To"], mail["From"] = "a@example.jp", "daicho@example.jp"
    mail.set_content("x")
    with mail_server(tls, at_once=security is Security.TLS) as box:
        settings = MailSettings(
            "localhost", box.port, security, "daicho@example.jp", USER, PASSWORD, own.chain
        )
        with Post(settings) as post:
            post.check()
            post.send(mail)
            post.send(mail)
        assert (len(box.taken), box.secured, box.signed_in) == (2, 1, [USER])
        assert set(box.greeted) == {"example.jp"}
        for wrong in (replace(settings, certificates=None), replace(settings, password="wrong")):
            with Post(wrong) as post, pytest.raises(UnreachableError):
                post.send(mail)
        assert len(box.taken) == 2
        assert "a password" not in repr(settings)


def test_a_server_without_tls_gets_nothing(stage: Stage) -> None:
    """Where the settings ask for STARTTLS and the server offers none, nothing is sent in the clear."""
    mail = stage.workspace.settings.notify.mail
    assert mail is not None
    stage.set(mail=replace(mail, security=Security.STARTTLS), webhooks={})
    assert send(stage).numbers["failed"] == 3
    assert stage.box.taken == []


def test_every_task_has_words_and_a_page_that_exists() -> None:
    """Links lead to addresses of the pages."""
    from daicho.pages import addresses

    known = {f"/{getattr(addresses, name)}" for name in dir(addresses) if name.isupper()}
    assert set(TASK) == set(PAGE) == {*Task, *Part}
    assert {path.partition("?")[0] for path in (*PAGE.values(), CHOICE)} <= known


@pytest.mark.parametrize(
    ("login", "goes"),
    [
        ("taro@example.co.jp", True),
        ("taro.y+d@mail-1.example.jp", True),
        ("taro", False),
        ("taro@localhost", False),
        ("a@b@example.jp", False),
        ("taro@example..jp", False),
    ],
)
def test_what_counts_as_an_address(login: str, goes: bool) -> None:
    """Only what is plainly one address is sent to."""
    assert notifications.is_address(login) is goes
