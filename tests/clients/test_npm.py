"""The npm package `webdav`, which web players are built on; `make test-tools` installs it."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from tests.clients.conftest import Film, Show
from tests.clients.programs import client, run
from tests.e2e.user import User

PACKAGE = Path(sys.prefix) / "npm" / "node_modules" / "webdav"

pytestmark = client("node", PACKAGE / "package.json")

SCRIPT = """
const { createClient } = await import(process.argv[1]);
const [url, username, password, work, ...given] = process.argv.slice(2);
const client = createClient(url, { username, password });
console.log(JSON.stringify(await eval(work)(client, ...given)));
"""


async def ask(user: User, work: str, *given: str) -> Any:
    """What a JavaScript function of the client and strings gives."""
    module = (PACKAGE / "dist" / "node" / "index.js").as_uri()
    arguments = (module, user.server.webdav_url, *user.server.auth, work, *given)
    return json.loads(await run("node", "--input-type=module", "--eval", SCRIPT, *arguments))


async def test_films_are_listed(show: Show) -> None:
    entries = await ask(show.user, "(client, folder) => client.getDirectoryContents(folder)", show.folder)

    listed = [(entry["filename"], entry["size"], entry["type"]) for entry in entries]
    assert listed == [(film.path, film.source.stat().st_size, "file") for film in show.films]


async def test_a_film_is_streamed_from_its_middle(film: Film) -> None:
    work = """async (client, path) => {
        const hash = (await import("node:crypto")).createHash("sha256");
        const range = { start: 7000000, end: 7099999 };
        for await (const chunk of client.createReadStream(path, { range })) hash.update(chunk);
        return hash.digest("hex");
    }"""

    part = film.source.read_bytes()[7_000_000:7_100_000]
    assert await ask(film.user, work, film.path) == hashlib.sha256(part).hexdigest()


async def test_what_is_missing_is_missing(show: Show) -> None:
    assert await ask(show.user, "(client, path) => client.exists(path)", f"{show.folder}/S01E03.mkv") is False


async def test_listing_without_end_is_refused(show: Show) -> None:
    work = '(client) => client.getDirectoryContents("/", { deep: true }).catch((error) => error.status)'

    assert await ask(show.user, work) == 403
