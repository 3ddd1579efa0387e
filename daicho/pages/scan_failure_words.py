"""Why a scan of a registered source failed 失敗の内容, as a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping

from daicho import scan_failure
from daicho.credentials import Fault
from daicho.pages.source_words import ADVICE, BAR, COLLECTED, CREDENTIAL, STEP
from daicho.text import Translator, mark
from registry.scan_failures import Failure
from registry.scan_permission import Bar
from scanners.errors import Trouble
from scanners.sources.interface import Step

TROUBLE: Mapping[Trouble, str] = {
    Trouble.ADDRESS: mark("場所を開けません。場所の書き方とオプションを確かめてください。"),
    Trouble.UNMOUNTED: mark("何もマウントされていません。マウントしてから、もう一度走査してください。"),
    Trouble.DRIVER: mark("この種類のデータベースを読むドライバーがありません。インストールしてください。"),
    Trouble.CHANGED: mark("一覧を取り直す間に中身が変わりました。もう一度走査してください。"),
    Trouble.CLUSTER: mark(
        "クラスターが応答しません。スケジューラーとワーカーの起動、証明書を確かめてください。"
    ),
}
"""Of what is no step of a source's test."""
_STEPS, _TROUBLES, _BARS = frozenset(Step), frozenset(TROUBLE), frozenset(Bar)
_OTHERS: Mapping[str, str] = {
    scan_failure.COLLECTED: COLLECTED,
    scan_failure.STORE: mark("結果を書き込めません。データベースと空き容量を確かめてください。"),
    scan_failure.KEYS: mark("鍵を使えません。鍵のファイルとその権限を確かめてください。"),
    scan_failure.SYSTEM: mark(
        "走査するコンピューターが読み書きを断りました。空き容量と権限を確かめてください。"
    ),
    scan_failure.UNKNOWN: mark(
        "思いがけない誤りで走査が終わりました。もう一度走査し、続くときは管理者に知らせてください。"
    ),
}


def failure_words(failure: Failure, text: Translator) -> str:
    """Return where a scan failed, at which step, with which code, and what to do."""
    where = text("{place}：", place=failure.place) if failure.place else ""
    code = text("（{code}）", code=failure.detail) if failure.detail else ""
    kind, _, name = failure.code.partition(".")
    match f"{kind}.":
        case scan_failure.SOURCE if name in _STEPS:
            step = Step(name)
            return where + text(
                "{step}{code} {advice}", step=text(STEP[step]), code=code, advice=text(ADVICE[step])
            )
        case scan_failure.SOURCE if name in _TROUBLES:
            told = (
                "" if failure.place else text("（{code}）", code=failure.said)
            )  # of an address, what is wrong
            return where + text(TROUBLE[Trouble(name)]) + (code or told)
        case scan_failure.CREDENTIAL if name in Fault.__members__:
            return where + text("認証情報") + " " + text(CREDENTIAL[Fault[name]])
        case scan_failure.BAR if name in _BARS:
            return where + text(BAR[Bar(name)])
    if failure.code in _OTHERS:
        return text(_OTHERS[failure.code]) + code
    return text("走査できませんでした。（{said}）", said=failure.said)
