"""Names of parts as a reason may tell them: those the format gives, never those that somebody made up."""

from __future__ import annotations

import re

_GIVEN = """
    [content_types] _rels _xmlsignatures activex app authors basic calcchain chart chartex charts
    chartsheets colors commentauthors comments commentsextended commentsextensible commentsids
    configurations connections content core ctrlprop ctrlprops custom customui customxml data diagrams
    dialog dialogsheets docprops document documentsignatures drawing drawings embeddings endnotes
    externallink externallinks fonttable footer footnotes glossary handoutmaster handoutmasters header
    image ink item itemprops layout macrosheets manifest master masters media meta meta-inf metadata
    mimetype notesmaster notesmasters notesslide notesslides numbering object objects oleobject origin
    page pages people person persons pictures pivotcache pivotcachedefinition pivotcacherecords
    pivottable pivottables ppt presentation presprops printersettings props querytable querytables
    quickstyle revisions richdata script settings sharedstrings sheet sig slicer slicercache
    slicercaches slicers slide slidelayout slidelayouts slidemaster slidemasters slides solutions style
    styles styleswitheffects table tables tablesinglecells tablestyles tag tags theme themeoverride
    themes threadedcomment threadedcomments thumbnail thumbnails users validation vbadata vbaproject
    vbaprojectsignature viewprops visio vmldrawing websettings windows word workbook worksheets xl
"""
_WORDS = frozenset(["", *_GIVEN.split()])
_ENDINGS = """
    bin bmp doc docx emf gif jpeg jpg png pptx rdf rels sigs svg tif tiff vml wdp wmf xlb xlc xls xlsx
    xml
"""
_SUFFIXES = frozenset(_ENDINGS.split())
_WORD = re.compile(r"(\D*)\d{0,6}")
_UNTOLD = "…"


def told(name: str) -> str:
    """Return a part's name with "…" for whatever in it the format does not give."""
    return "/".join(map(_component, name.split("/")))


def _component(component: str) -> str:
    stem, *suffixes = component.split(".")
    word = _WORD.fullmatch(stem)
    known = word is not None and word[1].lower() in _WORDS
    if known and _SUFFIXES.issuperset(each.lower() for each in suffixes):
        return component
    last = suffixes[-1] if suffixes and suffixes[-1].lower() in _SUFFIXES else ""
    return f"{_UNTOLD}.{last}" if last else _UNTOLD
