"""What a player does with one film that was never opened. All of it runs in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from bench.swarm.player import START, Broken, Film, Playback, Stream
from bench.swarm.profiles import (
    MIB,
    PLAY_TIME,
    READERS,
    SEEKS,
    STAY,
    STREAM_TIME,
    TWO_TIME,
    Profile,
)

Samples = dict[str, list[float]]

COLD, COLD_MIB, WARM = "first byte, cold", "first MiB, cold", "first byte, warm"
GOODPUT = "goodput"
SEEK, SEEK_MIB = "first byte after a seek", "first MiB after a seek"
TWO, FAIR = "two readers together", "the worse of two readers"
HEAD, TAIL, OPENING = "opening: head", "opening: tail", "opening and 2 s of film"
WAIT, STALLS, STALLED = "wait before playing", "stalls while playing", "time stalled"
FRAME = "first frame of an MP4, index at its end"
AGAIN, UNREAD = "fetched twice or thrown away", "unread for each position left"
FIGURES = (
    *(COLD, COLD_MIB, WARM, SEEK, SEEK_MIB, GOODPUT, TWO, FAIR),
    *(HEAD, TAIL, OPENING, WAIT, STALLS, STALLED, FRAME, AGAIN, UNREAD),
)
"""In the order of the table."""

HEAD_SIZE, TAIL_SIZE = MIB // 2, MIB
PAUSE = 0.02
FRAME_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """Figures, and the ranges that were delivered."""

    samples: Samples
    ranges: list[tuple[int, int]] = field(default_factory=list)


Measure = Callable[[Film, Profile], Seen]


def measure_seeks(film: Film, _: Profile) -> Seen:
    """Open, watch for a while, jump about, come back to the beginning."""
    samples: Samples = {SEEK: [], SEEK_MIB: []}
    with Stream(film) as stream:
        samples[COLD_MIB] = [stream.take_until(MIB)]
        samples[COLD] = [stream.first]
        samples[GOODPUT] = [stream.measure_rate(STREAM_TIME)]
    ranges = [(0, stream.at)]
    for position in SEEKS:
        with Stream(film, position) as stream:
            samples[SEEK_MIB].append(stream.take_until(position + MIB))
            samples[SEEK].append(stream.first)
            stream.take_for(STAY)
        ranges.append((position, stream.at))
    with Stream(film) as stream:
        stream.take_until(1)
        samples[WARM] = [stream.first]
    return Seen(samples, ranges)


def measure_two(film: Film, _: Profile) -> Seen:
    """Two players at once, each as fast as it can, until both are measured."""
    rates: dict[int, float] = dict.fromkeys(READERS, 0.0)
    problems: list[Broken] = []

    def read(position: int) -> None:
        try:
            with Stream(film, position) as stream:
                rates[position] = stream.measure_rate(TWO_TIME)
                while not all(rates.values()) and not problems:
                    stream.take_for(PAUSE)
        except Broken as problem:
            problems.append(problem)

    threads = [threading.Thread(target=read, args=(position,)) for position in READERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return Seen({TWO: [sum(rates.values())], FAIR: [min(rates.values()) / max(rates.values())]})


def measure_opening(film: Film, profile: Profile) -> Seen:
    """The head, the tail, then the body until there is film to play."""
    with Stream(film) as stream:
        head = stream.take_until(HEAD_SIZE)
    with Stream(film, film.size - TAIL_SIZE) as stream:
        tail = stream.take_until(film.size)
    with Stream(film) as stream:
        body = stream.take_until(MIB + int(START * profile.film_rate))
    return Seen({HEAD: [head], TAIL: [tail], OPENING: [head + tail + body]})


def measure_play(film: Film, profile: Profile) -> Seen:
    """Play at a share of what the swarm can give."""
    playback = Playback(profile.play_share * film.capacity)
    with Stream(film) as stream:
        now = stream.take_until(1)
        playback.pass_time(now)
        playback.receive(stream.at)
        while now < PLAY_TIME:
            _take_or_wait(stream, playback)
            before, now = now, stream.elapsed
            playback.pass_time(now - before)
    return Seen(
        {WAIT: [playback.wait], STALLS: [float(playback.stalls)], STALLED: [playback.stalled]},
        [(0, stream.at)],
    )


def _take_or_wait(stream: Stream, playback: Playback) -> None:
    if playback.full:
        time.sleep(PAUSE)
        return
    try:
        playback.receive(stream.take(PAUSE))
    except TimeoutError:
        return


def measure_frame(film: Film, _: Profile) -> Seen:
    """ffmpeg shows the first picture and ends."""
    program = shutil.which("ffmpeg")
    if program is None:
        print("No ffmpeg to play with; apt-get install ffmpeg")
        return Seen({})
    headers = "".join(f"{name}: {value}\r\n" for name, value in film.site.headers.items())
    url = f"http://{film.site.address}{quote(film.path)}"
    command = [program, "-v", "error", "-headers", headers, "-i", url]
    command += ["-frames:v", "1", "-an", "-f", "framemd5", "-"]
    begun = time.perf_counter()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=FRAME_LIMIT, check=False
    )
    if done.returncode or b"\n0," not in done.stdout:
        raise Broken(f"ffmpeg shows nothing: {done.stderr.decode(errors='replace')[:200]}")
    return Seen({FRAME: [time.perf_counter() - begun]})
