"""What /internal/metrics and /internal/ready tell. Labels take few values: a name of an API or a step, never an id."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import apsw
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server import noedbrems, varsling
from server.database import Database, DatabaseError
from server.stroem import Stroemmer
from server.tid import Klokke
from server.worker import Worker

_SEKUNDER = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Maaling:
    def __init__(
        self,
        registry: CollectorRegistry,
        worker: Worker,
        database: Database,
        klokke: Klokke,
        stroemmer: Stroemmer | None,
        meld_fra_etter_minutter: int,
    ) -> None:
        self._worker, self._database, self._klokke = worker, database, klokke
        self._meld_fra_etter_minutter = meld_fra_etter_minutter
        tid = Histogram(
            "notifikasjon_graphql_sekunder",
            "Time to answer a GraphQL request",
            ["api"],
            registry=registry,
            buckets=_SEKUNDER,
        )
        self.tid = {api: tid.labels(api) for api in ("produsent", "bruker")}
        self.huskede = Counter(
            "notifikasjon_huskede_svar", "Questions of users answered with an answer that still held", registry=registry
        )
        for_ofte = Counter("notifikasjon_for_ofte", "Requests above [grenser]", ["api"], registry=registry)
        self.for_ofte = {api: for_ofte.labels(api) for api in ("produsent", "bruker")}
        registry.register(_Drift(worker, database, self.mangler))
        registry.register(_Varsler(database, klokke))
        if stroemmer is not None:
            aapne = Gauge("notifikasjon_stroemmer", "Open streams of the live update", registry=registry)
            aapne.set_function(lambda: stroemmer.antall)

    def mangler(self) -> list[str]:
        """Why the service is not ready, in words; empty when all is well."""
        return [*self._worker.mangler(), *self._database.mangler(), *self._usendt()]

    def _usendt(self) -> Iterator[str]:
        minutter = self._meld_fra_etter_minutter
        try:
            if minutter:
                for kanal in varsling.mislykkes(self._database.read(), self._klokke.now(), minutter):
                    yield f"no {kanal} has got out for {minutter} minutes, and some should have"
        except (apsw.Error, DatabaseError) as error:
            self._database.meld_skade(error)
            yield f"the database cannot be read: {error}"


class _Drift(Collector):
    """Read when asked for, so that neither threads nor database know anything of metrics."""

    def __init__(self, worker: Worker, database: Database, mangler: Callable[[], list[str]]) -> None:
        self._worker, self._database, self._mangler = worker, database, mangler

    def collect(self) -> Iterator[Metric]:
        feil = CounterMetricFamily("notifikasjon_steg_feil", "Failed turns of a background step", labels=["steg"])
        for navn, antall in self._worker.antall_feil.items():
            feil.add_metric([navn], antall)
        yield feil
        yield GaugeMetricFamily(
            "notifikasjon_bakgrunn_mangler", "Problems, as in /internal/ready", len(self._mangler())
        )
        yield CounterMetricFamily(
            "notifikasjon_lagring_feilet", "Failed attempts to store something", self._database.antall_feilet
        )


class _Varsler(Collector):
    """That nothing is sent is seen here first: a channel that is away makes the oldest one older."""

    def __init__(self, database: Database, klokke: Klokke) -> None:
        self._database, self._klokke = database, klokke

    def collect(self) -> Iterator[Metric]:
        with suppress(apsw.Error, DatabaseError):  # the other metrics count what is wrong with it
            yield from self._les()

    def _les(self) -> Iterator[Metric]:
        db = self._database.read()
        holdte = varsling.antall_holdte(db, self._klokke.now())
        for navn, hva, verdi in (
            (
                "eldste_sekunder",
                "How late the most late varsel is",
                varsling.eldste_ventende_s(db, self._klokke.now()),
            ),
            ("holdt", "Varsler that are too old to be sent unseen, as in /internal/holdte", holdte["for_gammelt"]),
            ("bremset", "Varsler that are due and kept by the emergency brake, as there", holdte["noedbrems"]),
            ("noedbrems", "Whether the emergency brake is on", int(noedbrems.er_paa(db))),
        ):
            yield GaugeMetricFamily(f"notifikasjon_varsel_{navn}", hva, verdi)
