"""Synthetic address books and calendars."""

from __future__ import annotations

import base64
import struct
import zlib


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0\0")),
        _chunk(b"IEND", b""),
    )
)
_PICTURE = base64.b64encode(PNG).decode()

CARD = f"""BEGIN:VCARD\r
VERSION:3.0\r
PRODID:-//Kakuu//JP\r
N:架空;太郎;;;様\r
FN:架空 太郎\r
X-PHONETIC-LAST-NAME:カクウ\r
X-PHONETIC-FIRST-NAME:タロウ\r
ORG:株式会社架空;営業部\r
TITLE:部長\r
TEL;TYPE=CELL,VOICE:090-0000-1234\r
item1.EMAIL;TYPE=INTERNET:taro@kakuu.example\r
ADR;TYPE=HOME:;架空ビル;一丁目2-3;架空区;東京都;100-0001;日本\r
BDAY:1980-01-02\r
NOTE:担当は架空花子\\n03-0000-1234\r
PHOTO;ENCODING=b;TYPE=PNG:{_PICTURE[:60]}\r
 {_PICTURE[60:]}\r
END:VCARD\r
""".encode()

CALENDAR = f"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Kakuu//JP\r
X-WR-CALNAME:架空の予定\r
BEGIN:VTIMEZONE\r
TZID:Asia/Tokyo\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:1@kakuu.example\r
DTSTART;TZID=Asia/Tokyo:20260401T100000\r
SUMMARY:架空太郎様 面談\r
DESCRIPTION:電話 090-0000-1234\\n長い説明が続く\\、\r
 折り返しのある行\r
LOCATION:第1会議室\r
ORGANIZER;CN="架空花子":mailto:hanako@kakuu.example\r
ATTENDEE;ROLE=REQ-PARTICIPANT;CN=架空次郎:MAILTO:jiro@kakuu.example\r
ATTENDEE;CUTYPE=ROOM;CN=第1会議室:mailto:room1@kakuu.example\r
ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=名簿.png:{_PICTURE}\r
END:VEVENT\r
END:VCALENDAR\r
""".encode()

_NAME = base64.b64encode("架空".encode()).decode()
_GIVEN = base64.b64encode("太郎".encode()).decode()
_HOME = base64.b64encode("東京都架空区$1-2-3".encode()).decode()
_PHOTO = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(range(256))).decode()
DIRECTORY = f"""dn: uid=taro,ou=people,dc=kakuu
objectClass: inetOrgPerson
uid: taro
sn:: {_NAME}
givenName:: {_GIVEN}
mail: taro@kakuu.example
homePostalAddress:: {_HOME}
employeeNumber: 12345
description: 折り返しの
 ある備考
userPassword:: e1NTSEF9eA==
jpegPhoto:: {_PHOTO[:70]}
 {_PHOTO[70:]}

dn: ou=people,dc=kakuu
objectClass: organizationalUnit
ou: people
cn: people
""".encode()
