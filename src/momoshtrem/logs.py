"""Logging: one handler to stderr, as text or JSON lines, with secrets taken out of every line.

And files of lines beside it, for what only somebody who looks for it wants.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

SECRETS = re.compile(
    r"(?P<magnet>magnet:\?[^\s'\"]*?xt=urn:bt[im]h:\w{8})[^\s'\"]*"
    r"|(?P<key>(?<![a-z0-9])(?:api_?key|passkey|password|token|authkey|torrent_pass|rsskey)"
    r"['\"]?\s?[=:]\s?['\"]?)[^\s&'\"]+"
    r"|(?P<auth>Authorization['\"]?:\s*['\"]?\w+\s+)[^\s'\"]+"
    r"|(?P<url>\b(?:https?|udp|wss?)://[^\s'\"]*?[/=])(?=[a-z]*\d)[0-9a-z]{20,}[^\s'\"]*",
    re.IGNORECASE,
)
"""Trackers know their members by a long key in the path or the query of the URL."""

log = logging.getLogger(__name__)


def redact(text: str) -> str:
    """The text without keys, passwords and the tails of magnet links."""
    return SECRETS.sub(lambda found: f"{found[found.lastgroup or 0]}…", text)


class TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure(level: str, form: str) -> None:
    """Send all logging of the process to stderr; `form` is `text` or `json`."""
    stderr = logging.StreamHandler()
    stderr.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[stderr], force=True)
    # The faces log what fails themselves; uvicorn would add a second traceback for each broken stream.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


class LineFile(RotatingFileHandler):
    """A file of lines; when it has `limit` bytes it becomes `<name>.1` and is begun anew."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(path, maxBytes=limit, backupCount=1, encoding="utf-8", delay=True, errors="replace")
        self._failed = False

    def write(self, line: str) -> None:
        """Add a line; a disk that does not take it is told of once."""
        self.handle(logging.makeLogRecord({"msg": line}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - a name of the base class
        if not self._failed:
            self._failed = True
            log.warning("%s cannot be written: %s", self.baseFilename, sys.exc_info()[1])

    def close(self) -> None:
        with suppress(OSError):
            super().close()
