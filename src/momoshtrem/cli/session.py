"""What commands share: the settings, a client of the server, common options, errors that are one line."""

from __future__ import annotations

import os
import ssl
import tomllib
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.core import TyperGroup

from momoshtrem.cli.output import plain
from momoshtrem.client import Client, ClientError, check_address
from momoshtrem.errors import MomoshtremError
from momoshtrem.folder import DataFolder
from momoshtrem.settings import Settings, config_file
from momoshtrem.tls import trust_only

HINTS = {"unauthorized": " Set MOMOSHTREM_TOKEN to the token of that server."}

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]
ItemId = Annotated[int, typer.Argument(metavar="ID")]
Limit = Annotated[int, typer.Option(min=1, max=500)]
Offset = Annotated[int, typer.Option(min=0)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server is; an empty `url` means: on this machine, as the settings say."""

    url: str
    transport: httpx2.BaseTransport | None


class Commands(TyperGroup):
    """Commands whose expected errors are one line on stderr and the exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (ClientError, MomoshtremError) as error:
            typer.echo(f"Error: {plain(error)}{HINTS.get(error.code, '')}", err=True)
            raise typer.Exit(1) from None


def connect(ctx: typer.Context) -> Client:
    """A client of the server, open until the command ends."""
    place: Place = ctx.obj
    url, token, trust = place.url, os.environ.get("MOMOSHTREM_TOKEN"), None
    if not url or (not token and is_local(url)):
        settings = load_settings()
        trust = find_trust(settings)
        url = url or f"{'https' if trust else 'http'}://127.0.0.1:{settings.api.port}"
        token = token or find_token(settings)
    client = Client(url, token, transport=place.transport, trust=trust)
    ctx.call_on_close(client.close)
    return client


def is_local(url: str) -> bool:
    """Whether a server is on this machine; no other one is ever given the token of this one."""
    return httpx2.URL(check_address(url)).host in {"127.0.0.1", "::1", "localhost"}


def find_token(settings: Settings) -> str | None:
    """The token that a server on this machine has kept."""
    kept = DataFolder(settings.data_dir).read_credentials()
    return kept.token if kept else None


def find_trust(settings: Settings) -> ssl.SSLContext | None:
    """What believes the certificate of a server on this machine, which is not for the name 127.0.0.1."""
    return trust_only(settings.tls.certificate) if settings.tls.certificate else None


def load_settings() -> Settings:
    """The settings in force. Ends the program with code 2, naming each key that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        mistakes = [describe(mistake) for mistake in error.errors()]
    except SettingsError as error:
        mistakes = [str(error)]
    except (tomllib.TOMLDecodeError, OSError) as error:
        mistakes = [f"{config_file()}: {error}"]
    for mistake in mistakes:
        typer.echo(f"Error: {plain(mistake)}", err=True)
    raise typer.Exit(2)


def describe(mistake: Any) -> str:
    """A wrong setting by its key and its variable, without its value: it may be a secret."""
    parts = [str(part) for part in mistake["loc"]]
    unknown = mistake["type"] == "extra_forbidden"
    reason = "there is no such setting" if unknown else mistake["msg"].removeprefix("Value error, ")
    return f"{'.'.join(parts)} (MOMOSHTREM_{'__'.join(parts).upper()}): {reason}"
