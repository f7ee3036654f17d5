"""How well the corpus of names is matched: precision and recall."""

from __future__ import annotations

from momoshtrem.errors import NoMatch
from momoshtrem.identify.movies import match_movie
from momoshtrem.identify.shows import match_show
from momoshtrem.model.media import Episode
from tests.identify.corpus import EPISODES, MOVIES, Case
from tests.identify.torrents import files


def library(case: Case) -> list[Episode]:
    """A show that has the wanted episodes and many that may be taken for them."""
    seasons = case.seasons or (1,)
    wanted = {(season, number) for season in seasons for number in case.episodes}
    others = {(season, number) for season in range(13) for number in range(1, 30)}
    if not case.seasons:
        others = {(1, number) for number in range(1, 30)}
    return [
        Episode(place, season, number, None, None, None)
        for place, (season, number) in enumerate(sorted(wanted | others))
    ]


def matched_episode(case: Case) -> tuple[bool, float]:
    """Whether the match is right, and its confidence (0 for none)."""
    title = case.title or "Any Show"
    match = match_show("torrent", files(f"{case.name}.mkv"), title, library(case)).matched
    if not match:
        return False, 0.0
    season = (case.seasons or (1,))[0]
    found = [(each.season_number, each.number) for each in match[0].episodes]
    return found == [(season, number) for number in case.episodes], match[0].confidence


def test_episodes_of_the_corpus() -> None:
    results = {case.name: matched_episode(case) for case in EPISODES}
    wrong = [name for name, (right, _) in results.items() if not right]
    surely_wrong = [name for name in wrong if results[name][1] >= 0.9]
    assert len(wrong) <= len(results) * 0.02, wrong
    assert surely_wrong == []


def test_each_movie_of_the_corpus_is_found_among_all() -> None:
    torrent = files(*(f"{case.name}.mkv" for case in MOVIES))
    wrong, surely_wrong = [], []
    for case in MOVIES:
        try:
            match = match_movie("Many films", torrent, case.title, case.year)
        except NoMatch:
            wrong.append(case.name)
            continue
        found = match.file.path.removesuffix(".mkv")
        same_film = [other.name for other in MOVIES if other.title == case.title]
        if found not in same_film:
            wrong.append(case.name)
            surely_wrong += [case.name] if match.confidence >= 0.9 else []
    assert len(wrong) <= len(MOVIES) * 0.02, wrong
    assert surely_wrong == []
