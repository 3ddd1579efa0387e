"""Words that announce other numbers: a value behind one of them is no telephone, card or licence.

Collected from business documents' usual headings (orders, logistics, manufacturing, retail, IT).
"""

_JAPANESE = """
    伝票番号 伝票No 注文番号 注文No 受注番号 発注番号 受付番号 整理番号 管理番号 備品番号 資産番号 文書番号
    会員番号 顧客番号 お客様番号 取引先コード 仕入先コード 得意先コード 社員番号 従業員番号 職員番号 学籍番号
    商品コード 商品番号 品番 品目コード 型番 型式 図番 図面番号 部品番号 部品コード 製品番号 製造番号 機番
    ロット ロット番号 ロットNo シリアル シリアル番号 シリアルNo 車台番号 車両番号 登録番号 便名 追跡番号
    問合せ番号 問い合わせ番号 お問い合わせ番号 お問合せ番号 送り状番号 送り状No 請求書番号 請求番号 見積番号
    契約番号 契約書番号 契約書No 書類番号 文書No 予約番号 領収書番号 法人番号 事業者番号
    適格請求書発行事業者登録番号
    事業所番号 適用事業所番号 事業所整理記号 労働保険番号 会社法人等番号 医籍番号 認証番号 承認番号 決裁番号
    稟議番号 案件番号 工事番号 検査番号 検体番号 測定番号 試験番号 特許番号 出願番号 証券番号 保証番号
    店舗コード 部門コード 勘定コード JANコード バーコード 電子部品 トラックNo コンテナ番号 機器番号 端末番号
    ポイントカード番号 チケット番号 発行番号 医薬品コード 薬品コード レセ電コード 医療機関コード 施設コード
    医師免許証 医師免許証番号 医師免許番号 看護師免許 看護師免許番号 看護師免許証番号 薬剤師免許番号 教員免許
    医籍登録番号 郵便局番号 在庫番号 棚番 ページ 金額 合計 小計 税込 税抜 単価 数量 返金額 請求額
"""

_ENGLISH = (
    "order no, order number, order id, invoice, invoice no, invoice number, tracking, tracking no, track, "
    "tracking number, part no, part number, p/n, serial, serial no, serial number, s/n, lot, lot no, sku, "
    "item no, item code, product code, product no, model, model no, jan, isbn, ean, asset no, po no, "
    "po number, purchase order, ticket, ticket no, case no, ref, ref no, reference no, build, version, "
    "module, revision, commit, hash, uuid, timestamp, epoch, container no, quote no, contract no, "
    "doc no, document no, slip no, employee no, customer no, member no, amount, total, price, quantity, "
    "isin, imei, vin"
)

FOREIGN_LABELS: frozenset[str] = frozenset((*_JAPANESE.split(), *_ENGLISH.split(", ")))
