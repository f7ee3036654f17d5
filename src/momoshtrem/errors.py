"""Every error a user can meet.

    MomoshtremError
    ├── InvalidInput            the request or a file is wrong; nothing was changed
    │   ├── InvalidTorrent      not a usable .torrent or magnet
    │   └── InvalidRange        a byte range outside the file
    ├── NotFound                no such item, torrent or path
    ├── Conflict                the request contradicts what is there
    ├── NoMatch                 a torrent without a file for the item
    ├── Unavailable             may work later (`retry_after` seconds)
    │   ├── NoData              the swarm did not deliver in time
    │   │   └── FalseData       it delivered bytes that proved to be wrong
    │   └── ServiceDown         an outside service does not answer
    ├── NotConfigured           a setting is missing (for instance a TMDB key)
    ├── ServiceRefused          an outside service refuses our credentials
    ├── StorageFailed           the disk does not take or give bytes
    └── StartFailed             the server cannot start

`code` is stable and part of the REST contract; the message is a sentence for the user.
"""

from __future__ import annotations

from typing import ClassVar


class MomoshtremError(Exception):
    """Base of all expected errors; `str(error)` is a sentence that says what to do."""

    code: ClassVar[str] = "internal"


class InvalidInput(MomoshtremError):
    code = "invalid_input"


class InvalidTorrent(InvalidInput):
    code = "invalid_torrent"


class InvalidRange(InvalidInput):
    code = "invalid_range"


class NotFound(MomoshtremError):
    code = "not_found"


class Conflict(MomoshtremError):
    code = "conflict"


class NoMatch(MomoshtremError):
    code = "no_match"


class Unavailable(MomoshtremError):
    """Something that may work later.

    Args:
        message: a sentence for the user.
        retry_after: seconds after which another try makes sense.
    """

    code = "unavailable"

    def __init__(self, message: str, retry_after: int = 30) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoData(Unavailable):
    code = "no_data"


class FalseData(NoData):
    code = "false_data"


class ServiceDown(Unavailable):
    code = "service_down"


class NotConfigured(MomoshtremError):
    code = "not_configured"


class ServiceRefused(MomoshtremError):
    code = "service_refused"


class StorageFailed(MomoshtremError):
    code = "storage_failed"


class StartFailed(MomoshtremError):
    code = "start_failed"
