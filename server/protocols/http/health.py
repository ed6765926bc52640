"""Pages for operators: `/healthz`, `/readyz`, `/metrics` (docs/protocol.md, part 2)."""

from collections.abc import Iterator
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from server.connections.worker_state import WorkerState
from server.protocols.websocket.connection import WebSocketServer, peer_of
from server.room.interface import RoomUnavailableError, Stats
from shared.messages import encode


class HealthPages:
    """The operator's pages of one worker."""

    def __init__(self, context: WorkerState, websockets: WebSocketServer) -> None:
        self._context = context
        self._websockets = websockets

    def add_routes(self, application: web.Application) -> None:
        """Serve the pages."""
        application.router.add_get("/healthz", self.alive)
        application.router.add_get("/readyz", self.ready)
        application.router.add_get("/metrics", self.metrics)

    async def alive(self, request: web.Request) -> web.Response:
        """This worker's event loop turns."""
        return self._answer(200, "ok")

    async def ready(self, request: web.Request) -> web.Response:
        """This worker reaches the room and takes members."""
        if self._context.draining:
            return self._answer(503, "shutting down")
        if not self._context.room.connected:
            return self._answer(503, "the room does not answer")
        return self._answer(200, "ok")

    def _answer(self, status: int, text: str) -> web.Response:
        body = encode({"status": text, "worker": self._context.worker})
        return web.Response(status=status, body=body, content_type="application/json")

    async def metrics(self, request: web.Request) -> web.Response:
        """Figures in Prometheus' text format; for this machine only, unless allowed."""
        if self._context.settings.metrics == "loopback" and not _is_loopback(
            peer_of(request).address
        ):
            raise web.HTTPForbidden(text="Metrics are for this machine only.\n")
        try:
            stats = await self._context.room.stats()
        except RoomUnavailableError:
            raise web.HTTPServiceUnavailable(text="The room does not answer.\n") from None
        registry = CollectorRegistry()
        registry.register(_Figures(stats, self._context.worker, len(self._websockets)))
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )


class _Figures(Collector):
    def __init__(self, stats: Stats, worker: int, websockets: int) -> None:
        self._stats = stats
        self._worker = worker
        self._websockets = websockets

    def collect(self) -> Iterator[Metric]:
        stats = self._stats
        yield GaugeMetricFamily("chatroom_members", "Members, away ones too", stats.members)
        yield GaugeMetricFamily("chatroom_members_away", "Members not connected", stats.away)
        yield GaugeMetricFamily("chatroom_members_max", "Places in the room", stats.max_users)
        yield GaugeMetricFamily("chatroom_seq", "Newest event", stats.seq)
        yield GaugeMetricFamily("chatroom_files", "Files ever shared", stats.files)
        yield CounterMetricFamily("chatroom_posts", "Messages and files sequenced", stats.posts)
        yield CounterMetricFamily(
            "chatroom_duplicates", "Posts that had been said before", stats.duplicates
        )
        yield CounterMetricFamily("chatroom_batches", "Journal transactions", stats.batches)
        yield CounterMetricFamily(
            "chatroom_storage_errors", "Journal transactions that failed", stats.storage_errors
        )
        yield CounterMetricFamily(
            "chatroom_file_bytes", "Bytes in shared files", stats.file_bytes
        )
        sockets = GaugeMetricFamily(
            "chatroom_websockets", "WebSockets of the answering worker", labels=["worker"]
        )
        sockets.add_metric([str(self._worker)], self._websockets)
        yield sockets


def _is_loopback(address: str) -> bool:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback
