"""The study's pages on this computer: films are shown, votes and times are kept as they come.

Only for who knows the address: a secret is part of it, and requests for another host are refused.
The rows' names stay here until a voter is through.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from multiplane.contract.errors import InputError
from multiplane_study.blind import kept
from multiplane_study.blind.pages import timer_page, vote_page
from multiplane_study.blind.study import FILMS, PICTURES, Side, read_study
from multiplane_study.blind.times import TIMES, Event, Moment, Session, sessions
from multiplane_study.blind.votes import VOTES, Choice, Vote, counted, result
from multiplane_study.report import Report, shown_cell

_Asked = TypeVar("_Asked", bound=BaseModel)


class _Who(BaseModel):
    voter: str = Field(min_length=1, max_length=80)


class _Voted(_Who):
    pair: str
    vote: Choice
    seconds: float = Field(ge=0, le=86_400)


class _Timed(_Who):
    session: str = Field(min_length=1, max_length=64)
    way: str = Field(min_length=1, max_length=80)
    picture: str = Field(max_length=80)
    event: Event
    step: str = Field(default="", max_length=80)
    rating: int | None = Field(default=None, ge=1, le=5)


class BlindServer:
    """One study, served to the voters at this computer.

    folder: of the study. secret: part of the address; a new one unless it is given. Raises
    InputError where the folder holds no study or is being served already.
    """

    def __init__(self, folder: Path, secret: str | None = None) -> None:
        self.folder = folder
        self.study = read_study(folder)
        self.secret = secret or secrets.token_urlsafe(16)
        self._hosts: frozenset[str] = frozenset()
        self._runner: web.AppRunner | None = None
        self._lock = FileLock(folder / ".serving.lock")
        self._votes: list[Vote] = []
        self._moments: list[Moment] = []

    async def start(self, port: int = 0) -> str:
        """Serve on 127.0.0.1 at `port` (0: a free one); returns the address."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise InputError(
                "study.blind.in_use",
                "Another program serves this study.",
                file=str(self.folder),
                remedy="Use the page that is open, or end the other program first.",
            ) from None
        self._votes, _ = kept.read(self.folder / VOTES, Vote)
        self._moments, _ = kept.read(self.folder / TIMES, Moment)
        app = web.Application(middlewares=[self._gate])
        app.add_routes(
            [
                web.get("/{secret}/", self._page),
                web.get("/{secret}/timer", self._timer),
                web.get("/{secret}/films/{name}", self._film),
                web.post("/{secret}/next", self._next),
                web.post("/{secret}/vote", self._vote),
                web.post("/{secret}/back", self._back),
                web.post("/{secret}/session", self._session),
                web.post("/{secret}/moment", self._moment),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, "127.0.0.1", port)
            await site.start()
        except OSError as error:
            await self.stop()
            raise InputError(
                "study.blind.port",
                f"The port can't be used: {error.strerror}.",
                field="--port",
                value=port,
                remedy="Leave --port out to have a free one chosen.",
            ) from error
        served = self._runner.addresses[0][1]
        self._hosts = frozenset({f"127.0.0.1:{served}", f"localhost:{served}"})
        return f"http://127.0.0.1:{served}/{self.secret}/"

    async def stop(self) -> None:
        """End; every vote is on the disk already."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._lock.release()

    @web.middleware
    async def _gate(
        self, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> web.StreamResponse:
        given = request.match_info.get("secret", "")
        if request.host not in self._hosts:
            raise web.HTTPMisdirectedRequest
        if not secrets.compare_digest(given.encode(), self.secret.encode()):
            raise web.HTTPNotFound
        # A form of another page can't send this type unasked.
        if request.method == "POST" and request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        response: web.StreamResponse = await handler(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=vote_page(self.study), content_type="text/html")

    async def _timer(self, request: web.Request) -> web.Response:
        pictures = [path.name for path in sorted((self.folder / PICTURES).glob("*.png"))]
        page = timer_page(str((self.folder / PICTURES).resolve()), pictures)
        return web.Response(text=page, content_type="text/html")

    async def _film(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in {pair.film for pair in self.study.pairs}:
            raise web.HTTPNotFound
        path = self.folder / FILMS / name
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _next(self, request: web.Request) -> web.Response:
        return self._at(await _asked(request, _Who))

    async def _vote(self, request: web.Request) -> web.Response:
        asked = await _asked(request, _Voted)
        for side in self.study.shown_to(asked.voter):
            if side.pair == asked.pair:
                return self._keep(side, asked)
        raise web.HTTPNotFound(text="no such pair")

    def _keep(self, side: Side, asked: _Voted) -> web.Response:
        vote = Vote(
            **asked.model_dump(),
            left=side.left,
            right=side.right,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        kept.append(self.folder / VOTES, vote)
        self._votes.append(vote)
        return self._at(asked)

    async def _back(self, request: web.Request) -> web.Response:
        """The pair that this voter voted on last, to vote again: the last vote counts."""
        asked = await _asked(request, _Who)
        mine = [vote.pair for vote in counted(self._votes) if vote.voter == asked.voter]
        return self._at(asked, mine[-1] if mine else None)

    def _at(self, who: _Who, again: str | None = None) -> web.Response:
        voted = {vote.pair for vote in counted(self._votes) if vote.voter == who.voter}
        order = [side for side in self.study.shown_to(who.voter) if self._filmed(side)]
        left = [side for side in order if side.pair not in voted]
        chosen = next((side for side in order if side.pair == again), left[0] if left else None)
        said: dict[str, Any] = {
            "done": sum(side.pair in voted for side in order),
            "total": len(order),
            "unfilmed": len(self.study.pairs) - len(order),
        }
        if chosen is None:
            said["result"] = _tables(result(self.study, counted(self._votes)))
        else:
            said |= {"pair": chosen.pair, "left_is_upper": chosen.left_is_upper}
        return web.json_response(said)

    def _filmed(self, side: Side) -> bool:
        pair = self.study.pair(side.pair)
        return pair is not None and (self.folder / FILMS / pair.film).is_file()

    async def _session(self, request: web.Request) -> web.Response:
        """Where this voter's clock stands: the try that has not ended, if there is one."""
        asked = await _asked(request, _Who)
        mine = [one for one in sessions(self._moments, time.time()) if one.voter == asked.voter]
        open_ones = [one for one in mine if one.state in ("running", "paused")]
        return web.json_response(_clock(open_ones[-1]) if open_ones else {})

    async def _moment(self, request: web.Request) -> web.Response:
        asked = await _asked(request, _Timed)
        moment = Moment(**asked.model_dump(), clock=time.time())
        started = any(one.session == asked.session for one in self._moments)
        if started == (asked.event == "start"):
            raise web.HTTPConflict(text="a session starts once")
        kept.append(self.folder / TIMES, moment)
        self._moments.append(moment)
        found = {one.id: one for one in sessions(self._moments, moment.clock)}
        return web.json_response(_clock(found[asked.session]))


async def _asked(request: web.Request, kind: type[_Asked]) -> _Asked:
    try:
        return kind.model_validate_json(await request.text())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise web.HTTPUnprocessableEntity(text=f"{field}: {first['msg']}") from error


def _clock(session: Session) -> dict[str, Any]:
    return {
        "session": session.id,
        "way": session.way,
        "picture": session.picture,
        "seconds": session.seconds,
        "steps": list(session.steps),
        "state": session.state,
    }


def _tables(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "title": table.title,
            "columns": table.columns,
            "rows": [[shown_cell(cell) for cell in row] for row in table.rows],
        }
        for table in report.tables
    ]
