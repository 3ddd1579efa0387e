"""Names in kana and Latin letters, compared by how they sound."""

import pytest

from scanners.spelt import spelt


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("オオタニ ショウヘイ", "Shohei OHTANI"),
        ("しんば じゅんいち", "Shimba, Jun'ichi"),
        ("ﾋｲﾗｷﾞ ｿｳｽｹ", "Sosuke Hiiragi"),
        ("きょうこ ほった", "Hotta Kyoko"),
        ("ラン", "Lan"),
        ("ツヅキ フミ", "Tsuzuki Humi"),
        ("マリオ・モリ", "Mori Mario"),
    ],
)
def test_the_same_name_in_two_scripts(kana: str, latin: str) -> None:
    """Order, long vowels, doubled letters and the two romanisations make no difference."""
    assert spelt(kana) == spelt(latin)


def test_other_names_stay_other_names() -> None:
    """What sounds otherwise is spelt otherwise, and nothing fails on what is no name."""
    assert spelt("ハラ ユミ") != spelt("ハラ ユリ")
    assert spelt("Hara Jun") != spelt("Hara Jin")
    assert spelt("") == spelt("山田") == ()
