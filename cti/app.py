"""Builds everything and runs it: the one place that knows every room. Contains no rule of any of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import partial

import structlog
from aiohttp import web

from cti.agents import presences
from cti.agents.directory import DirectoryCache, DirectoryChanged
from cti.agents.presences import PresenceEnds, PresenceJournal
from cti.asterisk.ami import AmiClient
from cti.asterisk.ari import AriClient
from cti.asterisk.control import CallControl
from cti.asterisk.fastagi import FastAgiServer
from cti.bus import LocalBus
from cti.calls.tracker import Tracker
from cti.conversations import Conversations
from cti.customers.index import CallerIndex, CallersChanged
from cti.customers.intake_tables import CustomerNoticeRow
from cti.customers.numbers import normalise
from cti.customers.telling import tell_to
from cti.decision import only_customer
from cti.delivery.courier import Courier, carriers_of
from cti.desktop.hub import Hub
from cti.desktop.messages import Alarm
from cti.desktop.presence import PresenceBoard
from cti.desktop.service import Desktops
from cti.errors import StoreUnavailable
from cti.fallback import KeptPlans
from cti.inbound import Inbound
from cti.messages.configured import ways_of
from cti.messages.courier import MessageCourier
from cti.mobile.configured import language_of, voice_of
from cti.mobile.speech import Speech
from cti.mobile.whispers import Whispers
from cti.nightly import Nightly
from cti.pocket.opened import pocket_of
from cti.privacy.nightly import NightlyRetention
from cti.promises.configured import carriers, default_opening, ledger_of, terms_of
from cti.promises.keeper import Keeper
from cti.promises.tables import PromiseNoticeRow
from cti.rehearse import Rehearsals
from cti.reports.alarms import AlarmChanged, Alarms, AlarmTerms
from cti.reports.decisions import Decisions
from cti.resuming import Resuming
from cti.settings import Settings
from cti.store.engine import Store
from cti.supervision import Supervision
from cti.transfers import Transfers
from cti.wall.board import Walls
from cti.wall.configured import terms_of as wall_terms_of
from cti.watch import SwitchWatch
from cti.web.app import make_app
from cti.web.services import Services
from cti.web.standby import Standby
from cti.wrapup.clocks import Clocks
from cti.wrapup.model import WrapUpEnded, WrapUpStarted
from cti.wrapup.time_line import keep_on_line, keep_tied

log = structlog.get_logger(__name__)

ApplyPeople = Callable[[Settings, Store], Awaitable[tuple[str, ...] | None]]

STORE_PAUSE = 1.0
"""Seconds between two tries to reach the database at the start; the dial plan rings on its own meanwhile."""


PART_PAUSE = 5.0
"""Seconds until a part that failed is begun again: rare enough to fill no disk with what is said about it."""


def utc_now() -> datetime:
    """The clock of the live daemon; rules get their instants from here and never look themselves."""
    return datetime.now(UTC)


class Daemon:
    """One daemon on one Asterisk and one database."""

    def __init__(self, settings: Settings, apply: ApplyPeople | None = None) -> None:
        self.settings = settings
        self._apply = apply
        self.bus = LocalBus()
        self.store = Store(settings.database)
        tell_to(self.store, settings.customer_webhook_url)
        self.directory = DirectoryCache(self.store, self.bus)
        self.callers = CallerIndex(self.store, self.bus, zone=settings.zone)
        self.tracker = Tracker(
            self.store,
            self.bus,
            normalise=lambda raw: normalise(raw).e164,
            customer_of=lambda e164: only_customer(self.callers.lookup(e164)),
            beside=partial(keep_on_line, language=settings.language),
        )
        self.keeper = Keeper(
            self.store,
            self.bus,
            self.directory,
            self.callers,
            terms=terms_of(settings),
            opening=default_opening(settings, utc_now()),
            now=utc_now,
            book=ledger_of(settings, lambda: self.directory.names),
            tied=partial(keep_tied, language=settings.language),
        )
        self.courier = Courier(self.store, PromiseNoticeRow, carriers(settings), utc_now)
        told = carriers_of(
            smtp=None,
            webhook=bool(settings.customer_webhook_url),
            webhook_secret=settings.customer_webhook_secret,
        )
        self.customer_courier = Courier(self.store, CustomerNoticeRow, told, utc_now)
        self.hub = Hub()
        self.clocks = Clocks(self.store, self.bus, seconds=settings.wrap_up_seconds, now=utc_now)
        self.presence = PresenceBoard(
            self.hub,
            self.bus,
            self.directory,
            now=utc_now,
            grace=settings.presence_grace_seconds,
            wrap_ups=lambda: self.clocks.until,
        )
        self.presence_journal = PresenceJournal(self.store, self.bus)
        self.presence_ends = PresenceEnds(self.store, self.directory, utc_now)
        self.desktops = Desktops(
            self.hub,
            self.bus,
            self.tracker,
            self.callers,
            self.directory,
            self.store,
            promises=self.keeper,
            zone=settings.zone,
            stale_days=settings.fact_stale_days,
            presence=self.presence,
            wrap_ups=self.clocks,
        )
        self.walls = Walls(
            self.store, self.bus, self.tracker, self.desktops, self.keeper, wall_terms_of(settings), utc_now
        )
        self.messages = MessageCourier(
            self.store, ways_of(settings), utc_now, settings.language, self.desktops.refresh_card
        )
        self.pocket = pocket_of(settings, self.store, self.bus, self.tracker, self.desktops, self.directory, utc_now)
        # `call` for the phones' states; manager.conf keeps everything else of that class away from us.
        self.ami = AmiClient(
            settings.bind_host, settings.ami_port, settings.ami_user, settings.ami_secret, events="system,call"
        )
        self.ari = AriClient(
            f"http://{settings.bind_host}:{settings.ari_port}",
            settings.ari_user,
            settings.ari_secret,
            settings.ari_app,
        )
        self.agi = FastAgiServer(host=settings.bind_host, port=settings.agi_port)
        self.kept = KeptPlans(self.ami, lambda: self.directory.directory, self.callers.owners, utc_now)
        self.watch = SwitchWatch(
            ari=self.ari,
            ami=self.ami,
            tracker=self.tracker,
            directory=self.directory,
            store=self.store,
            journal=settings.journal_file,
            reconciled=lambda: self.resuming.due(),
        )
        self.inbound = Inbound(
            store=self.store,
            tracker=self.tracker,
            desktops=self.desktops,
            hub=self.hub,
            callers=self.callers,
            directory=self.directory,
            now=utc_now,
            tell=self.bus.publish,
            zone=settings.zone,
            stale_days=settings.fact_stale_days,
        )
        self.transfers = Transfers(
            tracker=self.tracker, desktops=self.desktops, hub=self.hub, directory=self.directory, now=utc_now
        )
        self.decisions = Decisions(self.store, self.bus, keep_days=settings.call_plan_days, now=utc_now)
        terms = AlarmTerms(settings.answer_rate_alarm, settings.answer_rate_window, settings.answer_rate_minimum)
        self.alarms = Alarms(self.store, self.bus, terms, utc_now)
        self.rehearsals = Rehearsals(settings, self.store, self.directory, self.callers, self.ami, utc_now)
        self.nightly = Nightly(settings, self.store, utc_now)
        self.whispers = Whispers(
            mode=settings.whisper,
            speech=Speech(settings.sounds / "whisper", voice_of(settings)),
            channels=self.ami,
            context=self.desktops.context,
            lookup=self.callers.lookup,
            names=lambda: self.directory.names,
            language=self._tongue,
            now=utc_now,
            zone=settings.zone,
        )
        self.control = CallControl(self.ari, self.ami)
        self.conversations = Conversations(
            switch=self.control, tracker=self.tracker, desktops=self.desktops, bus=self.bus, now=utc_now
        )
        self.supervision = Supervision(
            switch=self.control,
            store=self.store,
            desktops=self.desktops,
            directory=self.directory,
            bus=self.bus,
            now=utc_now,
        )
        self.resuming = Resuming(self.control, self.conversations, self.supervision)
        self.retention = NightlyRetention(
            self.store,
            at=settings.retention_at,
            days=settings.keep_days,
            keep_years=settings.keep_orders_years,
            now=utc_now,
            zone=settings.zone,
        )
        self._answering = False

    def _tongue(self, agent: str | None) -> str:
        """In which language an agent's mobile is spoken to."""
        row = self.directory.agent(agent) if agent is not None else None
        return language_of(self.settings, row.language if row is not None else "")

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set. What cannot be reached is tried again; what can be served is served."""
        self._wire()
        await self._read_memory()
        await self.inbound.warm_up()
        await self.agi.start()
        self._answering = True
        runner = web.AppRunner(make_app(self._services()), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, self.settings.bind_host, self.settings.web_port, backlog=1024).start()
        log.info("daemon.serving", web=self.settings.web_port, agi=self.agi.port)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(kept_running(one), name=one.__qualname__) for one in self._parts()]
                await stop.wait()
                for task in running:
                    task.cancel()
        finally:
            self._answering = False
            await self.agi.close()
            await runner.cleanup()
            with contextlib.suppress(StoreUnavailable):
                await self.tracker.flush()
                await self.pocket.flush()
            await self.ami.close()
            await self.ari.close()
            await self.store.close()
            log.info("daemon.stopped")

    def _parts(self) -> list[Callable[[], Coroutine[None, None, None]]]:
        return [
            self.ami.run,
            self.ari.run,
            self.tracker.run,
            self.directory.run,
            self.callers.run,
            self.desktops.run,
            self.clocks.run,
            self.presence_journal.run,
            self.presence_ends.run,
            self.hub.run,
            self.kept.run,
            self.watch.run,
            self.resuming.run,
            self.keeper.run,
            self.pocket.run,
            self.courier.run,
            self.customer_courier.run,
            self.messages.run,
            self.decisions.run,
            self.decisions.tidy,
            self.alarms.run,
            self.rehearsals.run,
            self.nightly.run,
            self.whispers.run,
            self.walls.run,
            self.retention.run,
        ]

    def _wire(self) -> None:
        self.agi.add_route("route", self.inbound.handle)
        self.agi.add_route("transfer", self.transfers.handle)
        self.watch.start()
        self.whispers.start(self.bus)
        self.ari.on_any_event(self.whispers.heard)
        self.ari.on_any_event(self.supervision.heard)
        self.ari.on_any_event(self.conversations.heard)
        self.bus.subscribe(DirectoryChanged, lambda _: self.kept.changed())
        self.bus.subscribe(CallersChanged, lambda _: self.kept.owners_changed())
        self.bus.subscribe(AlarmChanged, self._alarm)
        for kind in (WrapUpStarted, WrapUpEnded):
            self.bus.subscribe(kind, lambda _: self.directory.set_wrapping_up(self.clocks.until))
        # AstDB is flushed about once a second: after a crash of Asterisk the last second of ours may be gone.
        self.ami.on_connected(self.kept.forget)
        self.ami.on_connected(self.resuming.due)
        self.ami.on_event("FullyBooted", lambda _: self.kept.forget())

    def _alarm(self, told: AlarmChanged) -> None:
        self.desktops.set_alarm(Alarm(told.kind, told.raised, told.since, told.values))

    async def _read_memory(self) -> None:
        """Directory, callers and live calls, as soon as the database lets us. Meanwhile the dial plan rings alone."""
        async with Standby(self.settings) as standby:
            while True:
                try:
                    await self.directory.load()
                    await self.callers.load()
                    await self.tracker.load()
                    await self.pocket.load()
                    await self.clocks.load()
                    async with self.store.session() as session:
                        last = (await presences.last_seen(session)).values()
                except StoreUnavailable as error:
                    log.warning("daemon.waiting_for_database", reason=str(error))
                    await standby.because(str(error))
                    await asyncio.sleep(STORE_PAUSE)
                else:
                    self.directory.set_wrapping_up(self.clocks.until)
                    self.presence.remember(last)
                    self.presence_journal.remember(last)
                    return

    def _services(self) -> Services:
        return Services(
            store=self.store,
            hub=self.hub,
            desktops=self.desktops,
            tracker=self.tracker,
            directory=self.directory,
            callers=self.callers,
            keeper=self.keeper,
            pocket=self.pocket,
            clocks=self.clocks,
            walls=self.walls,
            settings=self.settings,
            bus=self.bus,
            checks={
                "ari": lambda: self.ari.connected,
                "ami": lambda: self.ami.connected,
                "agi": lambda: self._answering,
            },
            tell_switch=partial(self._apply, self.settings, self.store) if self._apply else None,
            control=self.control,
            conversations=self.conversations,
            supervision=self.supervision,
            switch=self.ami,
            now=utc_now,
        )


async def kept_running(part: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run one part until it is over or cancelled; begin it again after a fault that nobody foresaw.

    A daemon that ended with it would meet the same record, row or fact again after each start, and answer no call in
    between: what one part cannot do is no reason for the others not to do theirs.
    """
    while True:
        try:
            await part()
        except Exception:
            log.exception("daemon.part_failed", part=part.__qualname__)
            await asyncio.sleep(PART_PAUSE)
        else:
            return


async def serve(settings: Settings, apply: ApplyPeople | None = None) -> None:
    """Run the daemon until SIGTERM or SIGINT, then let go of everything cleanly.

    `apply` brings people's phones to Asterisk where its configuration is ours: the web's changes need it.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await Daemon(settings, apply).run(stop)
