"""The names of columns in other languages, as their vendors write them.

German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Turkish, Russian, Chinese, Japanese, Korean.
"""
# ruff: noqa: RUF001 (Turkish)

FOREIGN = {
    "bid": "Geld Geldkurs Achat Denaro Compra Bied Kupno Köp Alış 买价 買気配 매수",
    "ask": "Brief Briefkurs Vente Lettera Venta Venda Laat Sprzedaż Sälj Satış 卖价 売気配 매도",
    "price": "Kurs Preis Prix Cours Precio Prezzo Preço Prijs Koers Cena Pris Fiyat Цена 价格 价 約定価格 가격 체결가",
    "size": (
        "Menge Stück Volumen Quantité Cantidad Quantità Quantidade Hoeveelheid Ilość Antal Miktar Объем Количество "
        "数量 成交量 出来高 수량 거래량"
    ),
    "open": (
        "Eröffnung Eroeffnung Eröffnungskurs Eröffn Erster Ouverture Ouv Premier Apertura Abertura Opening Otwarcie "
        "Öppning Öppn Açılış Открытие Откр 开盘 开盘价 始値 시가"
    ),
    "high": (
        "Hoch Höchst Höchstkurs Tageshoch Haut PlusHaut Máximo Massimo Máxima Hoog Hoogste Najwyższy Högst Högsta "
        "Yüksek Максимум Макс 最高 最高价 高 高値 고가"
    ),
    "low": (
        "Tief Tiefst Tiefstkurs Tagestief Bas PlusBas Mínimo Minimo Mínima Laag Laagste Najniższy Lägst Lägsta Düşük "
        "Минимум Мин 最低 最低价 低 安値 저가"
    ),
    "close": (
        "Schluss Schlusskurs Zuletzt Letzter Clôture Dernier Cierre Último Chiusura Ultimo Fechamento Slot Slotkoers "
        "Laatste Zamknięcie Ostatnio Stängning Stängn Senast Kapanış Şimdi Закрытие Закр Цена 收盘 收盘价 終値 종가"
    ),
}  # fmt: skip
VOLUMES = "Stück Stücke Stuecke Volumen Wolumen Wol Volym Hacim Hac Объем Тиковыйобъем 成交量 交易量 出来高 거래량"
MOMENTS = (
    "Zeitpunkt Zeitstempel DatumZeit DatumUhrzeit Horodatage FechaHora DataOra DataHora Tijdstip ДатаВремя 时间戳 "
    "日期时间 日時 일시"
)
DATES = "Datum Tag Handelstag Jour Fecha Data Giorno Dag Tarih Дата 日期 交易日期 日付 日付け 날짜 일자"
CLOCKS = "Zeit Uhrzeit Heure Hora Ora Tijd Czas Godzina Tid Klockslag Saat Zaman Время 时间 時刻 時間 시간 시각"
SYMBOLS = (
    "WKN Valor Titel Titre Titolo Titulo Título Symbole Símbolo Simbolo Kürzel Wertpapier Wertpapierkürzel Instrumento "
    "Sembol Тикер Инструмент Символ Бумага 代码 证券代码 股票代码 名称 简称 銘柄 銘柄コード コード 종목 종목코드 "
    "종목명 Währung Devise Moneda Valuta Moeda Waluta Валюта 货币 通貨"
)
VENUES = "Börse Boerse Handelsplatz Bourse Borsa Mercado Mercato Beurs Giełda Börs Биржа 交易所 市场 市場 거래소"
