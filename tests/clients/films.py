"""Films of some minutes that take a second to make: a short one, repeated without encoding it again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from momoshtrem.films import make_film

CLIP_SECONDS, TURNS = 10, 24
BITRATE = 300_000
"""Bits per second: twelve megabytes in all, so that a seek leads to pieces that are not there yet."""


def make_long_films(folder: Path) -> tuple[Path, Path]:
    """The same four minutes as an MKV and as an MP4, both with their index at the end."""
    clip = folder / "clip.mkv"
    make_film(clip, CLIP_SECONDS, bitrate=BITRATE)
    films = folder / "film.mkv", folder / "film.mp4"
    for film in films:
        _repeat(clip, film)
    return films


def _repeat(clip: Path, target: Path) -> None:
    with av.open(clip) as source, av.open(target, "w", options={"fflags": "+bitexact"}) as film:
        assert source.duration
        length = Fraction(source.duration, av.time_base)
        streams = [film.add_stream_from_template(stream) for stream in source.streams]
        for turn in range(TURNS):
            source.seek(0)
            for packet in source.demux():
                if packet.dts is None or packet.pts is None:
                    continue
                shift = round(turn * length / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = streams[packet.stream.index]
                film.mux(packet)
