"""The tables: requests per second beside the floor, and time by what is stored."""

from bench.load import Maaling


def gjennomstroemning(maalinger: list[Maaling]) -> None:
    """Each beside the floor with as many connections, if that is among them."""
    gulv = {maaling.forbindelser: maaling for maaling in maalinger if maaling.navn.startswith("F:")}
    print(f"{'':50}{'conn.':>6}{'req/s':>9}{'min–max':>15}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>8}", end="")
    print(f"{'× F':>7}{'by CPU':>8}" if gulv else "")
    navn = list(dict.fromkeys(maaling.navn for maaling in maalinger))
    for m in sorted(maalinger, key=lambda m: (navn.index(m.navn), m.forbindelser)):
        spenn = f"{min(m.per_s):,.0f}–{max(m.per_s):,.0f}"
        print(
            f"{m.navn:50}{m.forbindelser:6}{m.median_per_s:9,.0f}{spenn:>15}{m.ms(0.5):9.2f}{m.ms(0.99):9.2f}"
            f"{m.cpu_us:8.0f}",
            end="",
        )
        f = gulv.get(m.forbindelser)
        print(f"{m.median_per_s / f.median_per_s:7.2f}{f.cpu_us / m.cpu_us:8.2f}" if f else "")


def vekst(rader: dict[str, list[Maaling]], stoerrelser: list[int]) -> None:
    """The same with more and more stored, over one connection."""
    print(
        f"{'p50 / p99 ms (CPU ms) by stored':34}" + "".join(f"{n:>24,}" for n in stoerrelser) + f"{'growth (CPU)':>15}"
    )
    for navn, rad in rader.items():
        celler = "".join(f"{f'{m.ms(0.5):.2f} / {m.ms(0.99):.2f} ({m.cpu_us / 1000:.2f})':>24}" for m in rad)
        vekst = f"{rad[-1].ms(0.5) / rad[0].ms(0.5):.1f} ({rad[-1].cpu_us / rad[0].cpu_us:.1f})"
        print(f"{navn:34}{celler}{vekst:>15}")
