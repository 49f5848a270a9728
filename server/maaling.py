"""What /internal/metrics tells. Labels take few values: a name of an API or a step, never an id."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server import varsling
from server.database import Database
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
    ) -> None:
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
        registry.register(_Bakgrunn(worker))
        registry.register(_Varsler(database, klokke))
        if stroemmer is not None:
            aapne = Gauge("notifikasjon_stroemmer", "Open streams of the live update", registry=registry)
            aapne.set_function(lambda: stroemmer.antall)


class _Bakgrunn(Collector):
    """Read when asked for, so that the thread knows nothing of metrics."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        feil = CounterMetricFamily("notifikasjon_steg_feil", "Failed turns of a background step", labels=["steg"])
        for navn, antall in self._worker.antall_feil.items():
            feil.add_metric([navn], antall)
        yield feil
        yield GaugeMetricFamily(
            "notifikasjon_bakgrunn_mangler",
            "Problems of the background thread, as in /internal/ready",
            len(self._worker.mangler()),
        )


class _Varsler(Collector):
    """That nothing is sent is seen here first: a channel that is away makes the oldest one older."""

    def __init__(self, database: Database, klokke: Klokke) -> None:
        self._database, self._klokke = database, klokke

    def collect(self) -> Iterator[Metric]:
        db = self._database.read()
        for navn, hva, verdi in (
            (
                "eldste_sekunder",
                "How late the most late varsel is",
                varsling.eldste_ventende_s(db, self._klokke.now()),
            ),
            ("holdt", "Varsler that wait for a human, as in /internal/holdte", len(varsling.holdte(db))),
            ("noedbrems", "Whether the emergency brake is on", int(varsling.noedbrems(db))),
        ):
            yield GaugeMetricFamily(f"notifikasjon_varsel_{navn}", hva, verdi)
