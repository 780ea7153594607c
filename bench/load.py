"""A small load generator: prepared requests over kept-alive connections, as many as answer or at a given rate."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """Latencies in seconds of the answers with status 200, and how many were not."""

    elapsed_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        """Accepted requests per second."""
        return len(self.latencies_s) / self.elapsed_s if self.elapsed_s else 0.0

    def quantile_ms(self, share: float) -> float:
        """Compute a quantile of the latencies in milliseconds."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")

    def summary(self) -> dict[str, float]:
        """Return the figures that are reported."""
        return {
            "per_second": round(self.rate, 1),
            **{f"p{share}_ms": round(self.quantile_ms(share / 100), 2) for share in (50, 95, 99)},
            "refused": self.refused,
        }


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
    """Send one request and read its answer; whether it was 200."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    if length:
        await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200")


async def _closed(port: int, requests: Iterator[bytes], connections: int, duration_s: float) -> Outcome:
    outcome = Outcome()
    deadline = time.perf_counter() + duration_s

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (begun := time.perf_counter()) < deadline and (request := next(requests, None)) is not None:
            if await exchange(reader, writer, request):
                outcome.latencies_s.append(time.perf_counter() - begun)
            else:
                outcome.refused += 1
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    outcome.elapsed_s = time.perf_counter() - begun
    return outcome


async def _offered(port: int, requests: Iterator[bytes], rate: float, connections: int, duration_s: float) -> Outcome:
    outcome = Outcome()
    due: asyncio.Queue[float | None] = asyncio.Queue()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (planned := await due.get()) is not None:
            # From when it should have left: a server that stalls does not hide behind a client that waits.
            if await exchange(reader, writer, next(requests)):
                outcome.latencies_s.append(time.perf_counter() - planned)
            else:
                outcome.refused += 1
        writer.close()

    clients = [asyncio.create_task(client()) for _ in range(connections)]
    begun = time.perf_counter()
    for number in range(int(rate * duration_s)):
        planned = begun + number / rate
        if (pause := planned - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        due.put_nowait(planned)
    for _ in clients:
        due.put_nowait(None)
    await asyncio.gather(*clients)
    outcome.elapsed_s = time.perf_counter() - begun
    return outcome


def press(port: int, requests: Sequence[bytes], connections: int, duration_s: float) -> Outcome:
    """Each connection sends its next request as soon as it has its answer. Ends early when they run out."""
    return asyncio.run(_closed(port, iter(requests), connections, duration_s))


def offer(port: int, requests: Sequence[bytes], rate: float, connections: int, duration_s: float) -> Outcome:
    """Send requests at a constant rate, independently of the responses."""
    return asyncio.run(_offered(port, iter(requests), rate, connections, duration_s))
