"""What of WordprocessingML is read: a style sheet; `flow` explains the marks."""

from __future__ import annotations

HEAD = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:wp14="http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing"
 xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"
 xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"
 xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
 xmlns:wpg="http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"
 xmlns:dsp="http://schemas.microsoft.com/office/drawing/2008/diagram"
 xmlns:cdr="http://schemas.openxmlformats.org/drawingml/2006/chartDrawing"
 xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main"
 xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"
 xmlns:s="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:x="urn:schemas-microsoft-com:office:excel"
 exclude-result-prefixes="w mc wp wp14 w14 a pic p xdr wps wpg dsp cdr dgm p188 m s o v x">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:template match="text()[not(normalize-space())]"/>
<xsl:template match="mc:AlternateContent[mc:Choice]">
 <xsl:choose>
  <xsl:when test="mc:Choice[.//text()[normalize-space()][not({POSITIONS})]]"><xsl:apply-templates
    select="mc:Choice[.//text()[normalize-space()][not({POSITIONS})]][1]"/></xsl:when>
  <xsl:otherwise><xsl:apply-templates/></xsl:otherwise>
 </xsl:choose>
</xsl:template>
<xsl:template match="v:textpath">{OPEN}x<xsl:value-of select="@string"/>{CLOSE}</xsl:template>
<xsl:template match="v:shape|v:rect|v:roundrect|v:oval|v:line|v:group">
 <xsl:if test="@alt|@title">{OPEN}a<xsl:value-of select="concat(@alt, '&#10;', @title)"/>{CLOSE}</xsl:if>
 <xsl:apply-templates/>
</xsl:template>
<xsl:template match="v:imagedata[@o:title]">{OPEN}a<xsl:value-of select="@o:title"/>{CLOSE}</xsl:template>
<xsl:template match="x:ClientData|o:LinkType|o:LockedField"/>
<xsl:template match="o:FieldCodes">{OPEN}f<xsl:value-of select="."/>{CLOSE}</xsl:template>
""".replace(
    "{POSITIONS}", "parent::wp:posOffset|parent::wp:align|parent::wp14:*|ancestor::xdr:from|ancestor::xdr:to"
)
"""The beginning of all style sheets of Office parts: alternatives once, VML's text, no white space."""

WORD = (
    HEAD
    + """
<xsl:template match="w:t|m:t"><xsl:value-of select="."/></xsl:template>
<xsl:template match="w:p"><xsl:apply-templates/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="w:rPr|w:tblPr|w:tblGrid|w:trPr|w:tcPr|w:tblPrEx|w:rubyPr"/>
<xsl:template match="wp:posOffset|wp:align|wp14:*|w14:*|m:rPr|m:ctrlPr"/>
<xsl:template match="w:pPr"><xsl:apply-templates select="w:sectPr"/></xsl:template>
<xsl:template match="w:tab|w:ptab"><xsl:text>&#9;</xsl:text></xsl:template>
<xsl:template match="w:br[@w:type='page']">{BREAK}</xsl:template>
<xsl:template match="w:br|w:cr"><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="w:lastRenderedPageBreak">{LAID_OUT}</xsl:template>
<xsl:template match="w:noBreakHyphen">-</xsl:template>
<xsl:template match="w:del|w:moveFrom">{OPEN}d<xsl:apply-templates/>{CLOSE}</xsl:template>
<xsl:template match="w:ins|w:moveTo">{INSERTED}<xsl:apply-templates/></xsl:template>
<xsl:template match="w:instrText|w:delInstrText">{OPEN}f<xsl:value-of select="."/>{CLOSE}</xsl:template>
<xsl:template match="w:fldSimple">{OPEN}f<xsl:value-of
  select="@w:instr"/><xsl:text>&#10;</xsl:text>{CLOSE}<xsl:apply-templates/></xsl:template>
<xsl:template
  match="w:fldChar[@w:fldCharType='end' or @w:fldCharType='separate']">{OPEN}f<xsl:text
  >&#10;</xsl:text>{CLOSE}<xsl:apply-templates/></xsl:template>
<xsl:template match="w:ffData">{OPEN}l<xsl:for-each
  select="w:name|.//w:default|.//w:listEntry|w:helpText|w:statusText"><xsl:value-of
  select="concat(@w:val, '&#10;')"/></xsl:for-each>{CLOSE}</xsl:template>
<xsl:template match="w:hyperlink">
 <xsl:if test="@w:tooltip|@w:docLocation">{OPEN}h<xsl:value-of
  select="concat(@w:tooltip, '&#10;', @w:docLocation)"/>{CLOSE}</xsl:if>
 <xsl:apply-templates/>
</xsl:template>
<xsl:template match="w:ruby"><xsl:apply-templates select="w:rubyBase"/>{OPEN}r<xsl:apply-templates
  select="w:rt"/>{CLOSE}</xsl:template>
<xsl:template match="w:txbxContent">{OPEN}x<xsl:apply-templates/>{CLOSE}</xsl:template>
<xsl:template match="wp:docPr|pic:cNvPr|wps:cNvPr|wpg:cNvPr">
 <xsl:if test="@descr|@title|@name[contains(., '.')]">{OPEN}a<xsl:value-of
  select="concat(@descr, '&#10;', @title, '&#10;')"/>
  <xsl:if test="contains(@name, '.')"><xsl:value-of select="@name"/></xsl:if>{CLOSE}</xsl:if>
 <xsl:apply-templates/>
</xsl:template>
<xsl:template match="a:hlinkClick[@tooltip]">{OPEN}h<xsl:value-of select="@tooltip"/>{CLOSE}</xsl:template>
<xsl:template match="w:sdtPr">
 <xsl:if test="w:alias|.//w:listItem">{OPEN}l<xsl:for-each select="w:alias|.//w:listItem"><xsl:value-of
  select="concat(@w:val, '&#10;', @w:displayText, '&#10;')"/></xsl:for-each>{CLOSE}</xsl:if>
</xsl:template>
<xsl:template match="w:smartTagPr|w:customXmlPr">
 {OPEN}p<xsl:for-each select="w:attr"><xsl:value-of select="concat(@w:val, '&#10;')"/></xsl:for-each>{CLOSE}
</xsl:template>
<xsl:template match="w:docPartPr">{OPEN}p<xsl:value-of
  select="concat(w:name/@w:val, '&#10;', w:description/@w:val)"/>{CLOSE}</xsl:template>
<xsl:template match="w:permStart[@w:ed]">{OPEN}p<xsl:value-of select="@w:ed"/>{CLOSE}</xsl:template>
<xsl:template match="w:tbl">{TABLE}<xsl:apply-templates/>{TABLE_END}</xsl:template>
<xsl:template match="w:tr">{ROW}<xsl:apply-templates/></xsl:template>
<xsl:template match="w:tc"><xsl:apply-templates/>{CELL}</xsl:template>
<xsl:template match="w:tc//w:tbl"><xsl:apply-templates/></xsl:template>
<xsl:template match="w:tc//w:tr"><xsl:apply-templates/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="w:tc//w:tc"><xsl:apply-templates/><xsl:text>&#9;</xsl:text></xsl:template>
<xsl:template match="w:footnote[@w:type]|w:endnote[@w:type]"><xsl:if
  test=".//w:t"><xsl:apply-templates/></xsl:if></xsl:template>
<xsl:template match="w:footnote|w:endnote">{NOTE}{STOP}<xsl:apply-templates/></xsl:template>
<xsl:template match="w:comment">{NOTE}<xsl:value-of
  select="@w:author"/>{STOP}<xsl:apply-templates/></xsl:template>
</xsl:stylesheet>"""
)
"""Body, headers, footers, notes, comments and building blocks."""
