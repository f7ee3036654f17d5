"""The REST API as Python methods, for the CLI and the demo; every answer is JSON as it came."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import httpx2

Json = dict[str, Any]
Kind = Literal["movie", "show", "episode"]

TIMEOUT = 30.0
"""Seconds."""
WAIT = 30.0
"""Seconds that the server is given to find the file list of a magnet link."""
IMPORT_TIMEOUT = 600.0
"""Seconds that the server is given to add a whole library."""
CHUNK = 2**18
MAX_TORRENT = 10 * 2**20


class ClientError(Exception):
    """An error that the server answered with its code, or `unavailable` and `unexpected` for no answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Client:
    """One server.

    Args:
        base_url: where the API is, for instance `http://127.0.0.1:4444`.
        token: the bearer token of the server; or else
        auth: its username and password.
        transport: what carries requests, the network unless a test says otherwise.
        trust: the certificates that are believed, if not those that the system knows.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        auth: tuple[str, str] | None = None,
        transport: httpx2.BaseTransport | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._url = check_address(base_url)
        self._http = httpx2.Client(
            base_url=f"{self._url}/api",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            auth=auth,
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
            verify=trust or True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def add_movie(
        self, title: str | None = None, year: int | None = None, *, tmdb_id: int | None = None
    ) -> Json:
        return self._ask("POST", "/movies", json=given(title=title, year=year, tmdb_id=tmdb_id))

    def list_movies(
        self, search: str = "", limit: int = 50, offset: int = 0, *, pinned: bool | None = None
    ) -> Json:
        """All, only those pinned, or only the others."""
        params = given(search=search, limit=limit, offset=offset, pinned=pinned)
        return self._ask("GET", "/movies", params=params)

    def get_movie(self, movie_id: int) -> Json:
        return self._ask("GET", f"/movies/{movie_id}")

    def remove_movie(self, movie_id: int) -> None:
        self._ask("DELETE", f"/movies/{movie_id}")

    def add_show(
        self,
        title: str | None = None,
        year: int | None = None,
        seasons: Sequence[Json | int] | None = None,
        *,
        tmdb_id: int | None = None,
    ) -> Json:
        """`seasons` are numbers with a `tmdb_id`, else seasons with their episodes."""
        body = given(title=title, year=year, tmdb_id=tmdb_id, seasons=seasons)
        return self._ask("POST", "/shows", json=body)

    def list_shows(
        self, search: str = "", limit: int = 50, offset: int = 0, *, pinned: bool | None = None
    ) -> Json:
        """All, only those pinned whole or in part, or only the others."""
        params = given(search=search, limit=limit, offset=offset, pinned=pinned)
        return self._ask("GET", "/shows", params=params)

    def get_show(self, show_id: int) -> Json:
        return self._ask("GET", f"/shows/{show_id}")

    def remove_show(self, show_id: int) -> None:
        self._ask("DELETE", f"/shows/{show_id}")

    def refresh_show(self, show_id: int) -> Json:
        return self._ask("POST", f"/shows/{show_id}/refresh")

    def assign(
        self,
        kind: Kind,
        item_id: int,
        source: str | Path,
        options: Mapping[str, Any] | None = None,
        wait: float = WAIT,
    ) -> Json:
        """Assign a magnet link or a .torrent file; gives a report, or `{"job": …}` while it goes on.

        `options` are `file_index`, `version` and `dry_run`.
        """
        fields = given(**(options or {}))
        if isinstance(source, str) and source.startswith("magnet:"):
            content: Json = {"json": {"magnet_uri": source, **fields}}
        else:
            content = {"files": {"torrent": read_torrent(Path(source))}, "data": fields}
        path = f"/{kind}s/{item_id}/assign-torrent"
        return self._ask("POST", path, params={"wait": wait}, timeout=TIMEOUT + wait, **content)

    def unassign(self, kind: Kind, item_id: int) -> None:
        self._ask("DELETE", f"/{kind}s/{item_id}/assign")

    def pin(self, kind: Kind, item_id: int) -> None:
        """Keep what is in the cache of an item."""
        self._ask("PUT", f"/{kind}s/{item_id}/pin")

    def unpin(self, kind: Kind, item_id: int) -> None:
        self._ask("DELETE", f"/{kind}s/{item_id}/pin")

    def list_assignments(self, *, proposed: bool | None = None, limit: int = 50, offset: int = 0) -> Json:
        """Only proposals, all but those, or all."""
        return self._ask("GET", "/assignments", params=given(proposed=proposed, limit=limit, offset=offset))

    def confirm(self, assignment_id: int) -> Json:
        return self._ask("POST", f"/assignments/{assignment_id}/confirm")

    def remove_assignment(self, assignment_id: int) -> None:
        self._ask("DELETE", f"/assignments/{assignment_id}")

    def correct(self, info_hash: str, file_index: int, episode_ids: Sequence[int]) -> Json:
        """Say which episodes of a show a file holds."""
        path = f"/torrents/{info_hash}/files/{file_index}"
        return self._ask("PUT", path, json={"episode_ids": list(episode_ids)})

    def list_wanted(self, kind: str | None = None, limit: int = 50, offset: int = 0) -> Json:
        """Items without a file; `kind` is `movie` or `episode`."""
        return self._ask("GET", "/wanted", params=given(kind=kind, limit=limit, offset=offset))

    def list_calendar(self, days_back: int = 14, days_ahead: int = 14) -> Json:
        return self._ask("GET", "/calendar", params={"days_back": days_back, "days_ahead": days_ahead})

    def search_tmdb(self, query: str, kind: str = "all", year: int | None = None, page: int = 1) -> Json:
        """Titles at TMDB; `kind` is `movie`, `show` or `all`."""
        params = given(query=query, kind=kind, year=year, page=page)
        return self._ask("GET", "/tmdb/search", params=params)

    def list_torrents(self, limit: int = 50, offset: int = 0) -> Json:
        return self._ask("GET", "/torrents", params={"limit": limit, "offset": offset})

    def get_torrent(self, info_hash: str) -> Json:
        return self._ask("GET", f"/torrents/{info_hash}")

    def remove_torrent(self, info_hash: str, *, delete_data: bool = False) -> None:
        self._ask("DELETE", f"/torrents/{info_hash}", params={"delete_data": delete_data})

    def evict_torrent(self, info_hash: str) -> None:
        """Take a torrent out of the cache; it stays in the library."""
        self._ask("DELETE", f"/torrents/{info_hash}/cache")

    def add_peers(self, info_hash: str, peers: Sequence[str]) -> None:
        """Name peers, as `host:port`, to a torrent."""
        self._ask("POST", f"/torrents/{info_hash}/peers", json={"peers": list(peers)})

    def list_jobs(self, limit: int = 50, offset: int = 0) -> Json:
        return self._ask("GET", "/jobs", params={"limit": limit, "offset": offset})

    def get_job(self, job_id: int) -> Json:
        return self._ask("GET", f"/jobs/{job_id}")

    def cancel_job(self, job_id: int) -> Json:
        return self._ask("DELETE", f"/jobs/{job_id}")

    def retry_job(self, job_id: int) -> Json:
        """Start over with a job that failed, was cancelled or waits for its next try."""
        return self._ask("POST", f"/jobs/{job_id}/retry")

    def get_transfer(self) -> Json:
        return self._ask("GET", "/transfer")

    def change_transfer(self, chosen: Json) -> Json:
        """`chosen` as `get_transfer` tells it."""
        return self._ask("PUT", "/transfer", json=chosen)

    def reset_transfer(self) -> Json:
        return self._ask("DELETE", "/transfer")

    def get_status(self) -> Json:
        return self._ask("GET", "/status")

    def export(self, target: IO[bytes], *, metainfo: bool = False, trackers: bool = True) -> None:
        """Write the library as a document."""
        params = {"metainfo": metainfo, "trackers": trackers}
        with self._answered(), self._http.stream("GET", "/export", params=params) as response:
            if not response.is_success:
                response.read()
                self._read(response)
            for chunk in response.iter_bytes():
                target.write(chunk)

    def add_export(self, document: IO[bytes], *, dry_run: bool = False) -> Json:
        """Add what a document has and the library lacks; gives a report."""
        chunks = iter(lambda: document.read(CHUNK), b"")
        params = {"dry_run": dry_run}
        return self._ask("POST", "/import", params=params, content=chunks, timeout=IMPORT_TIMEOUT)

    def _ask(self, method: str, path: str, **request: Any) -> Json:
        with self._answered():
            return self._read(self._http.request(method, path, **request))

    @contextlib.contextmanager
    def _answered(self) -> Iterator[None]:
        """No answer is an error as the server's own are."""
        try:
            yield
        except httpx2.TimeoutException as error:
            raise ClientError("unavailable", f"The server at {self._url} took too long to answer.") from error
        except httpx2.TransportError as error:
            message = f"The server at {self._url} does not answer; start it with `momoshtrem serve`."
            raise ClientError("unavailable", message) from error

    def _read(self, response: httpx2.Response) -> Json:
        if response.status_code == httpx2.codes.NO_CONTENT:
            return {}
        try:
            answer: Json = response.json()
            if response.is_success:
                return answer
            problem = answer["error"]
            raise ClientError(problem["code"], problem["message"])
        except (ValueError, LookupError, TypeError) as error:
            status = response.status_code
            message = f"{self._url} answers {status}, but not as momoshtrem does; check the address."
            raise ClientError("unexpected", message) from error


def check_address(text: str) -> str:
    """The address without a slash at its end. Raises ClientError for what is none."""
    with contextlib.suppress(httpx2.InvalidURL):
        url = httpx2.URL(text)
        if url.scheme in ("http", "https") and url.host:
            return text.rstrip("/")
    raise ClientError("invalid_input", f"{text!r} is no address; write it like http://127.0.0.1:4444.")


def given(**fields: Any) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def read_torrent(path: Path) -> bytes:
    """The bytes of a .torrent file. Raises ClientError when it cannot be one."""
    try:
        if path.stat().st_size > MAX_TORRENT:
            raise ClientError("too_large", f"{path} is too large to be a .torrent file.")
        return path.read_bytes()
    except OSError as error:
        raise ClientError("invalid_input", f"{path} cannot be read: {error.strerror}.") from error
