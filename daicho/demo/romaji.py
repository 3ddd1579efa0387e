"""Katakana to Latin letters (Hepburn without long marks), for mail addresses and English forms of names."""

from functools import cache

from daicho.demo.organisation import read_yaml


@cache
def _syllables() -> dict[str, str]:
    return dict(pair.split("/") for pair in read_yaml("people.yaml")["syllables"].split())


def romaji(kana: str) -> str:
    """Return the Latin spelling of a katakana word: サトウ becomes "sato", シュンスケ "shunsuke"."""
    syllables = _syllables()
    out = ""
    place = 0
    doubled = False
    while place < len(kana):
        if kana[place] == "ッ":
            doubled = True
            place += 1
            continue
        step = 2 if kana[place : place + 2] in syllables else 1
        sound = syllables[kana[place : place + step]]
        out += sound[0] + sound if doubled else sound
        doubled = False
        place += step
    return out.replace("ou", "o").replace("oo", "o").replace("uu", "u")
