"""How often one caller may call: a bucket for each, which fills at a steady rate and is emptied by calling.

One caller must not take the time of all others. Who is above is told when to come back, and is not held up: waiting
would cost a thread.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

MAKS_HUSKET = 10_000  # callers; the one that has been away longest is forgotten, and comes back to a full bucket


class Takt:
    def __init__(self, per_s: float, samlet: int, monotonic: Callable[[], float]) -> None:
        """`samlet`: how many calls a caller that has been quiet may make at once."""
        self._per_s, self._samlet, self._monotonic = per_s, samlet, monotonic
        self._boetter: OrderedDict[str, tuple[float, float]] = OrderedDict()  # -> (when, how many calls were left then)
        self._laas = threading.Lock()

    def vent_s(self, hvem: str) -> float:
        """0 if this call may go on, and it is counted; else the seconds until one may, and it is not."""
        naa = self._monotonic()
        with self._laas:
            sist, igjen = self._boetter.get(hvem, (naa, float(self._samlet)))
            igjen = min(self._samlet, igjen + (naa - sist) * self._per_s)
            if igjen < 1:
                return (1 - igjen) / self._per_s
            self._boetter[hvem] = (naa, igjen - 1)
            self._boetter.move_to_end(hvem)
            if len(self._boetter) > MAKS_HUSKET:
                self._boetter.popitem(last=False)
        return 0
