"""What /internal/metrics tells. Labels take few values: a name of an API or a step, never an id."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.worker import Worker

_SEKUNDER = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Maaling:
    def __init__(self, registry: CollectorRegistry, worker: Worker) -> None:
        self._tid = Histogram(
            "notifikasjon_graphql_sekunder",
            "Time to answer a GraphQL request",
            ["api"],
            registry=registry,
            buckets=_SEKUNDER,
        )
        registry.register(_Bakgrunn(worker))

    @contextmanager
    def foresporsel(self, api: str) -> Iterator[None]:
        with self._tid.labels(api).time():
            yield


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
