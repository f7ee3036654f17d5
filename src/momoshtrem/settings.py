"""Settings: a TOML file and the environment, checked and frozen.

The file is `<data_dir>/momoshtrem.toml` or the one named by `MOMOSHTREM_CONFIG`. A variable
`MOMOSHTREM_SECTION__KEY` overrides the key of a section. Unknown keys are errors.
"""

from __future__ import annotations

import os
import re
from datetime import time
from fractions import Fraction
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from momoshtrem.model.network import Proxy, check_interface, check_trackers
from momoshtrem.model.words import split_words

CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(value: object) -> object:
    """Read bytes from `4 GiB`, `500MB` or a number; anything else is left to the validator."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", value, re.IGNORECASE)
    if not found:
        raise ValueError('a size is a number of bytes or like "4 GiB"')
    number, unit, binary = found[1], found[2].lower(), found[3]
    return int(Fraction(number) * (1024 if binary else 1000) ** POWERS[unit])


def split_list(value: object) -> object:
    """Read `a, b` as a list, so that a variable need not be JSON; a list is left as it is."""
    return split_words(value) if isinstance(value, str) else value


def check_clock_time(value: object) -> object:
    """Only `23:00` and times of TOML: a number would be taken for seconds, and no zone can be chosen."""
    written = isinstance(value, str) and re.fullmatch(CLOCK, value)
    if not written and not (isinstance(value, time) and value.tzinfo is None):
        raise ValueError("a time is written like 23:00")
    return value


Networks = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(split_list)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)]
Bytes = Annotated[int, BeforeValidator(parse_size), Field(ge=0)]
Rate = Annotated[Bytes, Field(le=2**31 - 1)]
Port = Annotated[int, Field(ge=0, le=65535)]
ClockTime = Annotated[
    time,
    BeforeValidator(check_clock_time),
    WithJsonSchema({"type": "string", "pattern": CLOCK, "examples": ["23:00:00"]}),
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Api(Section):
    host: str = "0.0.0.0"  # noqa: S104 - both faces always ask for credentials
    port: Port = 4444


class WebDav(Section):
    """`level`: the class that is claimed; with 2 macOS mounts for writing, which is refused all the same.

    `stall_hours`: how long a connection may take nothing of a film; players pause by not reading.
    """

    host: str = "0.0.0.0"  # noqa: S104
    port: Port = 36911
    level: Annotated[int, Field(ge=1, le=2)] = 1
    stall_hours: Annotated[float, Field(gt=0)] = 12.0


class Auth(Section):
    """An empty password means: made at the first start and kept in the data folder."""

    username: str = "momoshtrem"
    password: SecretStr = SecretStr("")


class Tls(Section):
    """PEM files; with a certificate both faces speak HTTPS only. Without `key` it is in the same file."""

    certificate: str = ""
    key: str = ""

    @model_validator(mode="after")
    def check_key(self) -> Self:
        if self.key and not self.certificate:
            raise ValueError("tls.key needs tls.certificate")
        return self


class ReverseProxy(Section):
    """`trusted`: addresses and networks of proxies whose `X-Forwarded-…` headers are believed."""

    trusted: Networks = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))


class Tmdb(Section):
    """`api_key` takes a v3 key or a v4 read access token; `cache_ttl`: seconds that answers are kept.

    `language` and `region` are ISO 639-1 and ISO 3166-1 codes.
    """

    api_key: SecretStr = SecretStr("")
    base_url: Annotated[str, Field(pattern=r"^https?://\S+$")] = "https://api.themoviedb.org/3"
    language: Annotated[str, Field(pattern="^[a-z]{2}(-[A-Z]{2})?$")] = "en-US"
    region: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = ""
    cache_ttl: Annotated[float, Field(ge=0)] = 3600.0


class Cache(Section):
    max_size: Bytes = 20 * 2**30
    min_free: Bytes = 2 * 2**30


class Torrent(Section):
    """`interface`: devices or addresses to listen on and to connect from; empty means all of them.

    `proxy` is a URL, `trackers` are asked beside those of each torrent that is not private, `blocklist` is a
    file of addresses.
    The file list of a magnet is searched for `metadata_timeout` seconds, `max_metadata_fetches` at once.
    A torrent leaves the swarm `idle_timeout` seconds after its last reader, the longest idle one at once when
    more than `max_loaded` would be in it. `disk_backend` is what libtorrent calls it.
    """

    listen_port: Port = 6881
    interface: str = ""
    ipv6: bool = True
    proxy: SecretStr = SecretStr("")
    encryption: Literal["allowed", "required", "off"] = "allowed"
    dht: bool = True
    pex: bool = True
    lsd: bool = True
    port_forwarding: bool = True
    trackers: Words = ()
    blocklist: str = ""
    idle_timeout: Annotated[float, Field(gt=0)] = 120.0
    max_loaded: Annotated[int, Field(ge=1)] = 50
    disk_backend: Literal["posix", "pread"] = "posix"
    max_metadata_fetches: Annotated[int, Field(ge=1)] = 8
    metadata_timeout: Annotated[float, Field(gt=0)] = 86400.0

    @field_validator("interface")
    @classmethod
    def check_interface(cls, value: str) -> str:
        names = split_words(value)
        if value.strip() and not names:
            raise ValueError("it names no interface")
        return ",".join(check_interface(name) for name in names)

    @field_validator("trackers")
    @classmethod
    def check_trackers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        check_trackers(value)
        return value

    @field_validator("proxy")
    @classmethod
    def check_proxy(cls, value: SecretStr) -> SecretStr:
        if value:
            Proxy.parse(value.get_secret_value())
        return value

    @property
    def interfaces(self) -> tuple[str, ...]:
        return tuple(split_words(self.interface))

    def parse_proxy(self) -> Proxy | None:
        url = self.proxy.get_secret_value()
        return Proxy.parse(url) if url else None


class Rule(Section):
    """Limits for a part of the week, by the clock of this machine; None is as without the rule.

    It begins at `begin` (`from` outside) on each of the `days`, and ends on the next day where `until` is not
    later.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    begin: ClockTime = Field(alias="from")
    until: ClockTime
    max_download: Rate | None = None
    max_upload: Rate | None = None


class Transfer(Section):
    """What goes over the wire; limits are bytes per second of all torrents together, 0 for none.

    `upload`: never, while somebody watches, or until one of the targets is reached, `seed_ratio` (uploaded
    by downloaded) or `seed_hours` in the swarm. Of the rules of the `schedule` the first that holds counts.
    """

    upload: Literal["none", "while_watching", "targets"] = "while_watching"
    seed_ratio: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    seed_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 24.0
    max_download: Rate = 0
    max_upload: Rate = 0
    schedule: Annotated[tuple[Rule, ...], Field(max_length=100)] = ()


class Streaming(Section):
    """`timeout`: seconds a reader waits for bytes before it gives up; `read_ahead`: seconds of film.

    `warm`: whether head and index of a file are fetched before it is opened, `warm_rate` bytes per second of
    a torrent.
    """

    timeout: Annotated[float, Field(gt=0)] = 20.0
    read_ahead: Annotated[float, Field(gt=0)] = 30.0
    warm: Literal["never", "on_assign"] = "on_assign"
    warm_rate: Annotated[Bytes, Field(gt=0)] = 2**20
    verify_first: bool = False


class TreeSettings(Section):
    """How names are formed. A change moves paths, and players forget what they knew of them."""

    id_tags: Literal["none", "plex", "jellyfin"] = "none"
    episode_prefix: Literal["none", "show"] = "none"


class DatabaseSettings(Section):
    """`url` is a SQLAlchemy URL; empty means SQLite in the data folder."""

    url: SecretStr = SecretStr("")


class Logging(Section):
    """`clients`: what each player asks for is written to `clients.log` in the data folder."""

    level: Annotated[str, Field(pattern="(?i)^(debug|info|warning|error|critical)$")] = "INFO"
    format: Annotated[str, Field(pattern="^(text|json)$")] = "text"
    clients: bool = False


class Environment(EnvSettingsSource):
    """The variables; one of a section that does not exist is an unknown key as well."""

    def __call__(self) -> dict[str, Any]:
        prefix = self.env_prefix.lower()
        nested = [name for name in self.env_vars if name.startswith(prefix) and "__" in name]
        sections = {name.removeprefix(prefix).partition("__")[0] for name in nested}
        unknown = sections - self.settings_cls.model_fields.keys()
        return super().__call__() | dict.fromkeys(unknown)


class Settings(BaseSettings):
    """All settings of one server."""

    model_config = SettingsConfigDict(
        env_prefix="MOMOSHTREM_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    data_dir: Path = Path("~/.local/share/momoshtrem").expanduser()
    api: Api = Api()
    webdav: WebDav = WebDav()
    auth: Auth = Auth()
    tls: Tls = Tls()
    reverse_proxy: ReverseProxy = ReverseProxy()
    tmdb: Tmdb = Tmdb()
    cache: Cache = Cache()
    torrent: Torrent = Torrent()
    transfer: Transfer = Transfer()
    streaming: Streaming = Streaming()
    tree: TreeSettings = TreeSettings()
    database: DatabaseSettings = DatabaseSettings()
    logging: Logging = Logging()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            Environment(settings_cls),
            TomlConfigSettingsSource(settings_cls, config_file()),
        )


def config_file() -> Path:
    """The TOML file in force; it need not exist."""
    if named := os.environ.get("MOMOSHTREM_CONFIG"):
        return Path(named).expanduser()
    default: Any = Settings.model_fields["data_dir"].default
    return Path(os.environ.get("MOMOSHTREM_DATA_DIR", default)).expanduser() / "momoshtrem.toml"
