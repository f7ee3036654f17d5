from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.client import Site
from bench.swarm.player import FULL, START, Broken, Film, Playback, Stream, count_bytes

RATE = 1000.0
CONTENT = bytes(range(256)) * 400
HEAD = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-\r\n\r\n"

spans = st.tuples(st.integers(0, 40), st.integers(0, 20)).map(lambda span: (span[0], sum(span)))


@given(st.lists(spans))
def test_bytes_in_more_than_one_range_count_once(ranges: list[tuple[int, int]]) -> None:
    assert count_bytes(ranges) == len({at for begin, end in ranges for at in range(begin, end)})


def test_a_player_waits_plays_and_stalls() -> None:
    playback = Playback(RATE)
    playback.pass_time(0.5)
    playback.receive(int(START * RATE) - 1)
    assert not playback.playing

    playback.receive(1)
    playback.pass_time(START - 0.1)
    assert (playback.playing, playback.stalls) == (True, 0)

    playback.pass_time(0.2)
    playback.pass_time(3.0)
    assert (playback.playing, playback.stalls, playback.stalled, playback.wait) == (False, 1, 3.0, 0.5)

    playback.receive(int(START * RATE))
    playback.pass_time(1.0)
    assert (playback.playing, playback.stalled) == (True, 3.0)


@given(st.lists(st.tuples(st.integers(1, 3000), st.floats(0.001, 1.0))))
def test_a_player_never_has_less_than_nothing(steps: list[tuple[int, float]]) -> None:
    playback = Playback(RATE)
    for size, seconds in steps:
        playback.receive(size)
        playback.pass_time(seconds)
        assert playback.buffered >= 0
        assert playback.full == (playback.buffered >= FULL * RATE)


def test_a_stream_is_checked_and_knows_its_place(tmp_path: Path) -> None:
    with serve(HEAD % 100 + CONTENT[100:]) as site, Stream(make_film(site, tmp_path), 100) as stream:
        stream.take_until(len(CONTENT))
        assert stream.at == len(CONTENT)
        assert 0 < stream.first <= stream.elapsed


@pytest.mark.parametrize(("lies", "until"), [(False, 501), (True, len(CONTENT))])
def test_false_bytes_end_the_bench(tmp_path: Path, lies: bool, until: int) -> None:
    answer = HEAD % 0 + CONTENT[:500] + b"?" + CONTENT[501:]
    wrong = pytest.raises(RuntimeError, match="wrong bytes")
    with serve(answer) as site, Stream(make_film(site, tmp_path, lies=lies)) as stream, wrong:
        stream.take_until(until)


def test_false_bytes_of_a_liar_that_are_cut_short_are_asked_for_again(tmp_path: Path) -> None:
    answers = (HEAD % 0 + b"?" + CONTENT[1:500], HEAD % 0 + CONTENT)
    with serve(*answers) as site, Stream(make_film(site, tmp_path, lies=True)) as stream:
        stream.take_until(len(CONTENT))
        assert stream.at == len(CONTENT)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 503 No\r\n\r\n", HEAD % 7 + CONTENT, HEAD % 0 + CONTENT[:9]]
)
def test_what_is_not_the_film_breaks_the_measure_off(answer: bytes, tmp_path: Path) -> None:
    with serve(answer) as site, Stream(make_film(site, tmp_path)) as stream, pytest.raises(Broken):
        stream.take_until(10)


def make_film(site: Site, folder: Path, *, lies: bool = False) -> Film:
    source = folder / "film.mkv"
    source.write_bytes(CONTENT)
    return Film(site, "/film.mkv", source, len(CONTENT), piece_length=1024, capacity=RATE, lies=lies)


@contextmanager
def serve(*answers: bytes) -> Iterator[Site]:
    """A server that gives each request the next answer and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reply() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        yield Site(f"127.0.0.1:{server.getsockname()[1]}")
        thread.join()
