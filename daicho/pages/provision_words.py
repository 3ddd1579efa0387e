"""Words for the codes of provision records 提供の記録, and for what was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from registry.provision_rules import Abroad, Direction, Form, Ground

DIRECTION: Mapping[Direction, str] = {
    Direction.GIVEN: mark("提供した"),
    Direction.RECEIVED: mark("提供を受けた"),
}
GROUND: Mapping[Ground, str] = {
    Ground.CONSENT: mark("本人の同意（法第27条第1項）"),
    Ground.OPT_OUT: mark("オプトアウト（法第27条第2項）"),
    Ground.LAW: mark("法令に基づく（第27条第1項第1号）"),
    Ground.LIFE: mark("生命・身体・財産の保護（同第2号）"),
    Ground.PUBLIC_HEALTH: mark("公衆衛生・児童の健全育成（同第3号）"),
    Ground.STATE: mark("国の機関等への協力（同第4号）"),
    Ground.ACADEMIC: mark("学術研究（同第5号から第7号）"),
    Ground.ENTRUSTMENT: mark("委託（第27条第5項第1号）"),
    Ground.SUCCESSION: mark("事業の承継（同第2号）"),
    Ground.JOINT_USE: mark("共同利用（同第3号）"),
    Ground.ON_BEHALF: mark("本人に代わる提供（紹介状など）"),
}
FORM: Mapping[Form, str] = {
    Form.EACH: mark("その都度の記録（作成から 3 年）"),
    Form.BATCH: mark("一括の記録（最後の提供から 3 年）"),
    Form.CONTRACT: mark("契約書などで代える（最後の提供から 1 年）"),
}
ABROAD: Mapping[Abroad, str] = {
    Abroad.NONE: mark("国内"),
    Abroad.CONSENT: mark("外国への提供の同意（法第28条）"),
    Abroad.EQUIVALENT_SYSTEM: mark("相当措置の体制（定期の確認が要ります）"),
    Abroad.EQUAL_COUNTRY: mark("同等の水準の国（EU・英国）"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("counterpart", "required"): mark("相手方の名称を入れてください。"),
    ("persons", "required"): mark("本人の氏名など、本人を特定する事項を入れてください。"),
    ("items", "required"): mark("提供した項目を入れてください。"),
    ("acquired", "required"): mark("相手方がデータを取得した経緯を入れてください。"),
    ("note", "required"): mark("記録が要らない理由を入れてください。"),
    ("on_day", "future"): mark("提供の日が先の日付です。"),
    ("last_day", "before_first"): mark("最後の提供の日が、初めの日より前です。"),
    ("country", "required"): mark("相手方の国を入れてください。"),
    ("country", "iso_3166_alpha_2"): mark("国は 2 文字の符号で入れてください（例：US）。"),
    ("abroad", "required"): mark("外国への提供の根拠を選んでください。"),
    ("abroad", "not_equal"): mark("同等の水準と認められる国は、EU・EEA の国と英国だけです。"),
    ("retain_until", "within_retention"): mark("保存期間が終わっていません。"),
    ("state", "disposed"): mark("この記録は廃棄済みです。"),
    ("title", "required"): mark("題名を入れてください。"),
    ("text", "required"): mark("本文を入れてください。"),
    ("purposes", "required"): mark("利用目的を 1 行に 1 つ入れてください。"),
    ("valid_from", "before_last"): mark("適用の日が、今の文面の適用の日より前です。"),
    ("committee", "required"): mark("倫理審査委員会の名称を入れてください。"),
    ("approval", "required"): mark("承認番号を入れてください。"),
    ("key_holder", "required"): mark("対応表の管理者を入れてください。"),
    ("notice_id", "required"): mark("オプトアウトの研究には、公開した通知を選んでください。"),
    ("ends_on", "before_approval"): mark("終了日が承認日より前です。"),
    ("dispose_by", "before_end"): mark("廃棄の期限が終了日より前です。"),
    ("how", "required"): mark("廃棄の方法を入れてください。"),
    ("on", "future"): mark("日付が先の日付です。"),
    ("on", "before_approval"): mark("廃棄日が承認日より前です。"),
    ("on", "before_refusal"): mark("除外日が、拒否を受けた日より前です。"),
    ("person", "required"): mark("本人の氏名または番号を入れてください。"),
    ("received_on", "future"): mark("受付日が先の日付です。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context)
