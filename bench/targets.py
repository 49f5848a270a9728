"""Targets: what was measured against what we want. Told and not judged, so nothing fails because something is slow."""

from typing import NamedTuple


class Dom(NamedTuple):
    nummer: str  # as in README.md
    hva: str
    maalt: float
    grense: float
    enhet: str
    minst: bool  # at least the limit, or at most
    ellers: str = ""  # what else to say of it

    @property
    def naadd(self) -> bool:
        return self.maalt >= self.grense if self.minst else self.maalt <= self.grense

    def __str__(self) -> str:
        desimaler = 2 if 0 < self.grense < 20 else 0
        enhet = "" if self.enhet == "×" else f" {self.enhet}"
        gange = "× " if self.enhet == "×" else ""
        maalt = f"{gange}{self.maalt:,.{desimaler}f}{enhet}"
        grense = f"{'≥' if self.minst else '≤'} {gange}{self.grense:g}{enhet}"
        dom = "met" if self.naadd else "missed"
        return f"{self.nummer:4}{self.hva:86}{maalt:>11}   {grense:14}{dom:7}{self.ellers}".rstrip()


def minst(nummer: str, hva: str, maalt: float, grense: float, ellers: str = "") -> Dom:
    """A ratio that should be large."""
    return Dom(nummer, hva, maalt, grense, "×", True, ellers)


def hoeyst(nummer: str, hva: str, maalt: float, grense: float, enhet: str) -> Dom:
    return Dom(nummer, hva, maalt, grense, enhet, False)
