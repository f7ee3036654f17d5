"""Media types of files. Never `text/html`: Kodi takes that for a folder."""

from __future__ import annotations

UNKNOWN = "application/octet-stream"
MEDIA_TYPES = {
    "mkv": "video/x-matroska",
    "mka": "audio/x-matroska",
    "webm": "video/webm",
    "mp4": "video/mp4",
    "m4v": "video/x-m4v",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "divx": "video/x-msvideo",
    "wmv": "video/x-ms-wmv",
    "asf": "video/x-ms-asf",
    "flv": "video/x-flv",
    "ts": "video/mp2t",
    "m2ts": "video/mp2t",
    "mts": "video/mp2t",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "vob": "video/mpeg",
    "ogv": "video/ogg",
    "ogm": "video/ogg",
    "3gp": "video/3gpp",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "flac": "audio/flac",
    "srt": "application/x-subrip",
    "ass": "text/x-ssa",
    "ssa": "text/x-ssa",
    "vtt": "text/vtt",
    "sub": "text/plain",
    "txt": "text/plain",
    "nfo": "text/plain",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


def media_type(name: str) -> str:
    """The media type of a file, by its extension."""
    return MEDIA_TYPES.get(name.rpartition(".")[2].lower(), UNKNOWN)
