"""`GET /room`, `/healthz`, `/readyz` and `/metrics` (docs/protocol.md, parts 1 and 5)."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sized

from aiohttp import hdrs, web
from msgspec import UNSET
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from server.budgets.buckets import Allowance, TokenBucket
from server.connections.worker_state import WorkerState
from server.protocols.http.doorman import client_of
from server.protocols.http.errors import HttpError
from server.room.interface import Room, RoomUnavailableError, Stats
from shared.codec import encode
from shared.messages import RoomInfo
from shared.problems import UNAVAILABLE, problem
from shared.protocol import features

QUESTIONS = Allowance(20, 40)


class Recent[T]:
    """An answer of the room process that many may want at once.

    Each gets a new one, until more than `QUESTIONS` ask; then some get the last one.
    """

    def __init__(self, state: WorkerState, ask: Callable[[Room], Awaitable[T]]) -> None:
        self._state = state
        self._ask = ask
        self._bucket = TokenBucket(*QUESTIONS, state.now())
        self._last: T | None = None

    async def get(self) -> T:
        """Return an answer. Raises `RoomUnavailableError`."""
        if self._last is not None and not self._bucket.take(self._state.now()):
            return self._last
        try:
            self._last = answer = await self._ask(self._state.room)
        except RoomUnavailableError:
            self._last = None
            raise
        return answer


class Pages:
    """The pages of one worker; the length of `websockets` is one of the figures."""

    def __init__(self, state: WorkerState, websockets: Sized) -> None:
        self._state = state
        self._websockets = websockets
        self._overview = Recent(state, lambda room: room.overview())
        self._figures = Recent(state, self._measure)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the pages."""
        router.add_get("/room", self.room)
        router.add_get("/healthz", self.alive)
        router.add_get("/readyz", self.ready)
        router.add_get("/metrics", self.metrics)

    async def room(self, request: web.Request) -> web.Response:
        """Answer with what a client may know before it joins."""
        try:
            overview = await self._overview.get()
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        info = RoomInfo(
            room=self._state.settings.room,
            journal=overview.journal,
            features=features(self._state.key, hosts=bool(self._state.hosts)),
            password=overview.password,
            active=overview.active,
            max_users=overview.max_users,
            key=self._state.key or UNSET,
            majority=UNSET if overview.decides else False,
        )
        return _json(200, info)

    async def alive(self, request: web.Request) -> web.Response:
        """Answer that this worker's event loop runs."""
        return self._health(200, "ok")

    async def ready(self, request: web.Request) -> web.Response:
        """Answer whether this worker reaches the room and takes members."""
        if self._state.draining:
            return self._health(503, "shutting down")
        if not self._state.room.connected:
            return self._health(503, "the room does not answer")
        try:
            # Questions go another way than messages.
            overview = await self._state.room.overview()
        except RoomUnavailableError:
            return self._health(503, "the room does not answer")
        if overview.undecided:
            return self._health(503, "too few hosts reach each other")
        return self._health(200, "ok")

    def _health(self, status: int, text: str) -> web.Response:
        return _json(status, {"status": text, "worker": self._state.worker})

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with figures in Prometheus' text format; see the setting `metrics`."""
        if self._state.settings.metrics != "all" and not client_of(request).local:
            raise HttpError(problem("forbidden", "metrics"))
        try:
            figures = await self._figures.get()
        except RoomUnavailableError:
            raise HttpError(UNAVAILABLE) from None
        return web.Response(body=figures, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _measure(self, room: Room) -> bytes:
        """Return the figures as text."""
        stats = await room.stats()
        registry = CollectorRegistry()
        refused = self._state.refusals.totals()
        registry.register(_Figures(stats, refused, self._state.worker, len(self._websockets)))
        return generate_latest(registry)


class _Figures(Collector):
    def __init__(
        self, stats: Stats, refused: Mapping[str, int], worker: int, websockets: int
    ) -> None:
        self._stats = stats
        self._refused = refused
        self._worker = worker
        self._websockets = websockets

    def collect(self) -> Iterator[Metric]:
        stats = self._stats
        yield GaugeMetricFamily(
            "chatroom_members", "Members, disconnected ones too", stats.members
        )
        yield GaugeMetricFamily("chatroom_members_away", "Members disconnected", stats.away)
        yield GaugeMetricFamily("chatroom_members_max", "Places in the room", stats.max_users)
        yield GaugeMetricFamily("chatroom_seq", "Newest event", stats.seq)
        yield GaugeMetricFamily(
            "chatroom_files", "Shared files of events that are kept", stats.files
        )
        yield CounterMetricFamily("chatroom_posts", "Messages and files sequenced", stats.posts)
        yield CounterMetricFamily(
            "chatroom_duplicates", "Posts that were repeats", stats.duplicates
        )
        yield CounterMetricFamily("chatroom_batches", "Journal transactions", stats.batches)
        yield CounterMetricFamily(
            "chatroom_storage_errors", "Journal transactions that failed", stats.storage_errors
        )
        yield CounterMetricFamily(
            "chatroom_file_bytes", "Bytes in shared files", stats.file_bytes
        )
        refused = CounterMetricFamily(
            "chatroom_refused", "Refusals of all processes, by allowance", labels=["what"]
        )
        for what, count in self._refused.items():
            refused.add_metric([what], count)
        yield refused
        if stats.hosts:
            yield GaugeMetricFamily("chatroom_hosts", "Hosts that are heard", stats.hosts)
            yield GaugeMetricFamily(
                "chatroom_log_position", "Entries of the log carried out", stats.position
            )
            yield GaugeMetricFamily(
                "chatroom_undecided", "Too few hosts reach each other", stats.undecided
            )
        sockets = GaugeMetricFamily(
            "chatroom_websockets", "WebSockets of the answering worker", labels=["worker"]
        )
        sockets.add_metric([str(self._worker)], self._websockets)
        yield sockets


def _json(status: int, content: object) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(
        status=status, body=encode(content), content_type="application/json", headers=headers
    )
