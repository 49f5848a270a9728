"""When a varsel may be sent: pure rules on Oslo's clock. Public holidays are ordinary days, as on the platform."""

from server import tid

DOEGN = 24 * 60 * 60 * 1_000_000
_MINUTT = 60 * 1_000_000

# Weekdays (Monday is 0), opening minute, last minute; both belong to the window, the last one to its end.
_VINDUER = {
    "NKS_AAPNINGSTID": (range(5), 8 * 60 + 30, 14 * 60 + 30),
    "DAGTID_IKKE_SOENDAG": (range(6), 9 * 60, 16 * 60),
}


def neste(sendevindu: str, sendetidspunkt: int | None, now: int) -> int:
    """The first instant from `now` on at which it may be sent: now, the opening minute, or the time asked for."""
    if sendevindu == "SPESIFISERT":
        assert sendetidspunkt is not None
        return max(now, sendetidspunkt)
    if sendevindu == "LOEPENDE":
        return now
    ukedager, aapner, siste = _VINDUER[sendevindu]
    lokal = tid.til_oslo(now)
    midnatt, klokkeslett = lokal - lokal % DOEGN, lokal % DOEGN
    if _ukedag(midnatt) in ukedager and aapner * _MINUTT <= klokkeslett < (siste + 1) * _MINUTT:
        return now
    if klokkeslett >= aapner * _MINUTT:  # closed for today, or a day without a window
        midnatt += DOEGN
    while _ukedag(midnatt) not in ukedager:
        midnatt += DOEGN
    return tid.fra_oslo(midnatt + aapner * _MINUTT)


def _ukedag(lokal: int) -> int:
    return (lokal // DOEGN + 3) % 7  # 1 January 1970 was a Thursday
