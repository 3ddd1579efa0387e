"""Office packages with one marker of its own in every place that holds text, as Microsoft's programs "
"lay them out."""

from __future__ import annotations

from tests.extractors.packages import NAMES, OFFICE, PIXEL, TYPES, Parts, S, package, paragraph, run


def _core(prefix: str) -> str:
    return (
        "<cp:coreProperties "
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>題名{prefix}</dc:title><dc:creator>作成{prefix}</dc:creator>"
        f"<cp:lastModifiedBy>更新{prefix}</cp:lastModifiedBy>"
        "<dcterms:created>2026-01-02T03:04:05Z</dcterms:created></cp:coreProperties>"
    )


def _custom(prefix: str) -> str:
    return (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="担当">'
        f"<vt:lpwstr>属性{prefix}</vt:lpwstr></property></Properties>"
    )


def _app(prefix: str) -> str:
    return (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        f"<Application>Microsoft Office</Application><Manager>管理{prefix}</Manager><Pages>1</Pages>"
        f"</Properties>"
    )


def _chart(prefix: str) -> str:
    return (
        f"<c:chartSpace {NAMES}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>図表{prefix}</a:t></a:r>"
        f"</a:p></c:rich>"
        "</c:tx></c:title><c:plotArea><c:barChart><c:ser><c:cat><c:strRef><c:f>Sheet1!$A$1</c:f><c:strCache>"
        f'<c:ptCount val="1"/><c:pt idx="0"><c:v>項目{prefix}</c:v></c:pt></c:strCache></c:strRef>'
        f"</c:cat></c:ser>"
        "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )


def _diagram(prefix: str) -> str:
    return (
        f'<dgm:dataModel {NAMES}><dgm:ptLst><dgm:pt modelId="1"><dgm:t><a:bodyPr/><a:p><a:r>'
        f"<a:t>組織{prefix}</a:t></a:r>"
        "</a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
    )


def _drawing_again(text: str) -> str:
    return (
        f'<dsp:drawing xmlns:dsp="http://schemas.microsoft.com/office/drawing/2008/diagram" {NAMES}>'
        f"<dsp:spTree><dsp:sp>"
        f"<dsp:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dsp:txBody></dsp:sp></dsp:spTree></dsp:drawing>"
    )


_ITEM = (
    '<?xml version="1.0" encoding="utf-8"?><名簿 xmlns="urn:kakuu">'
    '<患者氏名 番号="受付{0}">独自{0}</患者氏名></名簿>'
)


def word() -> bytes:
    """Return a Word document with a marker of 〇〇文 in every place."""
    box = f"<w:txbxContent>{paragraph(run('囲み文'))}</w:txbxContent>"
    nested = f"<w:tbl><w:tr><w:tc>{paragraph(run('入れ子文'))}</w:tc></w:tr></w:tbl>{paragraph('')}"
    cells = f"<w:tc>{paragraph(run('氏名'))}</w:tc><w:tc>{paragraph(run('表文'))}{nested}</w:tc>"
    table = f"<w:tbl><w:tblPr/><w:tr>{cells}</w:tr></w:tbl>"
    body = [
        paragraph(run("本文文")),
        paragraph(run("氏名 分") + run("割") + run("文")),
        table,
        paragraph(
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor>"
            "<wp:positionH relativeFrom='column'><wp:posOffset>914400</wp:posOffset></wp:positionH>"
            "<wp:docPr id='1' name='Text Box 1' descr='代替文' title='絵題文'/><a:graphic><a:graphicData>"
            f"<wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
            f"</mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        ),
        paragraph(
            "<w:r><w:pict><v:shape alt='古い代替文'><v:textpath string='飾り文'/></v:shape></w:pict></w:r>"
            "<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:nvPicPr>"
            "<pic:cNvPr id='2' name='写真文.jpg'/></pic:nvPicPr></pic:pic></a:graphicData></a:graphic>"
            "</wp:inline>"
            "</w:drawing></w:r>"
        ),
        paragraph(f"<w:hyperlink r:id='rId1' w:tooltip='案内文'>{run('連絡先')}</w:hyperlink>"),
        paragraph(
            run("氏名 ")
            + "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>るびぶん</w:t></w:r></w:rt><w:rubyBase><w:r>"
            "<w:t>振仮名</w:t></w:r>"
            "</w:rubyBase></w:ruby></w:r>" + run("文")
        ),
        paragraph(
            "<w:sdt><w:sdtPr><w:alias w:val='欄名文'/><w:dropDownList>"
            "<w:listItem w:displayText='選択文' w:value='1'/>"
            f"</w:dropDownList></w:sdtPr><w:sdtContent>{run('制御文')}</w:sdtContent></w:sdt>"
        ),
        paragraph(f"<w:ins w:id='1' w:author='挿入者文'>{run('挿入文')}</w:ins>"),
        paragraph(
            run("前 ") + "<w:del w:id='2' w:author='削除者文'><w:r><w:delText>削</w:delText></w:r><w:r>"
            "<w:delText>除文</w:delText></w:r></w:del>"
        ),
        paragraph(
            "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>DATE 符号</w:instrText></w:r>"
            "<w:r><w:instrText>文</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r>"
            f"{run('結果文')}<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        ),
        paragraph("<w:fldSimple w:instr=' QUOTE 単純文 '><w:r><w:t>値</w:t></w:r></w:fldSimple>"),
        paragraph("<m:oMath><m:r><m:t>数式文</m:t></m:r></m:oMath>"),
        paragraph("<w:r><w:rPr><w:vanish/></w:rPr><w:t>隠し文</w:t></w:r>"),
        paragraph(
            "<w:smartTag w:element='PersonName'><w:smartTagPr><w:attr w:name='x' w:val='札文'/>"
            "</w:smartTagPr></w:smartTag>"
        ),
        paragraph("<w:r><w:lastRenderedPageBreak/></w:r>" + run("二頁文")),
        "<w:altChunk r:id='rId2'/>",
    ]

    def part(tag: str, inside: str) -> str:
        return (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<w:{tag} {NAMES}>{inside}</w:{tag}>'
        )

    main = "wordprocessingml."
    parts: Parts = {
        "word/document2.xml": part("document", f"<w:body>{''.join(body)}<w:sectPr/></w:body>"),
        "word/header1.xml": part("hdr", paragraph(run("頭書文"))),
        "word/footer1.xml": part("ftr", paragraph(run("足書文"))),
        "word/footnotes.xml": part(
            "footnotes",
            f"<w:footnote w:type='separator' w:id='-1'>{paragraph('<w:r><w:separator/></w:r>')}</w:footnote>"
            f"<w:footnote w:id='2'>{paragraph(run('脚注文'))}</w:footnote>",
        ),
        "word/endnotes.xml": part("endnotes", f"<w:endnote w:id='2'>{paragraph(run('文末文'))}</w:endnote>"),
        "word/comments.xml": part(
            "comments",
            f"<w:comment w:id='0' w:author='注釈者文' w:initials='注'>{paragraph(run('注釈文'))}</w:comment>",
        ),
        "word/people.xml": '<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml">'
        '<w15:person w15:author="参加者文">'
        '<w15:presenceInfo w15:providerId="AD" w15:userId="hito@kakuu.example"/>'
        "</w15:person></w15:people>",
        "word/glossary/document.xml": part(
            "glossaryDocument",
            f"<w:docParts><w:docPart><w:docPartPr><w:name w:val='部品名文'/></w:docPartPr>"
            f"<w:docPartBody>{paragraph(run('部品文'))}</w:docPartBody></w:docPart></w:docParts>",
        ),
        "word/settings.xml": part(
            "settings",
            "<w:mailMerge><w:query w:val='SELECT * FROM [差込文$]'/></w:mailMerge>"
            "<w:docVars><w:docVar w:name='x' w:val='変数文'/></w:docVars>",
        ),
        "word/charts/chart1.xml": _chart("文"),
        "word/diagrams/data1.xml": _diagram("文"),
        "word/diagrams/drawing1.xml": _drawing_again("組織文"),
        "word/afchunk.txt": "差込の断片文",
        "word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "word/embeddings/Microsoft_Word_Document.docx": b"PK\x05\x06" + bytes(18),
        "word/media/image1.png": PIXEL,
        "word/unknown/what.xml": "<x xmlns='urn:kakuu'><y memo='知らぬ属性文'>知らぬ文</y></x>",
        "word/theme/theme1.xml": f"<a:theme {NAMES} name='Office'/>",
        "customXml/item1.xml": _ITEM.format("文"),
        "docProps/core.xml": _core("文"),
        "docProps/app.xml": _app("文"),
        "docProps/custom.xml": _custom("文"),
    }
    names = {
        "word/document2.xml": f"{TYPES}{main}document.main+xml",
        "word/theme/theme1.xml": f"{TYPES}theme+xml",
        "word/charts/chart1.xml": f"{TYPES}drawingml.chart+xml",
        "word/diagrams/data1.xml": f"{TYPES}drawingml.diagramData+xml",
        "word/settings.xml": f"{TYPES}{main}settings+xml",
    } | {
        f"word/{name}.xml": f"{TYPES}{main}{kind}+xml"
        for name, kind in (
            ("header1", "header"),
            ("footer1", "footer"),
            ("footnotes", "footnotes"),
            ("endnotes", "endnotes"),
            ("comments", "comments"),
        )
    }
    relations = {
        "": [("officeDocument", "word/document2.xml", False)],
        "word/document2.xml": [
            ("hyperlink", "mailto:link.bun@kakuu.example", True),
            ("aFChunk", "afchunk.txt", False),
            ("attachedTemplate", "file:///C:/Users/%E9%9B%9B%E5%9E%8B%E6%96%87/Normal.dotm", True),
        ],
    }
    return package(parts, names, relations)


def presentation() -> bytes:
    """Return a presentation with a marker of 〇〇面 in every place; its second part is shown first."""

    def shape(text: str, holder: str = "") -> str:
        return (
            f"<p:sp><p:nvSpPr><p:cNvPr id='2' name='Title 1'/><p:cNvSpPr/><p:nvPr>{holder}</p:nvPr>"
            f"</p:nvSpPr><p:spPr/>"
            f"<p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang='ja-JP'/><a:t>{text}</a:t></a:r></a:p>"
            f"</p:txBody></p:sp>"
        )

    def tree(tag: str, inside: str, attributes: str = "") -> str:
        return f"<p:{tag} {NAMES} {attributes}><p:cSld><p:spTree>{inside}</p:spTree></p:cSld></p:{tag}>"

    table = (
        "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id='4' name='t' descr='表の代替面'/>"
        "</p:nvGraphicFramePr><a:graphic>"
        "<a:graphicData><a:tbl><a:tblPr/><a:tr h='1'><a:tc><a:txBody><a:p><a:r><a:t>氏名</a:t></a:r>"
        "</a:p></a:txBody></a:tc>"
        "<a:tc><a:txBody><a:p><a:r><a:t>表面</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic>"
        "</p:graphicFrame>"
    )
    picture = (
        "<p:pic><p:nvPicPr><p:cNvPr id='5' name='写真面.png' descr='代替面' title='絵題面'/>"
        "</p:nvPicPr></p:pic>"
    )
    split = "<p:sp><p:txBody><a:p><a:r><a:t>分</a:t></a:r><a:r><a:t>割面</a:t></a:r></a:p></p:txBody></p:sp>"
    link = (
        "<p:sp><p:txBody><a:p><a:r><a:rPr><a:hlinkClick r:id='rId9' tooltip='案内面'/></a:rPr>"
        "<a:t>連絡先</a:t></a:r></a:p>"
        "</p:txBody></p:sp>"
    )
    group = f"<p:grpSp><p:nvGrpSpPr><p:cNvPr id='7' name='g'/></p:nvGrpSpPr>{shape('組面')}</p:grpSp>"
    title = "<p:ph type='title'/>"
    parts: Parts = {
        "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst><p:sldId id='256' r:id='rId2'/>"
        "<p:sldId id='257' r:id='rId1'/></p:sldIdLst></p:presentation>",
        "ppt/slides/slide2.xml": tree("sld", shape("演題面", title) + split + table + picture + link + group),
        "ppt/slides/slide1.xml": tree("sld", shape("隠し面"), "show='0'"),
        "ppt/notesSlides/notesSlide1.xml": tree("notes", shape("発表者面", "<p:ph type='body'/>")),
        "ppt/comments/comment1.xml": f"<p:cmLst {NAMES}><p:cm authorId='0' idx='1'>"
        f"<p:text>注釈面</p:text></p:cm></p:cmLst>",
        "ppt/comments/modernComment_1.xml": "<p188:cmLst "
        'xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main" '
        f'{NAMES}><p188:cm id="x" authorId="{{A}}"><p188:replyLst><p188:reply id="y" authorId="{{A}}">'
        f"<p188:txBody><a:p><a:r>"
        "<a:t>返信面</a:t></a:r></a:p></p188:txBody></p188:reply></p188:replyLst><p188:txBody><a:p><a:r><a:t>新注釈面</a:t></a:r>"
        "</a:p></p188:txBody></p188:cm></p188:cmLst>",
        "ppt/commentAuthors.xml": f"<p:cmAuthorLst {NAMES}>"
        f'<p:cmAuthor id="0" name="注釈者面" initials="注"/></p:cmAuthorLst>',
        "ppt/authors.xml": '<p188:authorLst xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main">'
        '<p188:author id="{A}" name="新注釈者面" userId="hito.men@kakuu.example"/></p188:authorLst>',
        "ppt/slideMasters/slideMaster1.xml": tree("sldMaster", shape("見本", title) + shape("台紙面")),
        "ppt/slideLayouts/slideLayout1.xml": tree("sldLayout", shape("見本", title)),
        "ppt/charts/chart1.xml": _chart("面"),
        "ppt/diagrams/data1.xml": _diagram("面"),
        "ppt/diagrams/drawing1.xml": _drawing_again("組織面"),
        "ppt/embeddings/Microsoft_Excel_Sheet.xlsx": b"PK\x05\x06" + bytes(18),
        "ppt/media/image1.png": PIXEL,
        "docProps/core.xml": _core("面"),
        "docProps/app.xml": _app("面"),
        "docProps/custom.xml": _custom("面"),
        "customXml/item1.xml": _ITEM.format("面"),
    }
    main = f"{TYPES}presentationml."
    names = {
        "ppt/presentation.xml": f"{main}presentation.main+xml",
        "ppt/slides/slide1.xml": f"{main}slide+xml",
        "ppt/slides/slide2.xml": f"{main}slide+xml",
        "ppt/notesSlides/notesSlide1.xml": f"{main}notesSlide+xml",
        "ppt/comments/comment1.xml": f"{main}comments+xml",
        "ppt/comments/modernComment_1.xml": "application/vnd.ms-powerpoint.comments+xml",
        "ppt/commentAuthors.xml": f"{main}commentAuthors+xml",
        "ppt/authors.xml": "application/vnd.ms-powerpoint.authors+xml",
        "ppt/slideMasters/slideMaster1.xml": f"{main}slideMaster+xml",
        "ppt/slideLayouts/slideLayout1.xml": f"{main}slideLayout+xml",
        "ppt/charts/chart1.xml": f"{TYPES}drawingml.chart+xml",
    }
    relations = {
        "ppt/presentation.xml": [
            ("slide", "slides/slide1.xml", False),
            ("slide", "slides/slide2.xml", False),
        ],
        "ppt/slides/slide2.xml": [
            ("notesSlide", "../notesSlides/notesSlide1.xml", False),
            ("comments", "../comments/comment1.xml", False),
            ("chart", "../charts/chart1.xml", False),
            ("diagramData", "../diagrams/data1.xml", False),
            ("hyperlink", "mailto:link.men@kakuu.example", True),
            ("comments", "../comments/modernComment_1.xml", False),
        ],
    }
    return package(parts, names, relations)


def workbook() -> bytes:
    """Return a workbook with a marker of 〇〇表 in every place."""

    def cell(place: str, text: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'

    def sheet(inside: str, after: str = "", before: str = "") -> str:
        around = f'<worksheet xmlns="{S}" xmlns:r="{OFFICE}">{before}'
        return f"{around}<sheetData>{inside}</sheetData>{after}</worksheet>"

    rows = (
        f'<row r="1">{cell("A1", "升目表")}<c r="B1" t="s"><v>0</v></c><c r="C1" s="1"><v>9012345678</v>'
        f'</c><c r="D1" s="2"><v>32874</v></c></row>'
        f'<row r="2" hidden="1">{cell("A2", "隠し行表")}</row>'
        '<row r="3"><c r="A3" t="str"><f>IF(B1="","数式表","x")</f><v>x</v></c></row>'
    )
    after = (
        '<dataValidations count="1">'
        '<dataValidation type="list" sqref="A1" promptTitle="案内表" prompt="入力表" errorTitle="誤り表">'
        '<formula1>"選択表,乙"</formula1></dataValidation></dataValidations><hyperlinks>'
        '<hyperlink ref="A1" r:id="rId1" '
        'tooltip="釣り札表" display="表示表"/></hyperlinks><headerFooter>'
        '<oddHeader>&amp;L&amp;"MS,標準"&amp;10頭書表</oddHeader>'
        "<oddFooter>&amp;C足書表 &amp;P</oddFooter></headerFooter>"
    )
    drawing = (
        f"<xdr:wsDr {NAMES}><xdr:twoCellAnchor><xdr:from><xdr:col>2</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>4</xdr:row>"
        "<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>5</xdr:col><xdr:row>9</xdr:row></xdr:to><xdr:sp><xdr:nvSpPr>"
        "<xdr:cNvPr id='2' name='T' descr='代替表' title='絵題表'/></xdr:nvSpPr><xdr:txBody><a:p><a:r>"
        "<a:t>図形表</a:t></a:r></a:p>"
        "</xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"
    )
    parts: Parts = {
        "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{OFFICE}">'
        f'<fileSharing userName="予約者表"/><sheets>'
        '<sheet name="名簿" sheetId="1" r:id="rId1"/>'
        '<sheet name="控え表" sheetId="2" state="hidden" r:id="rId2"/></sheets>'
        '<definedNames><definedName name="名前表" comment="名前の注表">"定数表"</definedName>'
        "</definedNames></workbook>",
        "xl/worksheets/sheet1.xml": sheet(rows, after, '<cols><col min="3" max="4" hidden="1"/></cols>'),
        "xl/worksheets/sheet2.xml": sheet(f'<row r="1">{cell("A1", "隠し表")}</row>'),
        "xl/sharedStrings.xml": f'<sst xmlns="{S}"><si><r><t>共</t></r><r><t>有表</t></r>'
        f'<rPh sb="0" eb="1"><t>キョウユウ</t></rPh></si></sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{S}"><numFmts>'
        f'<numFmt numFmtId="176" formatCode="000\\-0000\\-0000"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="176"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/comments1.xml": f'<comments xmlns="{S}"><authors><author>注釈者表</author></authors>'
        f"<commentList>"
        '<comment ref="B4" authorId="0"><text><r><t>注</t></r><r><t>釈表</t></r></text></comment>'
        "</commentList></comments>",
        "xl/threadedComments/threadedComment1.xml": "<ThreadedComments "
        'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="C5" personId="{P}"><text>議論表</text></threadedComment></ThreadedComments>',
        "xl/persons/person.xml": '<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<person displayName="参加者表" id="{P}" userId="hito.hyo@kakuu.example"/></personList>',
        "xl/drawings/drawing1.xml": drawing,
        "xl/drawings/vmlDrawing1.vml": '<xml xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape><v:textbox><div>古い枠表</div></v:textbox>'
        "<x:ClientData><x:Anchor>1, 2, 3</x:Anchor></x:ClientData></v:shape></xml>",
        "xl/charts/chart1.xml": _chart("表"),
        "xl/tables/table1.xml": f'<table xmlns="{S}" comment="表の注表"/>',
        "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{S}"><cacheFields>'
        f'<cacheField name="氏名">'
        '<sharedItems><s v="集計表"/></sharedItems></cacheField></cacheFields></pivotCacheDefinition>',
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{S}"><externalBook><sheetDataSet>'
        f'<sheetData><row r="1">'
        '<cell r="A1" t="str"><v>外部表</v></cell></row></sheetData></sheetDataSet></externalBook>'
        "</externalLink>",
        "xl/connections.xml": f'<connections xmlns="{S}"><connection>'
        f'<dbPr connection="User ID=接続表"/></connection></connections>',
        "xl/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "xl/media/image1.png": PIXEL,
        "docProps/core.xml": _core("表"),
        "docProps/app.xml": _app("表"),
        "docProps/custom.xml": _custom("表"),
        "customXml/item1.xml": _ITEM.format("表"),
    }
    main = f"{TYPES}spreadsheetml."
    names = {
        "xl/workbook.xml": f"{main}sheet.main+xml",
        "xl/worksheets/sheet1.xml": f"{main}worksheet+xml",
        "xl/worksheets/sheet2.xml": f"{main}worksheet+xml",
        "xl/sharedStrings.xml": f"{main}sharedStrings+xml",
        "xl/styles.xml": f"{main}styles+xml",
        "xl/comments1.xml": f"{main}comments+xml",
        "xl/drawings/drawing1.xml": f"{TYPES}drawing+xml",
        "xl/charts/chart1.xml": f"{TYPES}drawingml.chart+xml",
    }
    relations = {
        "xl/workbook.xml": [
            ("worksheet", "worksheets/sheet1.xml", False),
            ("worksheet", "/xl/worksheets/sheet2.xml", False),
            ("person", "persons/person.xml", False),
        ],
        "xl/worksheets/sheet1.xml": [
            ("hyperlink", "mailto:link.hyo@kakuu.example", True),
            ("comments", "../comments1.xml", False),
            ("threadedComment", "../threadedComments/threadedComment1.xml", False),
            ("drawing", "../drawings/drawing1.xml", False),
            ("vmlDrawing", "../drawings/vmlDrawing1.vml", False),
        ],
        "xl/drawings/drawing1.xml": [("chart", "../charts/chart1.xml", False)],
        "xl/externalLinks/externalLink1.xml": [
            ("externalLinkPath", "file:///S:/%E5%A4%96%E9%83%A8%E5%85%88.xlsx", True)
        ],
    }
    return package(parts, names, relations)
