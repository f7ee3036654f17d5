from __future__ import annotations

import base64
from contextlib import suppress
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import InvalidTorrent
from momoshtrem.torrents.metainfo import (
    MAX_FILES,
    MAX_SIZE,
    from_swarm,
    hashes_of,
    join_peer,
    make_params,
    parse_magnet,
    parse_metainfo,
    split_peer,
)
from tests.torrents.versions import VERSIONS, make_version

PIECE = 16 * 1024
DIGEST = b"\1" * 20
V1 = "ab" * 20
V2 = "cd" * 32
BTIH, BTMH = f"xt=urn:btih:{V1}", f"xt=urn:btmh:1220{V2}"
FILM: dict[str, Any] = {"name": "film.mkv", "piece length": PIECE, "pieces": DIGEST, "length": 10}


def encode(changes: dict[str, Any] | None = None, **top: Any) -> bytes:
    """A .torrent of a film of ten bytes with another `info`; None takes a key out."""
    info = {key: value for key, value in (FILM | (changes or {})).items() if value is not None}
    return bytes(lt.bencode(to_bytes({"info": info, **top})))


def to_bytes(value: Any) -> Any:
    """The same with bytes for text, as libtorrent takes it."""
    if isinstance(value, dict):
        return {key.encode(): to_bytes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_bytes(item) for item in value]
    return value.encode() if isinstance(value, str) else value


def files(*entries: tuple[int, list[str | bytes]], **attributes: str) -> dict[str, Any]:
    """The `info` of a folder."""
    listed = [{"length": length, "path": path} for length, path in entries]
    return {"name": "Film", "length": None, "files": listed} | attributes


def test_a_torrent_of_one_file() -> None:
    blob = encode(announce="http://127.0.0.1:1/announce")
    found = parse_metainfo(blob)
    assert (found.name, found.piece_length, found.total_size, found.private) == ("film.mkv", PIECE, 10, False)
    assert (found.trackers, found.blob, found.piece_count) == (("http://127.0.0.1:1/announce",), blob, 1)
    (film,) = found.files
    assert (film.index, film.path, film.size, film.offset, film.hidden) == (0, "film.mkv", 10, 0, False)


def test_offsets_and_indexes_follow_the_torrent() -> None:
    found = parse_metainfo(encode(files((7, ["b", "2.mkv"]), (0, ["empty"]), (3, ["a.srt"]))))
    assert [(file.path, file.offset, file.size) for file in found.files] == [
        ("Film/b/2.mkv", 0, 7),
        ("Film/empty", 7, 0),
        ("Film/a.srt", 7, 3),
    ]


def test_pad_files_and_symlinks_are_hidden_but_keep_their_index() -> None:
    info = files((5, ["a"]), (PIECE - 5, [".pad", "1"]), (0, ["link"]), (3, ["b"]))
    info["files"][1]["attr"] = "p"
    info["files"][2] |= {"attr": "l", "symlink path": ["..", "..", "etc", "passwd"]}
    found = parse_metainfo(encode(info | {"pieces": DIGEST * 2}))
    assert [file.hidden for file in found.files] == [False, True, True, False]
    assert (found.files[3].index, found.files[3].offset) == (3, PIECE)


@pytest.mark.parametrize(
    "info",
    [
        {"name": "../../etc/passwd"},
        {"name": "/etc/passwd"},
        files((10, ["..", "..", "etc", "passwd"])),
        files((10, ["/etc", "passwd"])),
        files((10, ["nul\0", b"\xff\xfe.mkv"])),
        {"name": "x" * 3000},
        {"name": b"\xed\xa0\x80"},
    ],
)
def test_no_path_leads_out_of_the_torrent(info: dict[str, Any]) -> None:
    (file,) = parse_metainfo(encode(info)).files
    assert not file.path.startswith("/")
    assert not {"", ".", ".."} & set(file.path.split("/"))
    assert "\0" not in file.path
    file.path.encode()


def test_a_torrent_of_ten_thousand_files() -> None:
    entries: list[tuple[int, list[str | bytes]]] = [(1, [f"{index}.jpg"]) for index in range(10_000)]
    found = parse_metainfo(encode(files(*entries)))
    assert len(found.files) == 10_000
    assert found.files[-1].offset == 9_999


def test_too_many_files_are_refused() -> None:
    entries: list[tuple[int, list[str | bytes]]] = [(0, [f"{index}"]) for index in range(MAX_FILES)]
    with pytest.raises(InvalidTorrent, match=f"{MAX_FILES} files"):
        parse_metainfo(encode(files((10, ["film.mkv"]), *entries)))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"<html>",
        b"d3:foo3:bare",
        encode()[:-3],
        b"d4:info" + b"l" * 500 + b"e" * 500 + b"e",
        b"d4:infoli1eee",
        encode({"length": 0, "pieces": b""}),
        encode({"length": -5}),
        encode({"length": 2**62}),
        encode({"pieces": DIGEST[:-1]}),
        encode({"length": 10**6}),
        encode({"piece length": None}),
        encode({"piece length": 0}),
        encode({"piece length": 2**30}),
        encode({"name": 5}),
        encode({"name": None}),
        encode({"meta version": 3}),
    ],
)
def test_what_is_no_torrent_is_refused(blob: bytes) -> None:
    with pytest.raises(InvalidTorrent, match="not a usable"):
        parse_metainfo(blob)


def test_a_file_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(InvalidTorrent, match="larger than 10 MiB"):
        parse_metainfo(encode(comment="x" * MAX_SIZE))


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda junk: b"d4:infod" + junk + b"ee"))
def test_any_bytes_are_a_torrent_or_refused(blob: bytes) -> None:
    with suppress(InvalidTorrent):
        parse_metainfo(blob)


INFO_INTEGERS = st.integers(-(2**40), 2**40)
INFO_VALUES = INFO_INTEGERS | st.binary(max_size=40) | st.lists(INFO_INTEGERS, max_size=2)


@given(
    st.dictionaries(st.sampled_from([*FILM, "files", "private", "meta version", "file tree"]), INFO_VALUES)
)
def test_any_info_is_a_torrent_or_refused(changes: dict[str, Any]) -> None:
    try:
        found = parse_metainfo(encode(changes))
    except InvalidTorrent:
        return
    assert found.total_size > 0
    assert found.piece_count >= 1


@pytest.mark.parametrize("version", VERSIONS)
def test_metadata_from_peers_is_the_torrent_itself(version: str, tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", version)
    torrent = parse_metainfo(blob)
    info = lt.load_torrent_buffer(blob).ti
    assert info is not None
    found = from_swarm(info)
    assert (found.info_hash, found.files) == (torrent.info_hash, torrent.files)
    again = parse_metainfo(found.blob)
    assert (again.info_hash, again.files) == (torrent.info_hash, torrent.files)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_versions_of_a_torrent(version: str, tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", version)
    found = parse_metainfo(blob)
    assert len(found.info_hash) == (64 if version == "v2" else 40)
    assert (found.info_hash_v2 is not None) == (version == "hybrid")
    info = lt.load_torrent_buffer(blob).ti
    assert info is not None
    assert found.piece_count == info.num_pieces()
    if version != "v1":
        assert all(file.offset % found.piece_length == 0 for file in found.files if not file.hidden)


@pytest.mark.parametrize(
    ("query", "info_hash"),
    [
        (BTIH, V1),
        (BTIH.replace(V1, V1.upper()), V1),
        (BTIH.replace(V1, base64.b32encode(bytes.fromhex(V1)).decode()), V1),
        (BTIH.replace(V1, base64.b32encode(bytes.fromhex(V1)).decode().lower()), V1),
        (BTMH, V2),
        (f"{BTMH}&{BTIH}", V1),
    ],
)
def test_the_forms_of_an_info_hash(query: str, info_hash: str) -> None:
    assert parse_magnet(f"magnet:?{query}").info_hash == info_hash


def test_a_magnet_of_a_hybrid_may_name_both_hashes() -> None:
    both = parse_magnet(f"magnet:?{BTMH}&{BTIH}")
    assert (both.info_hash, both.info_hash_v2) == (V1, V2)
    assert hashes_of(both) == {V1, V2}
    assert parse_magnet(f"magnet:?{BTMH}").info_hash_v2 is None


def test_what_a_magnet_tells() -> None:
    uri = (
        f"magnet:?{BTIH}&dn=Blade%20Runner%00&tr=http%3A%2F%2Ft.example%2Fa&tr=udp://u.example:1"
        "&x.pe=10.0.0.1:5&x.pe=[::1]:6&x.pe=host:7&x.pe=10.0.0.1:99999"
    )
    found = parse_magnet(f"  {uri}\n")
    assert (found.name, found.uri) == ("Blade Runner", uri)
    assert found.trackers == ("http://t.example/a", "udp://u.example:1")
    assert found.peers == ("10.0.0.1:5", "[::1]:6")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://127.0.0.1/film.torrent",
        "magnet:?dn=Film",
        f"magnet:?{BTIH[:-1]}",
        f"magnet:?{BTIH}00",
        f"magnet:?{BTMH[:-2]}",
        "magnet:?xt=urn:btih:" + "0" * 40,
        "magnet:?xt=urn:btih:" + "x" * 40,
        f"magnet:?{BTIH}&tr=\ud800",
    ],
)
def test_what_is_no_magnet_is_refused(uri: str) -> None:
    with pytest.raises(InvalidTorrent, match="magnet link"):
        parse_magnet(uri)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_magnet_or_refused(text: str, after_a_hash: bool) -> None:
    uri = f"magnet:?{BTIH}&{text}" if after_a_hash else f"magnet:?{text}"
    with suppress(InvalidTorrent):
        assert parse_magnet(uri).info_hash


@given(st.ip_addresses(), st.integers(1, 65535))
def test_a_peer_is_an_address_and_a_port(address: object, port: int) -> None:
    assert split_peer(join_peer(str(address), port)) == (str(address), port)


@pytest.mark.parametrize(
    "peer",
    ["", "10.0.0.1", ":80", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:-1", "10.0.0.1:²", "host:80", "::1"],
)
def test_other_peers_are_refused(peer: str) -> None:
    with pytest.raises(InvalidTorrent, match="address:port"):
        split_peer(peer)


@given(st.text(max_size=20))
def test_any_text_is_a_peer_or_refused(text: str) -> None:
    try:
        _, port = split_peer(text)
    except InvalidTorrent:
        return
    assert 0 < port < 2**16


def test_a_magnet_loses_only_what_is_no_text() -> None:
    found = parse_magnet(f"magnet:?{BTIH}&dn=Am%E9lie&tr=http%3A%2F%2Fa.example%2F%FF&tr=udp://b.example:1")
    assert (found.info_hash, found.name, found.trackers) == (V1, "", ("udp://b.example:1",))


def test_a_torrent_whose_tracker_is_no_text_is_read_without_it() -> None:
    assert parse_metainfo(encode(announce=b"http://am\xe9lie.example/a")).trackers == ()


def test_a_torrent_enters_the_session_wanting_nothing_and_with_no_name_of_its_own(tmp_path: Path) -> None:
    metainfo = parse_metainfo(encode())
    params = make_params(metainfo, tmp_path, [True], ["10.0.0.1:6881"])
    assert (params.save_path, params.renamed_files) == (str(tmp_path), {0: "0"})
    assert (params.piece_priorities, params.have_pieces) == ([0], [True])
    assert params.peers == [("10.0.0.1", 6881)]
    assert params.flags & lt.torrent_flags.no_verify_files
