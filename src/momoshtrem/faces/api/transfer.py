"""What goes over the wire, over REST."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from momoshtrem.faces.api.answers import Answer, Bytes, Rate
from momoshtrem.faces.api.bodies import TransferBody
from momoshtrem.faces.api.inputs import Wired
from momoshtrem.settings import Transfer


class Transfers(Answer):
    """`chosen` is what holds, from the settings unless it was `changed`; it can be sent back with PUT.

    In force now are `max_download` and `max_upload`, 0 for no limit: those that were chosen, or where its
    schedule says so those of the `rule` at this place (from 0), `until` that changes. `uploaded` and
    `downloaded` are of all torrents of the library since they were added.
    """

    chosen: Transfer
    changed: bool
    max_download: Rate
    max_upload: Rate
    rule: int | None = Field(examples=[0])
    until: datetime | None
    download_rate: Rate
    upload_rate: Rate
    uploaded: Bytes
    downloaded: Bytes


async def get_transfer(services: Wired) -> Transfers:
    """Upload policy, limits and what goes over the wire."""
    return Transfers.model_validate(await services.transfers.get())


async def change_transfer(body: TransferBody, services: Wired) -> Transfers:
    """Have another upload policy, limits and schedule, within a second, also after a restart.

    What is left out is as without any setting.
    """
    return Transfers.model_validate(await services.transfers.replace(body.to_transfer()))


async def reset_transfer(services: Wired) -> Transfers:
    """Have what the settings say again."""
    return Transfers.model_validate(await services.transfers.reset())
