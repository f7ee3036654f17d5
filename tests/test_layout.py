"""The rules of the repository that no tool keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "momoshtrem"
TESTS = ROOT / "tests"
MAX_LINES = 350

NO_TEST_OF_ITS_OWN = {
    "__main__.py": "e2e",
    "cli/check/finding.py": "cli/check/test_command.py",
    "cli/output.py": "cli/test_library.py",
    "faces/api/answers.py": "faces/api/test_movies.py",
    "faces/api/app.py": "faces/api/test_routes.py",
    "faces/api/bodies.py": "faces/api/test_assign.py",
    "faces/api/inputs.py": "faces/api/test_movies.py",
    "faces/api/reports.py": "faces/api/test_assign.py",
    "faces/api/route.py": "faces/api/test_routes.py",
    "library/exports.py": "services/exchange/test_export.py",
    "library/imports.py": "services/exchange/test_imports.py",
    "library/rows.py": "library/test_movies.py",
    "library/titles.py": "library/test_movies.py",
    "model/calendar.py": "library/test_calendar.py",
    "model/job.py": "services/test_jobs.py",
    "model/listing.py": "library/test_listing.py",
    "model/media.py": "library/test_shows.py",
    "model/search.py": "integrations/test_tmdb.py",
    "model/stored.py": "library/test_torrents.py",
    "model/torrent.py": "torrents/test_metainfo.py",
    "services/bundle.py": "e2e",
    "services/exchange/document.py": "services/exchange/test_staging.py",
    "torrents/engine.py": "torrents/test_contract.py",
}
"""Shapes without a behaviour, and modules that their users' tests cover: the module and that test."""

MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|home|Users)/[\w.-]|[A-Z]:\\Users\\")


def list_modules() -> list[str]:
    """All modules with code of their own, as paths in the package."""
    modules = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return sorted(
        str(path) for path in modules if path.name != "__init__.py" and "migrations" not in path.parts
    )


def list_texts() -> Iterator[Path]:
    """Everything that is written by hand."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith("."))
    for folder in ("src", "tests", "bench", "docs", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def own_test(module: str) -> Path:
    path = Path(module)
    return TESTS / path.parent / f"test_{path.name}"


def test_every_module_has_a_test_of_its_name() -> None:
    without = {module for module in list_modules() if not own_test(module).exists()}
    assert sorted(without - NO_TEST_OF_ITS_OWN.keys()) == []


def test_the_list_of_exceptions_is_true() -> None:
    assert NO_TEST_OF_ITS_OWN.keys() <= set(list_modules())
    assert [module for module in NO_TEST_OF_ITS_OWN if own_test(module).exists()] == []
    assert [test for test in NO_TEST_OF_ITS_OWN.values() if not (TESTS / test).exists()] == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in TESTS.rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_file_is_too_long() -> None:
    files = [path for path in list_texts() if path.suffix == ".py"]
    long = {str(path.relative_to(ROOT)): count_lines(path) for path in files if count_lines(path) > MAX_LINES}
    assert long == {}


def test_nothing_names_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in list_texts()
        if (hit := MACHINE_PATH.search(path.read_text(errors="ignore")))
    ]
    assert found == []


def count_lines(path: Path) -> int:
    return len(path.read_text().splitlines())
