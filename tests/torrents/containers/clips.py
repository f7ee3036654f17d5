"""Real films in every container, what ffmpeg reads of one when it opens it, and how a probe is fed."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av

from momoshtrem.films import make_film
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.containers.probe import Probe

SECONDS = 8
CHAPTERS = [(0.0, "Opening"), (2.5, "Titles – Ünïcode"), (6.0, "End")]
CLIPS: dict[str, tuple[str, dict[str, str]]] = {
    "mkv": ("film.mkv", {}),
    "mkv with cues in front": ("film.mkv", {"reserve_index_space": "20000"}),
    "mkv without cues": ("film.mkv", {"live": "1"}),
    "mp4": ("film.mp4", {}),
    "mp4 with moov in front": ("film.mp4", {"movflags": "+faststart"}),
    "mp4 in fragments": ("film.mp4", {"movflags": "+frag_keyframe+empty_moov"}),
    "mp4 in listed fragments": ("film.mp4", {"movflags": "+frag_keyframe+empty_moov+global_sidx"}),
    "mov": ("film.mov", {}),
    "avi": ("film.avi", {}),
    "ts": ("film.ts", {}),
    "m2ts": ("film.m2ts", {"mpegts_m2ts_mode": "1"}),
}


class TracedFile(io.BytesIO):
    """Notes which bytes were read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads: list[range] = []

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        found = super().read(size)
        self.reads.append(range(start, start + len(found)))
        return found


def probe(name: str, content: bytes) -> Outline:
    return run_probe(name, content)[0]


def run_probe(name: str, content: bytes) -> tuple[Outline, list[range]]:
    """What a probe finds, and what it wanted for it."""
    wanted = []
    found = Probe(name, len(content))
    while found.wants is not None:
        wanted.append(found.wants)
        found.feed(bytearray(content[found.wants.start : found.wants.stop]))
    return found.outline, wanted


def open_clip(content: bytes) -> tuple[float | None, list[range]]:
    """The duration in seconds that ffmpeg finds, and what it reads for it."""
    file = TracedFile(content)
    with av.open(file, "r") as film:
        return film.duration and film.duration / av.time_base, file.reads


@cache
def make_clip(kind: str) -> bytes:
    """A film of SECONDS, with CHAPTERS where the container has them."""
    name, options = CLIPS[kind]
    with TemporaryDirectory() as folder:
        source, path = Path(folder, "source.mkv"), Path(folder, name)
        source.write_bytes(_make_source())
        if path.suffix == ".avi":
            _encode(source, path)
        else:
            _copy(source, path, options)
        return path.read_bytes()


@cache
def _make_source() -> bytes:
    with TemporaryDirectory() as folder:
        make_film(Path(folder, "source.mkv"), SECONDS)
        return Path(folder, "source.mkv").read_bytes()


def _copy(source: Path, path: Path, options: dict[str, str]) -> None:
    with av.open(source) as film, av.open(path, "w", options=options) as copied:
        streams = {stream: copied.add_stream_from_template(stream) for stream in film.streams}
        copied.set_chapters(_chapters())
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                copied.mux(packet)


def _chapters() -> list[Any]:
    ends = [*(start for start, _ in CHAPTERS[1:]), SECONDS]
    return [
        {
            "id": number,
            "start": int(start * 1000),
            "end": int(end * 1000),
            "time_base": Fraction(1, 1000),
            "metadata": {"title": title},
        }
        for number, ((start, title), end) in enumerate(zip(CHAPTERS, ends, strict=True))
    ]


def _encode(source: Path, path: Path) -> None:
    """Old codecs for an old container; the picture alone."""
    with av.open(source) as film, av.open(path, "w") as encoded:
        video = encoded.add_stream("mpeg4", 25)
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        video.bit_rate = 3_000_000
        for frame in film.decode(video=0):
            frame.pict_type = 0
            encoded.mux(video.encode(frame))
        encoded.mux(video.encode(None))
