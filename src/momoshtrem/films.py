"""Short films of a moving test picture and a tone, for the demo and the tests.

PyAV is the extra `media`. One encoder thread and bit-exact muxing: the same version of PyAV makes
the same bytes again.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from momoshtrem.errors import InvalidInput, NotConfigured

if TYPE_CHECKING:
    from av import AudioFrame, Packet, VideoFrame
    from av.container import OutputContainer
    from av.filter import Graph

Frame = TypeVar("Frame")

SUFFIXES = (".mkv", ".mp4")
WIDTH, HEIGHT = 640, 360
FRAME_RATE = 25
SAMPLE_RATE = 48_000
EXACT = {"flags": "+bitexact"}
X264 = {**EXACT, "preset": "ultrafast", "threads": "1", "g": str(2 * FRAME_RATE)}


def make_film(path: Path, seconds: int = 45, *, bitrate: int = 3_000_000, faststart: bool = False) -> None:
    """Write a film of H.264 and AAC; the suffix of `path` (`.mkv` or `.mp4`) says the container.

    The index of a Matroska file (Cues) comes last, and so does that of an MP4 (`moov`) unless
    `faststart`. `bitrate` is the picture's, in bits per second. Raises NotConfigured without PyAV.
    """
    if path.suffix not in SUFFIXES:
        raise InvalidInput(f"A film ends in {' or '.join(SUFFIXES)}; {path.name} does not.")
    try:
        import av.filter  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise NotConfigured(
            'Making a film needs PyAV; install it with: pip install "momoshtrem[media]".'
        ) from error
    layout = {"movflags": "+faststart"} if faststart else {}
    with av.open(path, "w", options={"fflags": "+bitexact", **layout}) as film:
        picture = _picture(av.filter.Graph(), seconds)
        tone = _tone(av.filter.Graph(), seconds)
        _encode(film, picture, tone, bitrate)


def _encode(
    film: OutputContainer, picture: Iterator[VideoFrame], tone: Iterator[AudioFrame], bitrate: int
) -> None:
    """Picture and tone go in by time, so that a player finds what belongs together side by side."""
    video = film.add_stream("libx264", FRAME_RATE, options=X264)
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    video.bit_rate = bitrate
    audio = film.add_stream("aac", SAMPLE_RATE, options=EXACT)
    packets = heapq.merge(
        _encoded(video.encode, picture),
        _encoded(audio.encode, tone),
        key=lambda packet: (packet.dts or 0) * packet.time_base,
    )
    for packet in packets:
        film.mux(packet)


def _encoded(
    encode: Callable[[Frame | None], list[Packet[Any]]], frames: Iterator[Frame]
) -> Iterator[Packet[Any]]:
    for frame in frames:
        yield from encode(frame)
    yield from encode(None)


def _picture(graph: Graph, seconds: int) -> Iterator[VideoFrame]:
    """A moving pattern with a clock; the noise keeps it from packing into a few kilobytes."""
    graph.link_nodes(
        graph.add("testsrc2", f"size={WIDTH}x{HEIGHT}:rate={FRAME_RATE}:duration={seconds}"),
        graph.add("noise", "alls=18:allf=t:all_seed=7"),
        graph.add("format", "pix_fmts=yuv420p"),
        graph.add("buffersink"),
    ).configure()
    with contextlib.suppress(EOFError):
        while True:
            frame = graph.vpull()
            frame.pict_type = 0  # else every frame becomes a key frame
            yield frame


def _tone(graph: Graph, seconds: int) -> Iterator[AudioFrame]:
    graph.link_nodes(
        graph.add("sine", f"frequency=440:sample_rate={SAMPLE_RATE}:duration={seconds}"),
        graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"),
        graph.add("asetnsamples", "n=1024"),
        graph.add("abuffersink"),
    ).configure()
    with contextlib.suppress(EOFError):
        while True:
            yield cast("AudioFrame", graph.pull())
