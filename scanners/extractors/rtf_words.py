"""The control words of RTF 1.9.1 that matter to a reader of its text."""

from __future__ import annotations

from types import MappingProxyType

CODE_PAGES = MappingProxyType(
    {0: 1252, 2: 1252, 77: 10000, 78: 10001, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253}
    | {
        162: 1254,
        163: 1258,
        177: 1255,
        178: 1256,
        186: 1257,
        204: 1251,
        222: 874,
        238: 1250,
        254: 437,
        255: 850,
    }
)
"""Code page of a font by its \\fcharset; 1 is the document's own."""

SYMBOLS = MappingProxyType(
    {
        "tab": "\t",
        "line": "\n",
        "lbr": "\n",
        "softline": "\n",
        "emdash": "\u2014",
        "endash": "\u2013",
        "lquote": "\u2018",
        "rquote": "\u2019",
        "ldblquote": "\u201c",
        "rdblquote": "\u201d",
        "bullet": "\u2022",
        "emspace": "\u2003",
        "enspace": "\u2002",
        "qmspace": " ",
        "nestcell": "\t",
        "nestrow": "\n",
    }
)

PARAGRAPHS = frozenset({"par", "sect", "page", "column"})

STORIES = MappingProxyType(
    {
        "header": "header",
        "headerl": "even header",
        "headerr": "header",
        "headerf": "first header",
        "footer": "footer",
        "footerl": "even footer",
        "footerr": "footer",
        "footerf": "first footer",
        "footnote": "footnote",
        "annotation": "comment",
        "shptxt": "text box",
        "dptxbxtext": "text box",
        "ftnsep": "separator of notes",
        "ftnsepc": "separator of notes",
        "ftncn": "separator of notes",
        "aftnsep": "separator of notes",
        "aftnsepc": "separator of notes",
        "aftncn": "separator of notes",
    }
)
"""Destinations with lines of their own, and what a person calls the place."""

PROPERTIES = MappingProxyType(
    {
        "title": "Title",
        "subject": "Subject",
        "author": "Author",
        "manager": "Manager",
        "company": "Company",
        "operator": "Last author",
        "category": "Category",
        "keywords": "Keywords",
        "comment": "Comments",
        "doccomm": "Comments",
        "hlinkbase": "Link base",
    }
)

WRITTEN = frozenset(
    {"docvar", "ffdeftext", "ffl", "ffstattext", "ffhelptext", "mailmerge", "xe", "tc", "tcn"}
)
"""Destinations that hold what a person wrote beside the text: fields, entries of an index."""

CAPTURED = frozenset(
    {"fldinst", "sn", "sv", "atnauthor", "atnid", "objdata", "pict", "propname", "staticval", "linkval"}
    | {
        "docvar",
        "htmltag",
        "ffdeftext",
        "ffl",
        "ffstattext",
        "ffhelptext",
        "revtbl",
        "mailmerge",
        "xe",
        "tc",
        "tcn",
    }
    | set(PROPERTIES)
)
"""Destinations whose whole content is taken at their end."""

ENTERED = frozenset(
    {
        "shpinst",
        "shppict",
        "shp",
        "shpgrp",
        "field",
        "fldrslt",
        "object",
        "result",
        "info",
        "userprops",
        "formfield",
    }
    | {
        "do",
        "upr",
        "ud",
        "sp",
        "listtext",
        "pntext",
        "background",
        "moMathPara",
        "momath",
        "moMath",
        "mr",
        "mmathPict",
        "rtf",
        "hl",
        "hlsrc",
        "hlfr",
        "hlloc",
    }
)
"""Destinations that hold others, or text of the place they stand in."""

SKIPPED = frozenset(
    {
        "fonttbl",
        "colortbl",
        "stylesheet",
        "filetbl",
        "nonshppict",
        "shprslt",
        "objclass",
        "objname",
        "datafield",
    }
    | {
        "bkmkstart",
        "bkmkend",
        "atrfstart",
        "atrfend",
        "atndate",
        "atnref",
        "atnparent",
        "atntime",
        "generator",
    }
    | {
        "listtable",
        "listoverridetable",
        "rsidtbl",
        "themedata",
        "colorschememapping",
        "latentstyles",
        "datastore",
    }
    | {
        "rxe",
        "panose",
        "falt",
        "fontemb",
        "fontfile",
        "objalias",
        "objsect",
        "objtime",
        "pgptbl",
    }
    | {
        "creatim",
        "revtim",
        "printim",
        "buptim",
        "passwordhash",
        "xmlnstbl",
        "ffname",
        "ffformat",
        "blipuid",
        "picprop",
    }
    | {"defchp", "defpap", "pnseclvl", "pn", "wgrffmtfilter", "protusertbl", "mmathPr", "lsdlockedexcept"}
)
"""Destinations without text of their own."""

SETTINGS = frozenset(
    {"f", "fcharset", "cpg", "plain", "deff", "uc", "deleted", "htmlrtf", "intbl", "pard", "trowd", "ftnalt"}
    | {"ansicpg", "mac", "pc", "pca"}
)
"""Words that change how what follows is read, wherever they stand."""

SPOKEN = frozenset({"u", "cell", "row"}) | PARAGRAPHS | frozenset(SYMBOLS)
"""Words that stand for text or end a piece of it; all that are in none of these sets only lay out."""
