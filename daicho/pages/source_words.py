"""Words for registered sources: kinds of place, schedules, steps of a test, and why something is refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.credentials import CredentialError, Fault
from daicho.text import Translator, mark
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound
from registry.scan_permission import Bar
from registry.schedules import schedule
from registry.source_terms import PlaceKind, ReadMode
from scanners.sources.interface import Check, Step

KIND: Mapping[PlaceKind, str] = {
    PlaceKind.ORDINARY: mark("通常の場所"),
    PlaceKind.MAILBOX: mark("メールボックス"),
    PlaceKind.HOME_FOLDERS: mark("個人用フォルダ"),
    PlaceKind.CHART_OR_PACS_REPLICA: mark("電子カルテ・PACS の複製"),
    PlaceKind.LIVE_CHART_OR_PACS: mark("稼働中の電子カルテ・PACS"),
    PlaceKind.MEDICAL_DEVICE: mark("医療機器"),
}
MODE: Mapping[ReadMode, str] = {
    ReadMode.SAMPLE: mark("標本（一部の行）"),
    ReadMode.COMPLETE: mark("全件"),
}
BAR: Mapping[Bar, str] = {
    Bar.LIVE_SYSTEM: mark("稼働中の電子カルテ・PACS は走査しません。複製や書出しを登録してください。"),
    Bar.MEDICAL_DEVICE: mark("医療機器は走査しません。走査するには、理由を付けて除外を解いてください。"),
    Bar.NO_CONSENT: mark("ベンダーの同意（同意者、日付、文書）を記録すると走査できます。"),
    Bar.NO_RULE: mark("従業者モニタリングの規則を登録すると走査できます。"),
    Bar.NOTICE_AHEAD: mark("従業者モニタリングの規則を従業者に知らせる日から走査できます。"),
}
SCAN_OUTCOME: Mapping[str, str] = {
    "complete": mark("走査完了"),
    "stopped": mark("途中で停止"),
    "window": mark("時間帯の外で休止"),
    "paused": mark("一時停止で休止"),
    "lost": mark("走査失敗（途中で切れました）"),
    "failed": mark("走査失敗"),
    "refused": mark("走査できない対象"),
}
COLLECTED = mark("この対象は拠点で走査し、結果をここに取り込みます。")
STEP: Mapping[Step, str] = {
    Step.NAME: mark("サーバーの名前"),
    Step.PORT: mark("ポートへの接続"),
    Step.SIGN_IN: mark("サインイン"),
    Step.LIST: mark("一覧を取る権限"),
    Step.READ: mark("読み取る権限"),
}
ADVICE: Mapping[Step, str] = {
    Step.NAME: mark("サーバーの名前が見つかりません。綴りと DNS の設定を確かめてください。"),
    Step.PORT: mark(
        "サーバーに接続できません。ポート番号、ファイアウォール、サーバーの起動を確かめてください。"
    ),
    Step.SIGN_IN: mark("サインインを断られました。利用者名と認証情報を確かめてください。"),
    Step.LIST: mark("一覧を取れません。場所の綴りと、一覧を取る権限を確かめてください。"),
    Step.READ: mark("一覧は取れますが、中身を読めません。読み取りの権限を付けてください。"),
}
CREDENTIAL: Mapping[Fault, str] = {
    Fault.NO_REFERENCE: mark("登録されている参照の書き方が正しくありません。登録し直してください。"),
    Fault.UNSET: mark("環境変数に値がありません。走査するプロセスの環境に設定してください。"),
    Fault.EMPTY_FILE: mark(
        "ファイルが空です。パスワード、または利用者名とパスワードの二行を書いてください。"
    ),
    Fault.EMPTY_SYSTEMD: mark("値がありません。ユニットファイルの LoadCredential= を確かめてください。"),
    Fault.NO_SYSTEMD: mark(
        "systemd から渡されていません。ユニットファイルに LoadCredential= を書いてください。"
    ),
    Fault.UNREAD_SYSTEMD: mark("読めません。ユニットファイルの LoadCredential= を確かめてください。"),
    Fault.NO_KEYRING: mark("このコンピューターにはキーリングがありません。ほかの種類の参照にしてください。"),
    Fault.LOCKED_KEYRING: mark("キーリングが応答しません。解錠するか、ほかの種類の参照にしてください。"),
    Fault.EMPTY_KEYRING: mark("キーリングに登録がありません。keyring set で登録してください。"),
    Fault.OWN_FILE: mark("ワークスペースの中のファイルは使えません。ほかの場所に置いてください。"),
    Fault.UNREAD_FILE: mark("ファイルを開けません。場所と権限を確かめてください。"),
    Fault.NO_FILE: mark("ファイルではありません。"),
    Fault.FOREIGN_FILE: mark("ほかの利用者のファイルです。走査するアカウントのファイルを用意してください。"),
    Fault.OPEN_FILE: mark("ほかの利用者も読めるファイルです。権限を 600 にしてください。"),
    Fault.NO_TEXT: mark("認証情報のファイルではありません。中身を確かめてください。"),
}
COLUMN: Mapping[str, str] = {
    "name": mark("名前"),
    "owner": mark("管理部門・責任者"),
    "url": mark("場所"),
    "kind": mark("場所の種類"),
    "credential": mark("認証情報の参照"),
    "schedule": mark("予定"),
    "window": mark("走査してよい時間帯"),
    "priority": mark("優先順位"),
    "paused": mark("一時停止"),
    "include": mark("対象のパターン"),
    "exclude": mark("除外のパターン"),
    "bandwidth_mb": mark("帯域の上限（MB/秒）"),
    "jobs": mark("同時に働くプロセスの数"),
    "object_mib": mark("一件の大きさの上限（MiB）"),
    "mode": mark("データベースの読み方"),
    "rows_per_second": mark("一秒に読む行の上限"),
    "consent": mark("ベンダーの同意"),
    "reason": mark("理由"),
}
_WEEKDAYS = (
    *(mark("月曜日"), mark("火曜日"), mark("水曜日"), mark("木曜日")),
    *(mark("金曜日"), mark("土曜日"), mark("日曜日")),
)
_RULES: Mapping[tuple[str, str], str] = {
    ("name", "required"): mark("名称を入れてください。"),
    ("name", "taken"): mark("この単位には同じ名前の走査対象があります。"),
    ("url", "required"): mark("場所を入れてください。"),
    ("url", "absolute"): mark("場所は / で始まるパスか、smb:// のような URL で書いてください。"),
    ("url", "malformed"): mark(
        "場所の書き方が正しくありません。smb://サーバー/共有 のように書いてください。"
    ),
    ("url", "credentials"): mark("場所にパスワードなどを書かないでください。認証情報は参照で登録します。"),
    ("credential", "reference"): mark(
        "認証情報そのものは登録できません。env:名前、file:/パス、keyring:サービス/利用者、systemd:名前 の"
        "どれかで参照を書いてください。"
    ),
    ("schedule", "schedule"): mark(
        "予定は off、daily 22:00、weekly MON 22:00、monthly 1 22:00 の形で書いてください。"
    ),
    ("window", "window"): mark("時間帯は 22:00-06:00 の形で書いてください。"),
    ("window", "outside"): mark("予定の時刻が、走査してよい時間帯の外にあります。"),
    ("consent", "required"): mark("同意した者と文書の両方を入れてください。"),
    ("consent", "future"): mark("同意の日付が先の日付です。"),
    ("reason", "required"): mark("理由を入れてください。"),
    ("include", "pattern"): mark("パターンは 人事/** のように、一行に一つ書いてください。"),
    ("exclude", "pattern"): mark("パターンは 人事/** のように、一行に一つ書いてください。"),
    ("kind", "no_device"): mark("医療機器として登録した対象ではありません。"),
}


def schedule_words(written: str, text: Translator) -> str:
    """Return a schedule in words."""
    found = schedule(written)
    if found.at is None:
        return text("予定なし")
    at = f"{found.at:%H:%M}"
    if found.weekday is not None:
        return text("毎週{day} {at}", day=text(_WEEKDAYS[found.weekday]), at=at)
    if found.month_day is not None:
        return text("毎月 {day} 日 {at}", day=found.month_day, at=at)
    return text("毎日 {at}", at=at)


def weekday(number: int, text: Translator) -> str:
    """Return the name of a weekday, 0 for Monday."""
    return text(_WEEKDAYS[number])


def step_words(check: Check, text: Translator) -> str:
    """Return one step of a test as a line: what worked, or what is wrong and what to do."""
    name = text(STEP[check.step])
    if check.passed:
        return text("よし: {step}", step=name)
    detail = f" ({check.detail})" if check.detail else ""
    return text("だめ: {step}{detail} {advice}", step=name, detail=detail, advice=text(ADVICE[check.step]))


def credential_words(error: CredentialError, text: Translator) -> str:
    """Return why a credential cannot be read, with its reference, as a step of a test that failed."""
    named = f" ({error.named})" if error.named else ""
    return text("だめ: 認証情報{named} {advice}", named=named, advice=text(CREDENTIAL[error.fault]))


def refusal(error: Exception, text: Translator) -> str:
    """Return why a service refused something, as a sentence that says what to do."""
    match error:
        case Conflict():
            return text("先にほかの方が変更しています。開き直して、もう一度変更してください。")
        case Duplicate(column=column, rule=rule) | InvalidValue(column=column, rule=rule):
            if (column, rule) in _RULES:
                return text(_RULES[column, rule])
            if rule == "too_long":
                return text("{column}が長すぎます。", column=text(COLUMN.get(column, column)))
            return text("{column}の値を直してください。", column=text(COLUMN.get(column, column)))
        case NotFound():
            return text("この対象はもうありません。")
        case AccessDenied():
            return text(
                "この操作の権限がありません。このコンピューター上の場所と認証情報は、"
                "最上位の単位の走査対象を管理する方だけが登録できます。"
            )
        case _:
            return str(error)
