from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.model.names import fold
from momoshtrem.model.torrent import FileRef
from momoshtrem.vfs.tree import EPOCH, File, Folder, Tree, folder

DAY = timedelta(days=1)
NAMES = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=12)
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def make_file(name: str, modified: datetime = EPOCH + DAY) -> File:
    return File(name, FileRef("ab" * 20, 0, 10), modified)


FILES = st.lists(st.builds(make_file, NAMES, TIMES), max_size=8, unique_by=lambda file: fold(file.name))


@given(FILES)
def test_a_folder_is_in_order_and_as_new_as_its_newest_child(files: list[File]) -> None:
    made = folder("Movies", files)
    assert [child.name for child in made.children] == sorted(file.name for file in files)
    assert len(made.children) == len(files)
    assert made.modified == max((file.modified for file in files), default=EPOCH)


@given(FILES)
def test_every_child_is_found_by_its_name_in_any_form(files: list[File]) -> None:
    made = folder("Movies", files)
    for file in files:
        assert made.find(file.name) is file
        assert made.find(unicodedata.normalize("NFD", file.name)) is file
        assert made.find(file.name.casefold()) is file


@given(FILES, NAMES)
def test_a_name_of_nobody_finds_nothing(files: list[File], name: str) -> None:
    made = folder("Movies", [file for file in files if fold(file.name) != fold(name)])
    assert made.find(name) is None


@pytest.mark.parametrize(
    "asked", ["Amélie (2001)", "Ame\u0301lie (2001)", "AMÉLIE (2001)", "ame\u0301lie (2001)"]
)
def test_the_forms_in_which_clients_ask(asked: str) -> None:
    amelie = make_file("Amélie (2001)")
    assert Tree(folder("", [amelie])).find(f"/{asked}") is amelie


def test_the_exact_name_wins_over_another_case() -> None:
    lower, upper = make_file("up"), make_file("UP")
    made = folder("", [lower, upper])
    assert (made.find("up"), made.find("UP")) == (lower, upper)


@given(FILES, st.builds(make_file, NAMES, TIMES))
def test_replace_leaves_the_old_folder_as_it_was(files: list[File], new: File) -> None:
    before = folder("Movies", files)
    after = before.replace(new.name, new)
    assert before.children == folder("Movies", files).children
    others = [file for file in files if file.name != new.name]
    assert after.children == folder("Movies", [*others, new]).children
    assert after.modified == max(child.modified for child in after.children)
    gone = after.replace(new.name, None)
    assert gone.children == folder("Movies", others).children
    assert gone.modified == max((child.modified for child in others), default=EPOCH)


CASES = st.text("aAb", min_size=1, max_size=2)


@given(st.lists(CASES, max_size=6, unique=True), st.lists(st.tuples(CASES, CASES | st.none()), max_size=4))
def test_after_replace_names_are_found_as_in_a_fresh_folder(
    present: list[str], changes: list[tuple[str, str | None]]
) -> None:
    made = folder("", map(make_file, present))
    for old, new in changes:
        made.find("none")
        if new in {child.name for child in made.children} - {old}:
            continue
        made = made.replace(old, make_file(new) if new else None)
        fresh = folder("", made.children)
        for name in ("a", "A", "b", "B", "aa", "aA", "Aa", "AA", "ab", "AB", "ba", "bA"):
            assert made.find(name) is fresh.find(name)


def test_replace_renames_a_child() -> None:
    old, new = make_file("Alien"), make_file("Aliens")
    assert folder("", [old]).replace("Alien", new).children == (new,)


def test_an_empty_folder_is_a_child_like_any_other() -> None:
    empty = folder("Movies", [])
    made = folder("", [folder("Movies", [make_file("a")]), make_file("MOVIES")]).replace("Movies", empty)
    assert made.find("Movies") is empty
    assert len(made.children) == 2


def test_taking_out_what_is_not_there_changes_nothing() -> None:
    made = folder("", [make_file("a")])
    assert made.replace("b", None).children == made.children


@pytest.fixture
def tree() -> Tree:
    film = folder("Up (2009)", [make_file("Up (2009).mkv", EPOCH + 3 * DAY), make_file("Up (2009).srt")])
    return Tree(folder("", [folder("Movies", [film]), folder("TV Shows", [])]))


def test_a_path_leads_to_its_node(tree: Tree) -> None:
    found = tree.find("/Movies/Up (2009)/Up (2009).mkv")
    assert isinstance(found, File)
    assert found.size == 10
    assert tree.find("/movies//UP (2009)/") is tree.find("Movies/Up (2009)")
    assert tree.find("/") is tree.find("") is tree.root


@pytest.mark.parametrize(
    "path",
    [
        "/Movies/..",
        "/.",
        "/Movies/../TV Shows",
        "/Movies/Up (2009)/Up (2009).mkv/x",
        "/Music",
        "/Movies/._Up (2009)",
    ],
)
def test_other_paths_lead_nowhere(tree: Tree, path: str) -> None:
    assert tree.find(path) is None


def test_a_folder_above_is_as_new_as_what_is_below(tree: Tree) -> None:
    assert tree.root.modified == EPOCH + 3 * DAY
    empty = tree.find("/TV Shows")
    assert isinstance(empty, Folder)
    assert (empty.children, empty.modified) == ((), EPOCH)


@given(FILES)
def test_the_whole_tree_is_found_from_the_top(files: list[File]) -> None:
    tree = Tree(folder("", [folder("Movies", [folder("Title", files)])]))
    for file in files:
        assert tree.find(f"/Movies/Title/{file.name}") is file
