from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from momoshtrem.errors import NoMatch
from momoshtrem.model.media import Episode
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options, Placement, Target
from tests.cli.conftest import Run
from tests.fakes.services import FILE, HASH, JOB, QUALITY, REPORT, FakeServices

MAGNET = f"magnet:?xt=urn:btih:{HASH}"


def test_a_magnet_is_assigned(run: Run, services: FakeServices) -> None:
    told = run("assign", "movie", "1", MAGNET, "--wait", "2").stdout
    assert "1 of 4 files assigned, 1 without an item, 2 skipped" in told
    assert "the movie" in told
    assert "an extra" in told
    assert services.acquire.asked == [(Target("movie", 1), Source(MAGNET), Options(), 2.0)]


def test_a_file_is_assigned(run: Run, services: FakeServices, tmp_path: Path) -> None:
    torrent = tmp_path / "film.torrent"
    torrent.write_bytes(b"d4:infode")
    options = ("--file-index", "2", "--version", "2160p", "--dry-run")
    services.acquire.answer = replace(REPORT, dry_run=True)
    assert "1 of 4 files would be assigned" in run("assign", "episode", "1", str(torrent), *options).stdout
    assert services.acquire.asked == [
        (Target("episode", 1), Source(blob=b"d4:infode"), Options(2, "2160p", True), 30.0)
    ]


def test_episodes_are_named(run: Run, services: FakeServices) -> None:
    episodes = (Episode(1, 1, 1, "Pilot", None, None), Episode(2, 1, 2, None, None, None))
    match = Placement(FILE, episodes, QUALITY, 1.0, "named S01E01E02")
    services.acquire.answer = replace(REPORT, matched=(match,))
    assert "S01E01 S01E02" in run("assign", "show", "1", MAGNET).stdout


def test_an_assignment_may_go_on(run: Run, services: FakeServices) -> None:
    services.acquire.answer = JOB
    assert run("assign", "movie", "1", MAGNET).stdout == "Job 1 goes on: Waiting for a peer.\n"
    assert json.loads(run("assign", "movie", "1", MAGNET, "--json").stdout)["job"]["id"] == 1


def test_an_assignment_that_fails_is_one_line(run: Run, services: FakeServices, tmp_path: Path) -> None:
    services.acquire.answer = NoMatch("No file is this movie.")
    failed = run("assign", "movie", "1", MAGNET)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "Error: No file is this movie.\n"
    missing = run("assign", "movie", "1", str(tmp_path / "nothing.torrent"))
    assert missing.exit_code == 1
    assert missing.stderr.startswith(f"Error: {tmp_path}")
    assert missing.stderr.count("\n") == 1


def test_files_are_taken_off(run: Run, services: FakeServices) -> None:
    assert run("unassign", "movie", "1").exit_code == 0
    assert run("unassign", "episode", "1").exit_code == 0
    assert services.acquire.unassigned == [("movie", 1), ("episode", 1)]
    assert run("unassign", "show", "1").exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("list",)])
def test_torrents_are_listed(run: Run, arguments: tuple[str, ...]) -> None:
    told = run("torrents", *arguments).stdout
    assert HASH in told
    assert "50%" in told
    assert "8.2 kB" in told
    assert "1 in all" in told


def test_a_list_fits_into_a_narrow_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = run("torrents").stdout.splitlines()
    assert [line.split() for line in told[1:3]] == [
        ["The.Matrix.1999", "ready", "15", "bytes", "8.2", "kB"],
        [HASH, "50%"],
    ]


def test_one_torrent_is_shown(run: Run) -> None:
    told = run("torrents", "show", HASH).stdout
    assert f"The.Matrix.1999 ({HASH})" in told
    assert "50% on disk, 8.2 kB in the cache" in told
    assert FILE.path in told
    assert "assigned" in told


@pytest.mark.parametrize("option", [(), ("--delete-data",)])
def test_a_torrent_is_removed(run: Run, services: FakeServices, option: tuple[str, ...]) -> None:
    assert run("torrents", "remove", HASH, *option).exit_code == 0
    assert services.torrents.removed == [(HASH, bool(option))]


def test_a_torrent_is_taken_out_of_the_cache(run: Run, services: FakeServices) -> None:
    assert run("torrents", "evict", HASH).exit_code == 0
    assert services.torrents.evicted == [HASH]
