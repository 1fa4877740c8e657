"""ISO 4217: which currency codes exist, their digits, and the signs that may stand for them.

Source: ISO 4217:2015 list one (as amended to 2026), without precious metals, test codes and units
of account. The two codes that were withdrawn last, ANG and BGN, stay: older debts are written in
them. The digits are ISO's, not CLDR's, which rounds some currencies to what is used in cash.
"""

from services.values.problems import ValueProblem

_TWO_DIGITS = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
    "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
    "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG"
)
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"

MINOR_UNITS: dict[str, int] = {
    **dict.fromkeys(_TWO_DIGITS.split(), 2),
    **dict.fromkeys(_NO_DIGITS.split(), 0),
    **dict.fromkeys(_THREE_DIGITS.split(), 3),
}

_DOLLARS = (
    "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD "
    "ARS BOB BRL CLP COP CUP CVE DOP MOP MXN NIO TOP UYU WST"
)
SIGNS: dict[str, tuple[str, ...]] = {
    "$": tuple(_DOLLARS.split()),
    "€": ("EUR",),
    "£": ("GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW", "KPW"),
    "₪": ("ILS",),
    "₺": ("TRY",),
    "₽": ("RUB",),
    "₴": ("UAH",),
    "₦": ("NGN",),
    "₱": ("PHP",),
    "₫": ("VND",),
    "zł": ("PLN",),
    "US$": ("USD",),
    "CA$": ("CAD",),
    "AU$": ("AUD",),
    "NZ$": ("NZD",),
    "HK$": ("HKD",),
}


def minor_units(currency: str) -> int:
    """Digits after the decimal point: 0, 2 or 3. Raises ValueProblem for an unknown code."""
    digits = MINOR_UNITS.get(currency)
    if digits is None:
        raise unknown_currency()
    return digits


def unknown_currency() -> ValueProblem:
    return ValueProblem(
        "unknown_currency",
        "This is no current ISO 4217 currency code: write three letters such as USD or EUR.",
    )


def fits_currency(stated: str, currency: str) -> bool:
    """Whether a sign or code that stands beside an amount can mean `currency`."""
    return stated == currency or currency in SIGNS.get(stated, ())


def currency_of_sign(stated: str) -> str | None:
    """The one currency that a sign or code means; None where it may mean several (`$`, `£`)."""
    if stated in MINOR_UNITS:
        return stated
    meanings = SIGNS.get(stated, ())
    return meanings[0] if len(meanings) == 1 else None
