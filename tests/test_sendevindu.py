"""When a varsel may be sent: the windows on Oslo's clock, with the opening minute itself and without holidays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import sendevindu, tid

SEKUND = 1_000_000
DOEGN = 24 * 3600 * SEKUND
VINDUER = ("NKS_AAPNINGSTID", "DAGTID_IKKE_SOENDAG")

# now and the first time in each window, in a week of January 2030 (the 7th is a Monday); "" means at once.
UKE = [
    ("Mon 00:00", "Mon 08:30", "Mon 09:00"),
    ("Mon 07:45", "Mon 08:30", "Mon 09:00"),
    ("Mon 08:29", "Mon 08:30", "Mon 09:00"),
    ("Mon 08:29:59.999999", "Mon 08:30", "Mon 09:00"),
    ("Mon 08:30", "", "Mon 09:00"),
    ("Mon 08:59:59.999999", "", "Mon 09:00"),
    ("Mon 09:00", "", ""),
    ("Mon 14:30", "", ""),
    ("Mon 14:30:59", "", ""),
    ("Mon 14:30:59.999999", "", ""),
    ("Mon 14:31", "Tue 08:30", ""),
    ("Mon 16:00", "Tue 08:30", ""),
    ("Mon 16:00:59.999999", "Tue 08:30", ""),
    ("Mon 16:01", "Tue 08:30", "Tue 09:00"),
    ("Mon 23:10", "Tue 08:30", "Tue 09:00"),
    ("Mon 23:59:59.999999", "Tue 08:30", "Tue 09:00"),
    ("Thu 14:31", "Fri 08:30", ""),
    ("Fri 14:30:59", "", ""),
    ("Fri 14:31", "next Mon 08:30", ""),
    ("Fri 16:01", "next Mon 08:30", "Sat 09:00"),
    ("Sat 00:00", "next Mon 08:30", "Sat 09:00"),
    ("Sat 08:29", "next Mon 08:30", "Sat 09:00"),
    ("Sat 10:00", "next Mon 08:30", ""),
    ("Sat 14:30", "next Mon 08:30", ""),
    ("Sat 16:00:59", "next Mon 08:30", ""),
    ("Sat 16:01", "next Mon 08:30", "next Mon 09:00"),
    ("Sun 00:00", "next Mon 08:30", "next Mon 09:00"),
    ("Sun 12:00", "next Mon 08:30", "next Mon 09:00"),
    ("Sun 14:30", "next Mon 08:30", "next Mon 09:00"),
    ("Sun 16:00", "next Mon 08:30", "next Mon 09:00"),
    ("Sun 23:59:59.999999", "next Mon 08:30", "next Mon 09:00"),
]

# now, and the first time in each window, where the calendar or the clock does something else than tick.
KALENDER = [
    # The windows open at the same time on the clock, also where the night was 23 or 25 hours long.
    ("2024-03-30T16:01", "2024-04-01T08:30", "2024-04-01T09:00"),  # over the night to summer time, a Sunday
    ("2024-03-31T01:59:59", "2024-04-01T08:30", "2024-04-01T09:00"),
    ("2024-10-26T16:01", "2024-10-28T08:30", "2024-10-28T09:00"),  # and back
    ("2024-10-27T02:30", "2024-10-28T08:30", "2024-10-28T09:00"),
    # Years end as other days do, and no day is holy but Sunday.
    ("2030-12-31T16:01", "2031-01-01T08:30", "2031-01-01T09:00"),  # a Wednesday
    ("2027-12-31T14:31", "2028-01-03T08:30", "2027-12-31T14:31"),  # a Friday
    ("2028-12-31T12:00", "2029-01-01T08:30", "2029-01-01T09:00"),  # a Sunday
    ("2022-05-17T10:00", "2022-05-17T10:00", "2022-05-17T10:00"),  # a Tuesday
    ("2024-12-25T10:00", "2024-12-25T10:00", "2024-12-25T10:00"),  # a Wednesday
    ("2024-02-28T16:01", "2024-02-29T08:30", "2024-02-29T09:00"),
    ("2023-02-28T16:01", "2023-03-01T08:30", "2023-03-01T09:00"),
    # Far from where zoneinfo and datetime can follow.
    ("1969-12-31T23:00", "1970-01-01T08:30", "1970-01-01T09:00"),  # to a Thursday
    ("9999-12-31T16:01", "+10000-01-03T08:30", "+10000-01-01T09:00"),  # a Friday
]


def oslo(tekst: str) -> int:
    """The instant when Oslo's clocks show this: a time, or a weekday of the week of 7 January 2030 and a time."""
    if tekst[0].isalpha():
        dag, klokkeslett = tekst.removeprefix("next ").split()
        nummer = 7 + "Mon Tue Wed Thu Fri Sat Sun".split().index(dag) + 7 * tekst.startswith("next ")
        tekst = f"2030-01-{nummer:02}T{klokkeslett}"
    return tid.fra_oslo(tid.parse_lokal(tekst))


@pytest.mark.parametrize(("now", "nks", "dagtid"), UKE, ids=lambda verdi: verdi or "now")
def test_first_time_in_the_window_through_a_week(now: str, nks: str, dagtid: str) -> None:
    for vindu, ventet in zip(VINDUER, (nks, dagtid), strict=True):
        assert tid.format_oslo(sendevindu.neste(vindu, None, oslo(now))) == tid.format_oslo(oslo(ventet or now)), vindu


@pytest.mark.parametrize(("now", "nks", "dagtid"), KALENDER, ids=lambda verdi: verdi)
def test_first_time_in_the_window_where_the_calendar_turns(now: str, nks: str, dagtid: str) -> None:
    for vindu, ventet in zip(VINDUER, (nks, dagtid), strict=True):
        assert tid.format_oslo(sendevindu.neste(vindu, None, oslo(now))) == tid.format_oslo(oslo(ventet)), vindu


def test_both_passes_of_an_hour_that_comes_twice_are_before_monday() -> None:
    foerste = oslo("2024-10-27T02:30")
    for now in (foerste, foerste + 3600 * SEKUND):
        assert tid.format_oslo(now)[11:16] == "02:30"
        assert tid.format_oslo(sendevindu.neste("NKS_AAPNINGSTID", None, now)) == "2024-10-28T08:30:00+01:00"


def test_running_is_at_once_at_any_time() -> None:
    for now in (oslo("Sun 03:00"), oslo("Mon 10:00"), 0, tid.MAX_TIDSPUNKT, tid.MIN_TIDSPUNKT):
        assert sendevindu.neste("LOEPENDE", None, now) == now


@pytest.mark.parametrize("naar", ["Sun 03:00", "next Mon 00:00", "Mon 10:00"])
def test_time_asked_for_is_kept_whatever_the_window(naar: str) -> None:
    now = oslo("Mon 09:00")
    assert sendevindu.neste("SPESIFISERT", oslo(naar), now) == max(oslo(naar), now)


def test_time_asked_for_that_has_passed_is_now() -> None:
    now = oslo("Mon 09:00")
    for passert in (now, now - 1, now - 365 * DOEGN, tid.MIN_TIDSPUNKT):
        assert sendevindu.neste("SPESIFISERT", passert, now) == now


def test_time_asked_for_in_the_hours_that_the_clock_skips_or_repeats() -> None:
    now = oslo("2024-01-01T00:00")
    for lokal, ventet in (("2024-03-31T02:30", "2024-03-31T01:30:00Z"), ("2024-10-27T02:30", "2024-10-27T00:30:00Z")):
        assert tid.format_utc(sendevindu.neste("SPESIFISERT", oslo(lokal), now)) == ventet


def _er_aapent(vindu: str, now: int) -> bool:
    """The same rule, told in another way."""
    dag, klokkeslett = divmod(tid.til_oslo(now), DOEGN)
    minutt, ukedag = klokkeslett // (60 * SEKUND), (dag + 3) % 7
    if vindu == "NKS_AAPNINGSTID":
        return ukedag <= 4 and 8 * 60 + 30 <= minutt <= 14 * 60 + 30
    return ukedag <= 5 and 9 * 60 <= minutt <= 16 * 60


@given(vindu=st.sampled_from(VINDUER), now=st.integers(oslo("1995-01-01T00:00"), oslo("2100-01-01T00:00")))
def test_first_time_is_in_the_window_and_nothing_before_it_is(vindu: str, now: int) -> None:
    foerste = sendevindu.neste(vindu, None, now)
    assert now <= foerste < now + 3 * DOEGN
    assert _er_aapent(vindu, foerste)
    assert sendevindu.neste(vindu, None, foerste) == foerste, "when the time has come it is now"
    if foerste > now:
        assert not _er_aapent(vindu, now) and not _er_aapent(vindu, foerste - 1)
        # No opening is jumped over: each full and half hour in between is outside.
        halvtime = 1800 * SEKUND
        assert not any(_er_aapent(vindu, t) for t in range(now - now % halvtime + halvtime, foerste, halvtime))


@given(vindu=st.sampled_from(VINDUER), now=st.integers(0, oslo("2100-01-01T00:00")), senere=st.integers(0, 8 * DOEGN))
def test_what_is_ordered_later_is_never_sent_earlier(vindu: str, now: int, senere: int) -> None:
    assert sendevindu.neste(vindu, None, now) <= sendevindu.neste(vindu, None, now + senere)
