import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server import tid
from server.tid import Klokke, Varighet

OSLO = ZoneInfo("Europe/Oslo")
EPOKE = datetime(1970, 1, 1, tzinfo=UTC)
SEKUND = 1_000_000
TIME = 3600 * SEKUND
DOEGN = 24 * TIME
FIRE_HUNDRE_AAR = 146_097 * DOEGN
NOW = 1_791_280_800 * SEKUND  # 2026-10-06T10:00:00Z

tidspunkter = st.integers(tid.MIN_TIDSPUNKT, tid.MAX_TIDSPUNKT)
datetimes = st.builds(
    lambda dag, i_doegnet: EPOKE + timedelta(days=dag.toordinal() - EPOKE.toordinal(), microseconds=i_doegnet),
    st.dates(date(1900, 1, 1), date(9998, 12, 31)),
    st.integers(0, DOEGN - 1),
)
egenskap = settings(deadline=None)  # a busy machine is no failure


def mikros(verdi: datetime) -> int:
    return (verdi - EPOKE) // timedelta(microseconds=1)


def lokal(tekst: str) -> int:
    return tid.parse_lokal(tekst)


@pytest.mark.parametrize(
    ("tekst", "utc"),
    [
        ("2020-01-01T00:01Z", "2020-01-01T00:01:00Z"),
        ("2020-01-01T01:01+01:00", "2020-01-01T00:01:00Z"),
        ("2020-01-01T01:01+01:00[Europe/Oslo]", "2020-01-01T00:01:00Z"),
        ("2020-01-01T01:01+05:00[Europe/Oslo]", "2019-12-31T20:01:00Z"),
        ("2020-01-01T01:01Z[America/Argentina/Buenos_Aires]", "2020-01-01T01:01:00Z"),
        ("2020-01-01T01:01Z[UTC]", "2020-01-01T01:01:00Z"),
        ("2020-01-01T01:01", "2020-01-01T00:01:00Z"),
        ("2020-01-01T01:01:00.00", "2020-01-01T00:01:00Z"),
        ("2024-03-31T01:59:00", "2024-03-31T00:59:00Z"),
        ("2024-03-31T02:00:00", "2024-03-31T01:00:00Z"),
        ("2024-03-31T02:01:00", "2024-03-31T01:01:00Z"),
        ("2024-03-31T02:59:00", "2024-03-31T01:59:00Z"),
        ("2024-03-31T03:01:00", "2024-03-31T01:01:00Z"),
        ("2024-10-27T01:59:59", "2024-10-26T23:59:59Z"),
        ("2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
        ("2024-10-27T03:00:00", "2024-10-27T02:00:00Z"),
        ("2020-01-01T01:01:00+01:00:30", "2020-01-01T00:00:30Z"),
        ("2020-01-01T01:01:00-01:00:30", "2020-01-01T02:01:30Z"),
        ("2022-03-01T17:18:00+01", "2022-03-01T16:18:00Z"),
        ("2022-03-01T17:18:00+0100", "2022-03-01T16:18:00Z"),
        ("2022-03-01T17:18:00-0330", "2022-03-01T20:48:00Z"),
        ("2020-01-01T01:01-00:00", "2020-01-01T01:01:00Z"),
        ("2020-01-01T01:01+18:00", "2019-12-31T07:01:00Z"),
        ("2020-01-01T01:01-18:00", "2020-01-01T19:01:00Z"),
        ("2020-01-01t01:01z", "2020-01-01T01:01:00Z"),
        ("2020-01-01T01:01:00.Z", "2020-01-01T01:01:00Z"),
        ("2019-10-12T07:20:50.52Z", "2019-10-12T07:20:50.52Z"),
        ("2019-10-12T07:20:50.123456789Z", "2019-10-12T07:20:50.123456Z"),
        ("2019-10-12T07:20:50.0000009Z", "2019-10-12T07:20:50Z"),
        ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z"),
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
        ("2000-02-29T00:00Z", "2000-02-29T00:00:00Z"),
        ("0000-02-29T00:00Z", "0000-02-29T00:00:00Z"),
        ("0000-01-01T00:00Z", "0000-01-01T00:00:00Z"),
        ("-0001-12-31T23:59:59.5Z", "-0001-12-31T23:59:59.5Z"),
        ("-00001-12-31T23:59:59Z", "-0001-12-31T23:59:59Z"),
        ("-12020-02-28T00:00Z", "-12020-02-28T00:00:00Z"),
        ("9999-12-31T23:59:59-01:00", "+10000-01-01T00:59:59Z"),
        ("+12020-02-29T00:00Z", "+12020-02-29T00:00:00Z"),
        ("+02020-01-01T00:00Z", "2020-01-01T00:00:00Z"),
        ("+12020-07-01T12:00", "+12020-07-01T10:00:00Z"),
        ("+12020-01-01T12:00", "+12020-01-01T11:00:00Z"),
        ("+999999999-12-31T23:59:59.999999999Z", "+294247-01-10T04:00:54.775807Z"),
        ("-999999999-01-01T00:00Z", "-290308-12-21T19:59:05.224192Z"),
    ],
)
def test_tidspunkt_is_read_as_an_instant(tekst: str, utc: str) -> None:
    assert tid.format_utc(tid.parse_tidspunkt(tekst)) == utc


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "2020-01-01",
        "2020-01-01T",
        "2020-01-01T01",
        "2020-01-01T01Z",
        "2020-01-01 01:01",
        "2020-01-01 01:01Z",
        "2020-01-01T24:00",
        "2020-01-01T23:60Z",
        "2020-01-01T23:59:60Z",
        "2020-02-30T00:00Z",
        "2023-02-29T00:00Z",
        "1900-02-29T00:00Z",
        "2023-04-31T00:00Z",
        "2020-00-01T00:00Z",
        "2020-13-01T00:00Z",
        "2020-01-00T00:00Z",
        "2020-01-32T00:00Z",
        "2020-01-01T01:01:00,5Z",
        "2020-01-01T01:01.5Z",
        "2020-01-01T01:01:00.1234567890Z",
        "2020-01-01T01:01[Europe/Oslo]",
        "2020-01-01T01:01Z[]",
        "2020-01-01T01:01Z[ ]",
        "2020-01-01T01:01Z[Europe/Oslo",
        "2020-01-01T01:01Z[Europe Oslo]",
        "2020-01-01T01:01Z[../../etc]",
        "2020-01-01T01:01Z[Europe/Oslo][Europe/Oslo]",
        "2020-01-01T01:01ZZ",
        "2020-01-01T01:01 Z",
        "2020-01-01T01:01+1",
        "2020-01-01T01:01+1:00",
        "2020-01-01T01:01+01:",
        "2020-01-01T01:01+01:60",
        "2020-01-01T01:01+01:00:60",
        "2020-01-01T01:01+010030",
        "2020-01-01T01:01+01:0030",
        "2020-01-01T01:01+18:00:01",
        "2020-01-01T01:01-18:01",
        "2020-01-01T01:01+19",
        "2020-01-01T01:01+",
        "2020-01-01T01:01\N{MINUS SIGN}01:00",
        "12020-01-01T00:00Z",
        "+2020-01-01T00:00Z",
        "-0000-01-01T00:00Z",
        "-00000-01-01T00:00Z",
        "+1000000000-01-01T00:00Z",
        "-1000000000-01-01T00:00Z",
        "-001-01-01T00:00Z",
        "220-01-01T00:00Z",
        "2020-1-1T00:00Z",
        "20200101T0000Z",
        "2020-W01-1T00:00Z",
        " 2020-01-01T01:01Z",
        "2020-01-01T01:01Z ",
        "2020-01-01T01:01Z\n",
        "2020-01-01T01:01\n",
        "2020-01-01T01:01Z\0",
        "2020-01-01T01:0\N{ARABIC-INDIC DIGIT ONE}Z",
        "202\N{FULLWIDTH DIGIT ZERO}-01-01T01:01Z",
        "1577836860",
        "nå",
        pytest.param("2020-01-01T01:01Z" * 100_000, id="endless"),
    ],
)
def test_malformed_tidspunkt_is_refused(tekst: str) -> None:
    with pytest.raises(ValueError, match=r"^(Ugyldig tidspunkt|Datoen finnes ikke)"):
        tid.parse_tidspunkt(tekst)


def test_refusal_does_not_repeat_what_may_be_a_fnr() -> None:
    for les in (tid.parse_tidspunkt, tid.parse_lokal, tid.parse_dato, tid.parse_varighet):
        with pytest.raises(ValueError, match=r"\.$") as feil:
            les("18898888888")
        assert "18898888888" not in str(feil.value)


@pytest.mark.parametrize(
    ("tekst", "som_utc"),
    [
        ("2020-01-01T01:01", "2020-01-01T01:01Z"),
        ("2020-01-01t01:01:02.", "2020-01-01T01:01:02Z"),
        ("2020-01-01T01:01:02.5", "2020-01-01T01:01:02.5Z"),
        ("2024-03-31T02:30", "2024-03-31T02:30Z"),
        ("-0001-01-01T00:00", "-0001-01-01T00:00Z"),
    ],
)
def test_lokal_counts_the_wall_clock_as_if_it_were_utc(tekst: str, som_utc: str) -> None:
    assert tid.parse_lokal(tekst) == tid.parse_tidspunkt(som_utc)


def test_the_last_lokal_of_java_means_never() -> None:
    assert tid.parse_lokal("+999999999-12-31T23:59:59.999999999") == tid.MAX_TIDSPUNKT


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "2020-01-01",
        "2020-01-01T01:01Z",
        "2020-01-01T01:01z",
        "2020-01-01T01:01+01:00",
        "2020-01-01T01:01+01",
        "2020-01-01T01:01[Europe/Oslo]",
        "2020-01-01T24:00",
        "2020-02-30T00:00",
        "2020-01-01T01:01\n",
    ],
)
def test_lokal_with_an_offset_or_malformed_is_refused(tekst: str) -> None:
    with pytest.raises(ValueError, match=r"^(Ugyldig lokalt tidspunkt|Datoen finnes ikke)"):
        tid.parse_lokal(tekst)


@pytest.mark.parametrize("tekst", ["2020-01-02", "2024-02-29", "0000-02-29", "0001-01-01", "9999-12-31"])
def test_dato_is_kept_as_it_is(tekst: str) -> None:
    assert tid.parse_dato(tekst) == tekst


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "2020-1-2",
        "20200102",
        "2020-01-02T00:00",
        "2020-01-02Z",
        "2020-01-02\n",
        " 2020-01-02",
        "2020-02-30",
        "2023-02-29",
        "2020-13-01",
        "2020-00-01",
        "2020-01-00",
        "2020-W01-1",
        "12020-01-01",
        "+12020-01-01",
        "-0001-01-01",
        "2020-01-0\N{ARABIC-INDIC DIGIT ONE}",
    ],
)
def test_malformed_or_impossible_dato_is_refused(tekst: str) -> None:
    with pytest.raises(ValueError, match=r"^(Ugyldig dato|Datoen finnes ikke)"):
        tid.parse_dato(tekst)


@pytest.mark.parametrize(
    ("tekst", "varighet"),
    [
        ("P", Varighet()),
        ("PT", Varighet()),
        ("P1DT", Varighet(dager=1)),
        ("P1YT", Varighet(maaneder=12)),
        ("P2YT1M", Varighet(24, 0, 60 * SEKUND)),
        ("P3Y6M4DT12H30M5S", Varighet(42, 4, 12 * TIME + 1805 * SEKUND)),
        ("P1W", Varighet(dager=7)),
        ("P1W1D", Varighet(dager=8)),
        ("P-1D", Varighet(dager=-1)),
        ("P+1Y-1M", Varighet(maaneder=11)),
        ("PT-1H", Varighet(mikrosekunder=-TIME)),
        ("PT1.5S", Varighet(mikrosekunder=1_500_000)),
        ("PT1,5S", Varighet(mikrosekunder=1_500_000)),
        ("PT1.S", Varighet(mikrosekunder=SEKUND)),
        ("PT-1.5S", Varighet(mikrosekunder=-1_500_000)),
        ("PT-0.5S", Varighet(mikrosekunder=-500_000)),
        ("PT+0.5S", Varighet(mikrosekunder=500_000)),
        ("PT0.123456789S", Varighet(mikrosekunder=123_456)),
        ("PT-0.0000009S", Varighet()),
        ("PT60M", Varighet(mikrosekunder=TIME)),
        ("PT24H", Varighet(mikrosekunder=DOEGN)),
        ("PT1H-30M", Varighet(mikrosekunder=TIME // 2)),
        ("P1y2m3w4dT5h6m7s", Varighet(14, 25, 5 * TIME + 367 * SEKUND)),
        ("P2147483647Y-2147483648M", Varighet(12 * (2**31 - 1) - 2**31)),
        ("PT9223372036854775807S", Varighet(mikrosekunder=(2**63 - 1) * SEKUND)),
        ("PT-9223372036854775808S", Varighet(mikrosekunder=-(2**63) * SEKUND)),
    ],
)
def test_varighet_is_read_as_calendar_part_and_time_part(tekst: str, varighet: Varighet) -> None:
    assert tid.parse_varighet(tekst) == varighet


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "-P1D",
        "+P1D",
        "p1d",
        "p1D",
        "P1Dt1H",
        "P1H",
        "P1S",
        "P1.5D",
        "P1.5Y",
        "PT1.5H",
        "PT1.5M",
        "PT.5S",
        "PT1.0000000000S",
        "P1DT1D",
        "P1D1Y",
        "P1D1W",
        "PT1S1M",
        "P1DT1HT1M",
        "P--1D",
        "P1",
        "P D",
        "1D",
        " P1D",
        "P1D ",
        "P1D\n",
        "P\N{ARABIC-INDIC DIGIT ONE}D",
        "PT1\N{LATIN SMALL LETTER LONG S}",  # equal to S when case is ignored in Unicode
        "P2147483648D",
        "P-2147483649D",
        "P2147483648Y",
        "P306783379W",
        "P306783378W2D",
        "PT9223372036854775808S",
        "PT2562047788015216H",
        "PT9223372036854775807S1M",
        "PT9223372036854775807M",
        pytest.param("P" + "1" * 5000 + "D", id="more digits than int() takes"),
    ],
)
def test_malformed_or_too_large_varighet_is_refused(tekst: str) -> None:
    with pytest.raises(ValueError, match=r"^Ugyldig varighet"):
        tid.parse_varighet(tekst)


@pytest.mark.parametrize(
    ("base", "varighet", "sum_"),
    [
        ("2019-02-28T23:00", "P1YT2H", "2020-02-29T01:00"),
        ("2020-02-29T00:00", "P1Y", "2021-02-28T00:00"),
        ("2020-02-29T00:00", "P4Y", "2024-02-29T00:00"),
        ("1999-12-31T12:00", "P2M", "2000-02-29T12:00"),
        ("2024-01-31T10:00:00.5", "P1M", "2024-02-29T10:00:00.5"),
        ("2023-01-31T10:00", "P1M", "2023-02-28T10:00"),
        ("2023-01-31T10:00", "P1M1D", "2023-03-01T10:00"),
        ("2023-01-31T10:00", "P3M", "2023-04-30T10:00"),
        ("2023-11-30T10:00", "P1M", "2023-12-30T10:00"),
        ("2023-12-31T23:59", "PT1M", "2024-01-01T00:00"),
        ("2020-01-01T00:00", "P2DT3H4M", "2020-01-03T03:04"),
        ("2024-03-31T10:00", "P-1M", "2024-02-29T10:00"),
        ("2024-01-15T10:00", "P-1M", "2023-12-15T10:00"),
        ("2024-05-05T10:00", "P1Y-12M1W-7DT1H-60M", "2024-05-05T10:00"),
        ("0001-01-31T00:00", "P-11M", "0000-02-29T00:00"),
        ("0000-01-01T00:00", "P-1D", "-0001-12-31T00:00"),
        ("9999-12-31T00:00", "P2M", "+10000-02-29T00:00"),
    ],
)
def test_varighet_is_added_calendar_part_first(base: str, varighet: str, sum_: str) -> None:
    assert tid.pluss(lokal(base), tid.parse_varighet(varighet)) == lokal(sum_)


@pytest.mark.parametrize(
    ("base", "varighet", "differanse"),
    [
        ("2024-03-31T10:00", "P1M", "2024-02-29T10:00"),
        ("2024-03-31T10:00", "P1M1D", "2024-02-28T10:00"),  # days first would give the 29th
        ("2024-03-31T00:30", "P1MT1H", "2024-02-28T23:30"),
        ("2024-02-29T10:00", "P1Y", "2023-02-28T10:00"),
        ("2024-01-15T10:00", "P1M", "2023-12-15T10:00"),
        ("2024-05-05T10:00", "P-1D", "2024-05-06T10:00"),
    ],
)
def test_varighet_is_subtracted_in_the_same_order(base: str, varighet: str, differanse: str) -> None:
    assert tid.minus(lokal(base), tid.parse_varighet(varighet)) == lokal(differanse)


@pytest.mark.parametrize(
    ("frist", "varighet", "utc"),
    [
        ("2024-02-08", "P7D", "2024-02-01T22:59:59.999999Z"),
        ("2024-03-31", "PT1H", "2024-03-31T20:59:59.999999Z"),
        ("2024-03-31", "P1D", "2024-03-30T22:59:59.999999Z"),
    ],
)
def test_paaminnelse_before_the_frist_is_counted_on_the_wall_clock(frist: str, varighet: str, utc: str) -> None:
    tidspunkt = tid.fra_oslo(tid.minus(tid.slutt_paa_dagen(frist), tid.parse_varighet(varighet)))
    assert tid.format_utc(tidspunkt) == utc


def test_arithmetic_stops_at_the_ends_of_time() -> None:
    lengst = tid.parse_varighet("P2147483647Y2147483647M2147483647DT9223372036854775807S")
    assert tid.pluss(NOW, lengst) == tid.MAX_TIDSPUNKT
    assert tid.minus(NOW, lengst) == tid.MIN_TIDSPUNKT
    assert tid.fra_oslo(tid.MIN_TIDSPUNKT) == tid.MIN_TIDSPUNKT
    assert tid.til_oslo(tid.MAX_TIDSPUNKT) == tid.MAX_TIDSPUNKT


@pytest.mark.parametrize(
    ("utc", "oslo"),
    [
        ("2024-06-01T08:00:00Z", "2024-06-01T10:00:00+02:00"),
        ("2024-01-01T08:00:00.25Z", "2024-01-01T09:00:00.25+01:00"),
        ("2024-03-31T00:59:59.999999Z", "2024-03-31T01:59:59.999999+01:00"),
        ("2024-03-31T01:00:00Z", "2024-03-31T03:00:00+02:00"),
        ("2024-10-27T00:30:00Z", "2024-10-27T02:30:00+02:00"),
        ("2024-10-27T01:30:00Z", "2024-10-27T02:30:00+01:00"),
        ("9999-12-31T23:30:00Z", "+10000-01-01T00:30:00+01:00"),
        ("+12020-07-01T00:00:00Z", "+12020-07-01T02:00:00+02:00"),
        ("+294247-01-10T04:00:54.775807Z", "+294247-01-10T05:00:54.775807+01:00"),
    ],
)
def test_format_oslo_shows_the_offset_of_that_instant(utc: str, oslo: str) -> None:
    tidspunkt = tid.parse_tidspunkt(utc)
    assert tid.format_oslo(tidspunkt) == oslo
    assert tid.parse_tidspunkt(oslo) == tidspunkt


def test_early_years_have_the_first_known_offset() -> None:
    foerste = datetime(1800, 1, 1, tzinfo=OSLO).utcoffset()
    assert foerste is not None
    for utc in ("-290308-12-21T20:00:00Z", "0000-01-01T00:00:00Z", "1799-12-31T23:59:59Z", "1800-01-01T00:00:00Z"):
        tidspunkt = tid.parse_tidspunkt(utc)
        assert timedelta(microseconds=tid.til_oslo(tidspunkt) - tidspunkt) == foerste
        assert tid.fra_oslo(tid.til_oslo(tidspunkt)) == tidspunkt
        assert tid.parse_tidspunkt(tid.format_oslo(tidspunkt)) == tidspunkt


def test_oslo_dato_changes_at_midnight_in_oslo() -> None:
    assert tid.oslo_dato(tid.parse_tidspunkt("2024-05-31T21:59:59.999999Z")) == "2024-05-31"
    assert tid.oslo_dato(tid.parse_tidspunkt("2024-05-31T22:00:00Z")) == "2024-06-01"
    assert tid.oslo_dato(tid.parse_tidspunkt("2024-12-31T23:00:00Z")) == "2025-01-01"


@pytest.mark.parametrize("dato", ["2024-02-29", "0000-12-31", "9999-12-31"])
def test_slutt_paa_dagen_is_its_last_microsecond(dato: str) -> None:
    assert tid.slutt_paa_dagen(dato) == lokal(f"{dato}T23:59:59.999999")


@given(tidspunkter)
@egenskap
def test_every_tidspunkt_is_read_back_as_written(tidspunkt: int) -> None:
    assert tid.parse_tidspunkt(tid.format_utc(tidspunkt)) == tidspunkt
    assert tid.parse_tidspunkt(tid.format_oslo(tidspunkt)) == tidspunkt


@given(datetimes)
@egenskap
def test_datetime_and_zoneinfo_agree(verdi: datetime) -> None:
    tidspunkt = mikros(verdi)
    oslo = verdi.astimezone(OSLO)
    som_utc = mikros(oslo.replace(tzinfo=UTC))

    assert datetime.fromisoformat(tid.format_utc(tidspunkt)) == verdi
    assert datetime.fromisoformat(tid.format_oslo(tidspunkt)) == verdi
    assert tid.til_oslo(tidspunkt) == som_utc
    assert tid.fra_oslo(som_utc) == mikros(oslo.replace(fold=0).astimezone(UTC))
    assert tid.oslo_dato(tidspunkt) == oslo.date().isoformat()
    assert tid.parse_dato(oslo.date().isoformat()) == oslo.date().isoformat()


@given(datetimes)
@egenskap
def test_wall_clock_leads_back_to_the_instant_unless_it_comes_twice(verdi: datetime) -> None:
    assume(verdi.astimezone(OSLO).fold == 0)
    assert tid.fra_oslo(tid.til_oslo(mikros(verdi))) == mikros(verdi)


@given(st.integers(2400 - 1970, 2799 - 1970), st.integers(0, 365 * 24 * 60), st.integers(0, 700))
@egenskap
def test_summer_time_repeats_every_400_years(aar: int, minutt: int, sykluser: int) -> None:
    tidspunkt = tid.pluss(minutt * 60 * SEKUND, Varighet(maaneder=12 * aar))
    senere = tidspunkt + sykluser * FIRE_HUNDRE_AAR
    assert tid.til_oslo(senere) - senere == tid.til_oslo(tidspunkt) - tidspunkt
    assert tid.fra_oslo(senere) - senere == tid.fra_oslo(tidspunkt) - tidspunkt


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.integers(-5000, 5000))
@egenskap
def test_months_change_only_the_month_and_shorten_only_the_day(dato: date, maaneder: int) -> None:
    resultat = tid.format_utc(tid.pluss(lokal(f"{dato}T12:00"), Varighet(maaneder=maaneder)))
    aar, maaned0 = divmod(12 * dato.year + dato.month - 1 + maaneder, 12)
    assume(1 <= aar <= 9999)
    svar = date.fromisoformat(resultat[:10])
    assert (svar.year, svar.month) == (aar, maaned0 + 1)
    assert svar.day == dato.day or (svar.day < dato.day and (svar + timedelta(days=1)).day == 1)


def test_klokke_follows_real_time() -> None:
    klokke = Klokke()
    foer = time.time_ns() // 1000
    naa = klokke.now()
    assert foer <= naa <= time.time_ns() // 1000
    assert not klokke.stoppet


def test_moved_klokke_stands_still_until_it_is_released() -> None:
    klokke = Klokke()
    klokke.stopp(NOW)
    assert klokke.stoppet
    assert klokke.now() == klokke.now() == NOW

    klokke.slipp()
    assert not klokke.stoppet
    assert abs(klokke.now() - time.time_ns() // 1000) < 60 * SEKUND


def test_klokke_can_be_created_stopped() -> None:
    assert Klokke(stoppet_paa=NOW).now() == NOW
    assert Klokke(stoppet_paa=0).now() == 0


def test_monotonic_runs_on_while_the_klokke_is_stopped() -> None:
    klokke = Klokke(NOW)
    foer = time.monotonic()
    assert foer <= klokke.monotonic() <= time.monotonic()
