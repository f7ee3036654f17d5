"""The suite asks our server, or with `--webdav-url` any other one that serves the files of `files.py`."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.conformance.streams import file_streams
from tests.faces.webdav.server import serving

OPTION = "--webdav-url"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, help="the server under test: http://user:password@host:port/prefix/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Other servers need not keep the rules that only we have."""
    if config.getoption(OPTION, None):
        kept = [item for item in items if not item.get_closest_marker("ours")]
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("ours")])
        items[:] = kept


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    if url := request.config.getoption(OPTION, None):
        yield Site.at(url)
        return
    face = WebDav.protected(file_streams(), Credentials("user", "pass word", ""))
    with (
        start_blocking_portal(backend_options={"use_uvloop": True}) as portal,
        portal.wrap_async_context_manager(serving(face, grace=0.1)) as port,
    ):
        yield Site.at(f"http://user:pass%20word@127.0.0.1:{port}/")


@pytest.fixture
def connection(site: Site) -> Iterator[Connection]:
    with site.connect() as connection:
        yield connection


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever is asked, a request is no failure of the server."""
    yield
    assert [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []
