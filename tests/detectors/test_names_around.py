"""What stands around a name: roles that vouch for it, and look-alikes that are nobody."""

import pytest

from scanners.detection import DetectorAnalyzer, analyzer
from scanners.model import Category


@pytest.fixture(scope="module")
def reader() -> DetectorAnalyzer:
    """Return the analyzer with every detector."""
    return analyzer()


def names(reader: DetectorAnalyzer, text: str) -> list[str]:
    """Return the persons of a text."""
    return [text[match.start : match.end] for match in reader.text(text) if match.category is Category.PERSON]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("代わりに榊くんに入ってもらいます", ["榊"]),
        ("決裁は東課長が行う。", ["東"]),
        ("お電話ありがとうございます。担当の森でございます。", ["森"]),
        ("読影医：勅使河原\n所見 異常なし", ["勅使河原"]),
        ("[21:32] 千葉: 折返しお願いします", ["千葉"]),
        ("先日お電話した手島の件で、ご連絡します。", ["手島"]),
        ("KIM SEO-YEON 様のご予約", ["KIM SEO-YEON"]),
        ('From: "Kurokawa, Natsumi" <n-kurokawa@seiwa-bldg.co.jp>', ["Kurokawa, Natsumi"]),
        ("氏　名：柴　田　　優", ["柴　田　　優"]),
        ("BEGIN:VCARD\nN:九条;直人;;;\nEND:VCARD", ["九条", "直人"]),
    ],
)
def test_somebody(reader: DetectorAnalyzer, text: str, found: list[str]) -> None:
    """A role, an honorific, a log's speaker or a card makes a name of what alone is a word or a place."""
    assert names(reader, text) == found


@pytest.mark.parametrize(
    "text",
    [
        "織田信長は稲葉山城を攻略し、徳川家康や豊臣秀吉と争った。",
        "大宮店　10:00-20:00\n福島店　水曜定休",
        "フロセミド錠20mg 1日1回",
        "金山→刈谷 定期6か月",
        "株式会社山本ビルサービス",
        "01  千葉浜      ちばはま    6.2\n02  関本      せきもと    8.0",
        "お客様・皆様・神様・母さん",
        "南支店長と東工場長の会議",
        "物 件　 所 在 地 ：未定",
    ],
)
def test_nobody(reader: DetectorAnalyzer, text: str) -> None:
    """History, shops, drugs, stations, posts and letter-spaced words name nobody."""
    assert names(reader, text) == []
