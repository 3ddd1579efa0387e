"""What follows the block number of a Japanese address: house, part and room, or whose home it is."""

from __future__ import annotations

import re
from typing import Final

_SURE_WORDS: Final = """
    ビルディング ビルヂング ビル 荘 館 寮 団地 マンション アパート アパートメント 住宅 社宅 宿舎 会館 苑
    レジデンス ハイツ ハイム タワー コーポ コーポラス メゾン ハウス コート プラザ ヴィラ パレス シャトー
    エステート ガーデン ヒルズ テラス カーサ ドミール フラッツ ヴィレッジ ドエル
    Maison Heights Mansion Court House Tower Towers Building Bldg Residence Garden Hills Plaza Heim Corpo
    Palace Villa Terrace Apartment Apartments Casa Chateau Dormitory HEIGHTS MAISON MANSION COURT HOUSE
    TOWER RESIDENCE PLAZA BLDG VILLA PALACE TERRACE
"""
_WEAK_WORDS: Final = """
    パーク グランド グラン ロイヤル ライオンズ サン スカイ シティ センター ホーム 公舎 官舎 邸 リバー
    アーバン プレイス ステージ Park Place Grand Royal Lions Sky Center
"""  # in names of houses too, and in many other words: they need a room behind them


def _any(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_SURE: Final = re.compile(_any(_SURE_WORDS))
_HOUSE: Final = re.compile(f"{_any(_SURE_WORDS)}|{_any(_WEAK_WORDS)}")
_CHARS: Final = "一-龥々〆ヶぁ-んァ-ヶー・'’&"
# Words that begin the next field of a record, and no house.
_OTHER_FIELD: Final = re.compile(
    "メール|フリガナ|ふりがな|カナ|マイナンバー|クレジット|テレ|ファック|ケータイ|モバイル|スマホ|カード|コード|ナンバー|パス|様|"
    "電話|携帯|直通|自宅|内線|氏名|名前|担当|会員|番号|個人|年齢|性別|生年|生まれ|誕生|勤務|連絡|世帯|続柄|口座|患者|社員|届出|"
    "(?:[Tt][Ee][Ll]|[Ff][Aa][Xx]|E-?[Mm]ail|MAIL|Mail|Mobile|Phone|ID|N[Oo]|DOB|Mr|Ms|Mrs|Dr)(?![A-Za-z])"
)
_RUN: Final = re.compile(
    rf"(?:第[0-9]{{1,2}})?(?:[A-Z][A-Za-z'’&]*(?: [A-Z][A-Za-z'’&]*){{1,3}}(?: ?[{_CHARS}]{{1,8}})?|"
    rf"(?:[A-Za-z'’]{{0,12}}[{_CHARS}]{{1,20}}(?:[A-Za-z]{{2,12}}(?![A-Za-z棟]))?|[A-Z][A-Za-z'’&]{{2,15}})(?:丁目|番館)?)"
)
_KATAKANA: Final = re.compile("[ァ-ヶー・]{2,16}")
# What ends a name before its room: グランドメゾン南3丁目, ハイツ青葉第2, コーポ桜A 203
_BEHIND: Final = re.compile(
    "[ ]?[0-9]{1,2}(?:丁目|番館)|(?<=第)[0-9]{1,2}(?![0-9号棟])|[A-Z](?=[ -][0-9]{2,4})"
)
_NO_MORE: Final = "(?![0-9]|-[0-9]|[年月日歳才円名人個件点本建%時分/.:]|,[0-9])"
_MARKED: Final = re.compile(
    r"[ ・-]?(?:第?(?:[A-Z]-?)?[0-9]{1,5}(?:-[0-9]{1,4})?[A-Z]?"
    r"(?:号室|号棟|号館|号|F(?![A-Za-z])|階(?!建)|室(?!長)|棟)|"
    r"[A-Z東西南北]棟|地下[0-9一二三]{1,2}階|B[1-9]F(?![A-Za-z0-9])|[一二三四五六七八九十]{1,3}(?:号館|号棟|階(?!建))|"
    rf"[本別新]館|#[A-Z]?-?[0-9]{{1,5}}{_NO_MORE})"
)
_BARE: Final = re.compile(
    rf"[ -]?(?:[A-Z]-?[0-9]{{1,4}}|[0-9]{{1,2}}-?[A-Z](?![A-Za-z])|[0-9]{{1,4}}(?:-[0-9]{{1,4}})?){_NO_MORE}"
)
_LETTERED: Final = re.compile(rf"-[A-Z][0-9]{{1,4}}{_NO_MORE}|[ ][A-Z]-[0-9]{{2,4}}{_NO_MORE}")
# Behind 「3号」 a room may follow without a blank: 2番3号405.
_AFTER_UNIT: Final = re.compile(rf"(?<=号)[ ]?[0-9]{{3,4}}{_NO_MORE}")
_CARE_OF: Final = re.compile(
    "[ ]?(?!(?:先|双|当|他|夕|親|両|味|行|彼|貴|殿|奥|漢|処|後|前|地|東|西|南|北|一|上|下|右|左)方)"
    "[一-龥々ヶぁ-んァ-ヶー]{1,6}?(?: ?様)?方(?![一-龥ぁ-ん])"
)
_NEXT_LINE: Final = re.compile(r"[ ]?\n[ 　\t]{2,30}(?=[^\s])")


def building_end(value: str, position: int, line_end: int) -> int:
    """Return where an address ends whose block number ends at `position`; offsets into normalised text.

    A house needs a word for houses in its name, or a room behind a name that is none of another field.
    """
    end = _house_end(value, position, line_end)
    if end == position and (below := _NEXT_LINE.match(value, position)):
        # A form's second line: the whole of it must be a house with its room
        stop = value.find("\n", below.end())
        stop = len(value) if stop < 0 else stop
        start = below.end()
        if stop - start <= 40 and _SURE.search(value, start, stop):
            found = _house_end(value, start, stop)
            if found == len(value[:stop].rstrip()) and value[found - 1] in "0123456789室号階F":
                end = found
    care_of = _CARE_OF.match(value, end, line_end)
    return care_of.end() if care_of else end


def _house_end(value: str, position: int, line_end: int) -> int:
    start = position
    bracket = value.startswith(("(", " ("), start)
    if bracket:
        start = value.index("(", start) + 1
    elif value.startswith(" ", start):
        start += 1
    end = _named(value, start, line_end)
    if bracket:
        return end + 1 if end > start and value.startswith(")", end) else position
    if end > start:
        return end
    return _rooms(value, position, line_end, named=False)


def _named(value: str, start: int, line_end: int) -> int:
    """Return the end of a house and its room at `start`, or `start`."""
    run = _RUN.match(value, start, line_end)
    if run is None or _OTHER_FIELD.match(value, start):
        return start
    name, end = run.group(), run.end()
    if behind := _BEHIND.match(value, end, line_end):
        end = behind.end()
    house = _HOUSE.search(name)
    if house is not None:
        room = _rooms(value, end, line_end, named=True)
        return room if room > end else _without_room(value, start, name, run.end(), line_end)
    room = _rooms(value, end, line_end, named=_KATAKANA.fullmatch(name) is not None)
    # A name that says nothing of a house: 「青葉台103号室」, but 「山田 103号室」 is somebody
    glued = not value.startswith(" ", end) or _KATAKANA.fullmatch(name) is not None
    return room if room > end and glued and len(name) > 1 else start


def _without_room(value: str, start: int, name: str, end: int, line_end: int) -> int:
    """Return the end of a house without a room: 「メゾン高島」, but 「白樺荘に転居」 up to the house."""
    sure = list(_SURE.finditer(name))
    if not sure:
        return start
    last = sure[-1].end()
    rest = name[last:]
    if re.search("[ぁ-ん]", rest) or (len(rest) > 6 and last > 4):
        return start + last
    if rest and end < line_end and re.match("[ぁ-ん0-9]", value[end]):
        return start + last
    return end


def _rooms(value: str, position: int, line_end: int, *, named: bool) -> int:
    """Return the end of parts and rooms at `position`; a bare number is a room of a named house only."""
    end = position
    for _ in range(3):
        marked = _MARKED.match(value, end, line_end)
        if marked is None or (end == position and not named and not _starts(value, position)):
            break
        end = marked.end()
    if value[end - 1] in "棟館" if end > position else named:
        bare = _BARE.match(value, end, line_end)
        return bare.end() if bare else end
    bare = _LETTERED.match(value, end, line_end) or _AFTER_UNIT.match(value, end, line_end)
    return bare.end() if bare else end


def _starts(value: str, position: int) -> bool:
    """Say whether a room may begin here without a house: behind a blank, or a block's last sign."""
    return value[position : position + 1] in (" ", "B", "地") or not value[position - 1 : position].isdigit()
