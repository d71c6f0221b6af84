"""How fast the one-process Billet serves: requests a second and their times, with eight readers at once."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles

import pytest

from tests import servers
from tests.running import billet

READERS = 8
SECONDS = 4.0


def read(port: int, path: str) -> list[float]:
    """One reader's times in seconds, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times, end = [], time.monotonic() + SECONDS
    while (start := time.monotonic()) < end:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        times.append(time.monotonic() - start)
    connection.close()
    return times


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, chosen = tmp_path_factory.mktemp("serving"), servers.free_port()
    with billet(folder / "log", BILLET_DATA=str(folder / "data"), PORT=str(chosen)):
        yield chosen


@pytest.mark.parametrize("path", ["/healthz", "/", "/sign-in"])
def test_pages(port: int, path: str) -> None:
    with ThreadPoolExecutor(READERS) as readers:
        runs = list(readers.map(lambda _: read(port, path), range(READERS)))
    times = [seconds * 1000 for run in runs for seconds in run]
    cuts = quantiles(times, n=100)
    rate = len(times) / SECONDS
    print(f"\n{path:<10} {rate:6.0f} requests/s   p50 {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms")
