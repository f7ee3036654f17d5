"""Answers of the API as tables for people, or as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import typer
from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from momoshtrem.client import Json


def tell(answer: Json, as_json: bool, render: Callable[[Json], RenderableType]) -> None:
    """Write an answer to stdout."""
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(render(answer))


def plain(value: object) -> str:
    """Text that cannot steer a terminal: names come from strangers."""
    text = "" if value is None else str(value)
    return "".join(each if each.isprintable() else " " for each in text)


def table(
    columns: Iterable[str], rows: Iterable[Iterable[object]], whole: Collection[str] = ("info-hash",)
) -> Table:
    """The columns that are to stay `whole` are not folded, however narrow the terminal is."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in whole)
    for row in rows:
        made.add_row(*(Text(plain(value)) for value in row))
    return made


def lines(*texts: str) -> Text:
    return Text("\n".join(plain(text) for text in texts if text))


def items(page: Json) -> RenderableType:
    """A page of movies or shows."""
    keys = ("id", "title", "year", "tmdb_id", "path")
    rows = ([*(each[key] for key in keys), pin(each)] for each in page["items"])
    return Group(table((*keys, ""), rows), counted(page))


def counted(page: Json) -> Text:
    first, shown, total = page["offset"] + 1, len(page["items"]), page["total"]
    if shown == total:
        return lines(f"{total} in all")
    return lines(f"{first} to {first + shown - 1} of {total}" if shown else f"none here of {total}")


def item(found: Json) -> Text:
    """A movie or a show in a line."""
    year = f" ({found['year']})" if found["year"] else ""
    name = f"{found['id']}: {found['title']}{year}"
    return lines(name, found["path"] or "nothing assigned yet", pin(found))


def pin(found: Json) -> str:
    return "pinned" if found["pinned"] else ""


def movie(found: Json) -> RenderableType:
    files = found["assignments"]
    failures = (f"{each['path']} was not delivered: {each['failure']}" for each in files if each["failure"])
    return Group(item(found), *([assignments(files)] if files else []), *map(lines, failures))


def show(found: Json) -> RenderableType:
    """A show with its episodes, each with the file that players see."""
    columns = ("id", "episode", "name", "aired", "", "file")
    rows = (episode_row(season, each) for season in found["seasons"] for each in season["episodes"])
    return Group(item(found), table(columns, rows))


def episode_row(season: Json, episode: Json) -> list[Any]:
    name = number(season["number"], episode["number"])
    return [episode["id"], name, episode["name"], episode["air_date"], pin(episode), shown_file(episode)]


def refreshed(answer: Json) -> RenderableType:
    return lines(f"{answer['added']} new episodes of {answer['show']['title']}")


def number(season: int, episode: int) -> str:
    return f"S{season:02d}E{episode:02d}"


def shown_file(episode: Json) -> str | None:
    return next((each["path"] for each in episode.get("assignments", ()) if each["rank"] == 0), None)


def assignments(found: list[Json]) -> Table:
    keys = ("id", "rank", "version", "path")
    rows = ([*(each[key] for key in keys), *quality(each)] for each in found)
    return table(("id", "rank", "version", "file", "size", "quality"), rows)


def quality(file: Json) -> tuple[str, str]:
    """The size of a file and how it was made."""
    kinds = (file[key] for key in ("resolution", "source", "codec", "hdr", "group"))
    return decimal(file["size"]), " ".join(kind for kind in kinds if kind)


def assigned(answer: Json) -> RenderableType:
    """What an assignment did, or that a job goes on with it."""
    if job := answer.get("job"):
        return lines(f"Job {job['id']} goes on: {job['message']}")
    summary = answer["summary"]
    done = "would be assigned" if answer["dry_run"] else "assigned"
    head = lines(
        f"{answer['name']} ({answer['info_hash']})",
        f"{summary['matched']} of {summary['total_files']} files {done}, "
        f"{summary['unmatched']} without an item, {summary['skipped']} skipped",
    )
    matched = ([each["path"], target(each), *quality(each)] for each in answer["matched"])
    others = ([each["path"], each["reason"], decimal(each["size"]), ""] for each in answer["unmatched"])
    notes = (f"{each['path']} {note}" for each in answer["matched"] for note in notes_on(each))
    return Group(head, table(("file", "for", "size", "quality"), [*matched, *others]), lines(*notes))


def notes_on(match: Json) -> list[str]:
    """What a matched file does to others, and whether it waits itself."""
    waits = f"is only a proposal ({match['reason']}); list it with `momoshtrem confirm`"
    return [*([waits] if match["proposed"] else []), *match["notes"]]


def target(match: Json) -> str:
    """What a matched file is for; a movie's has no episodes."""
    return " ".join(number(each["season"], each["number"]) for each in match["episodes"]) or "the movie"


def torrents(page: Json) -> RenderableType:
    """A torrent takes two lines, its info-hash is below its name."""
    columns = ("torrent", "state", "size", "cached")
    rows = (row for each in page["items"] for row in torrent_rows(each))
    return Group(table(columns, rows, columns[1:]), counted(page))


def torrent_rows(torrent: Json) -> Iterator[list[Any]]:
    yield [torrent["name"], torrent["state"], decimal(torrent["total_size"]), decimal(torrent["cached"])]
    rate = f"{decimal(torrent['download_rate'])}/s" if torrent["peers"] else ""
    yield [torrent["info_hash"], rate, "", f"{torrent['progress']:.0%}"]


def torrent(found: Json) -> RenderableType:
    """A torrent with its files and whether they are assigned."""
    used = {each["file_index"] for each in found["assignments"]}
    rows = (
        [each["index"], each["path"], decimal(each["size"]), "assigned" if each["index"] in used else ""]
        for each in found["files"]
    )
    head = lines(
        f"{found['name']} ({found['info_hash']})",
        f"{found['state']}, {decimal(found['total_size'])}, {found['progress']:.0%} on disk, "
        f"{decimal(found['cached'])} in the cache",
        f"{decimal(found['download_rate'])}/s, peers: {found['peers']}",
        f"{decimal(found['downloaded'])} downloaded, {decimal(found['uploaded'])} uploaded{ratio(found)}",
        *(reader(each) for each in found["readers"]),
        found["reason"] or "",
    )
    return Group(head, table(("index", "file", "size", ""), rows))


def ratio(torrent: Json) -> str:
    return "" if torrent["ratio"] is None else f" (ratio {torrent['ratio']:.2f})"


def reader(found: Json) -> str:
    ahead = f"{decimal(found['window'])} ahead" if found["window"] else "wants nothing"
    at = f"at {decimal(found['position'])} of file {found['file_index']}, {decimal(found['rate'])}/s"
    return f"reader: {found['kind']} {at}, {ahead}"


def transfer(found: Json) -> RenderableType:
    """What holds, and what goes over the wire."""
    chosen, rule = found["chosen"], found["rule"]
    by = "" if rule is None else f", by rule {rule + 1} of the schedule"
    until = f", until {moment(found['until'])}" if found["until"] else ""
    targets = f" (ratio {chosen['seed_ratio']:g} or {chosen['seed_hours']:g} h)"
    return lines(
        f"Upload: {chosen['upload']}{targets if chosen['upload'] == 'targets' else ''}",
        f"Limits: down {limit(found['max_download'])}, up {limit(found['max_upload'])}{by}{until}",
        f"Now: down {decimal(found['download_rate'])}/s, up {decimal(found['upload_rate'])}/s",
        f"In all: down {decimal(found['downloaded'])}, up {decimal(found['uploaded'])}",
        "Changed while running; `momoshtrem transfer reset` takes the settings again."
        if found["changed"]
        else "",
    )


def moment(text: str) -> str:
    """By the clock on the wall here."""
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"


def limit(rate: int) -> str:
    return f"{decimal(rate)}/s" if rate else "none"


def jobs(page: Json) -> RenderableType:
    keys = ("id", "kind", "state", "attempts", "message")
    rows = ([each[key] for key in keys] for each in page["items"])
    return Group(table(keys, rows), counted(page))


def job(found: Json) -> RenderableType:
    """How a job stands, and on what it works."""
    waits = f", next try at {found['next_try_at']}" if found["state"] == "queued" else ""
    return lines(
        f"Job {found['id']} ({found['kind']}): {found['state']}, {found['attempts']} attempts{waits}",
        found["message"],
        *(f"{key}: {value}" for key, value in found["subject"].items() if value),
    )


def imported(report: Json) -> RenderableType:
    """What an import did, and the first of what it left out."""
    kinds = ("torrents", "movies", "shows", "episodes", "files", "corrections")
    counts = ("added", "kept", "skipped")
    rows = ([kind, *(report[kind][name] for name in counts)] for kind in kinds)
    return Group(
        table(("would be" if report["dry_run"] else "", *counts), rows),
        lines(
            f"{report['searched']} torrents wait for their file lists; see `momoshtrem jobs`."
            if report["searched"]
            else "",
            *(f"{each['place']}: {each['reason']}" for each in report["skipped"]),
        ),
    )


def network(found: Json) -> Iterator[str]:
    """What of the network is not as it is by default."""
    if found["interface"]:
        yield f"The swarm is reached by {found['interface']} ({', '.join(found['addresses']) or 'gone'})"
    if found["proxy"]:
        yield f"The swarm is reached through {found['proxy']}"
    if (blocklist := found["blocklist"]) and blocklist["read_at"]:
        yield f"{blocklist['ranges']} ranges of addresses are blocked since {blocklist['read_at'][:16]}"


def status(found: Json) -> RenderableType:
    uptime = timedelta(seconds=round(found["uptime"]))
    counts, disk = found["counts"], found["disk"]
    return lines(
        f"momoshtrem {found['version']}, up for {uptime}",
        f"{counts['movies']} movies, {counts['shows']} shows, {counts['torrents']} torrents"
        if counts
        else "",
        f"{decimal(disk['cache'])} of {decimal(disk['max_size'])} in the cache, {decimal(disk['free'])} free"
        if disk
        else "",
        *network(found["engine"]["network"]),
        *(f"{each['level']}: {each['message']}" for each in found["problems"]),
        "" if found["problems"] else "Nothing is wrong.",
    )
