"""Every route of the REST API, in one list."""

from __future__ import annotations

from starlette.responses import Response

from momoshtrem.errors import (
    Conflict,
    InvalidTorrent,
    NoMatch,
    NotConfigured,
    NotFound,
    ServiceDown,
    ServiceRefused,
    StorageFailed,
    Unavailable,
)
from momoshtrem.faces.api import (
    assign,
    assignments,
    calendar,
    discover,
    exchange,
    explain,
    jobs,
    live,
    movies,
    shows,
    status,
    torrents,
    transfer,
)
from momoshtrem.faces.api.answers import (
    Assignment,
    Job,
    Movie,
    MovieDetails,
    Page,
    Refreshed,
    Show,
    ShowDetails,
    Torrent,
    TorrentDetails,
)
from momoshtrem.faces.api.assignments import CorrectedFile, Correction, TitledAssignment
from momoshtrem.faces.api.bodies import ASSIGN_BODY
from momoshtrem.faces.api.calendar import Airing, Wanted
from momoshtrem.faces.api.discover import FoundPage, FoundTitle, MovieAtTmdb, ShowAtTmdb
from momoshtrem.faces.api.reports import GoesOn, Report
from momoshtrem.faces.api.route import Answers, Errors, Route

ASKED: Errors = (NotConfigured, ServiceDown, ServiceRefused)
TMDB: Errors = (NotFound, *ASKED)
ASSIGN: Errors = (NotFound, InvalidTorrent, NoMatch, Unavailable, StorageFailed)
ASSIGNED: Answers = {200: Report, 202: GoesOn}

ROUTES = (
    Route("POST", "/movies", movies.add_movie, {201: Movie, 200: Movie}, TMDB),
    Route("GET", "/movies", movies.list_movies, {200: Page[Movie]}),
    Route("GET", "/movies/{movie_id}", movies.get_movie, {200: MovieDetails}, (NotFound,)),
    Route("DELETE", "/movies/{movie_id}", movies.remove_movie, {204: None}, (NotFound,)),
    Route("POST", "/movies/{movie_id}/assign-torrent", assign.assign_movie, ASSIGNED, ASSIGN, ASSIGN_BODY),
    Route("DELETE", "/movies/{movie_id}/assign", movies.unassign_movie, {204: None}, (NotFound,)),
    Route("PUT", "/movies/{movie_id}/pin", movies.pin_movie, {204: None}, (NotFound, Conflict)),
    Route("DELETE", "/movies/{movie_id}/pin", movies.unpin_movie, {204: None}, (NotFound,)),
    Route("POST", "/shows", shows.add_show, {201: ShowDetails, 200: ShowDetails}, TMDB),
    Route("GET", "/shows", shows.list_shows, {200: Page[Show]}),
    Route("GET", "/shows/{show_id}", shows.get_show, {200: ShowDetails}, (NotFound,)),
    Route("DELETE", "/shows/{show_id}", shows.remove_show, {204: None}, (NotFound,)),
    Route("POST", "/shows/{show_id}/refresh", shows.refresh_show, {200: Refreshed}, (*TMDB, Conflict)),
    Route("POST", "/shows/{show_id}/assign-torrent", assign.assign_show, ASSIGNED, ASSIGN, ASSIGN_BODY),
    Route("PUT", "/shows/{show_id}/pin", shows.pin_show, {204: None}, (NotFound, Conflict)),
    Route("DELETE", "/shows/{show_id}/pin", shows.unpin_show, {204: None}, (NotFound,)),
    Route(
        "POST", "/episodes/{episode_id}/assign-torrent", assign.assign_episode, ASSIGNED, ASSIGN, ASSIGN_BODY
    ),
    Route("DELETE", "/episodes/{episode_id}/assign", shows.unassign_episode, {204: None}, (NotFound,)),
    Route("PUT", "/episodes/{episode_id}/pin", shows.pin_episode, {204: None}, (NotFound, Conflict)),
    Route("DELETE", "/episodes/{episode_id}/pin", shows.unpin_episode, {204: None}, (NotFound,)),
    Route(
        "GET",
        "/shows/{show_id}/corrections",
        assignments.list_corrections,
        {200: Page[Correction]},
        (NotFound,),
    ),
    Route(
        "DELETE",
        "/shows/{show_id}/corrections/{correction_id}",
        assignments.remove_correction,
        {204: None},
        (NotFound,),
    ),
    Route("GET", "/assignments", assignments.list_assignments, {200: Page[TitledAssignment]}),
    Route(
        "POST",
        "/assignments/{assignment_id}/confirm",
        assignments.confirm_assignment,
        {200: Assignment},
        (NotFound,),
    ),
    Route("DELETE", "/assignments/{assignment_id}", assignments.remove_assignment, {204: None}, (NotFound,)),
    Route("GET", "/wanted", calendar.list_wanted, {200: Page[Wanted]}),
    Route("GET", "/calendar", calendar.list_calendar, {200: Page[Airing]}),
    Route("GET", "/tmdb/search", discover.search_tmdb, {200: FoundPage[FoundTitle]}, ASKED),
    Route("GET", "/tmdb/movies/{tmdb_id}", discover.get_movie_at_tmdb, {200: MovieAtTmdb}, TMDB),
    Route("GET", "/tmdb/shows/{tmdb_id}", discover.get_show_at_tmdb, {200: ShowAtTmdb}, TMDB),
    Route("GET", "/torrents", torrents.list_torrents, {200: Page[Torrent]}),
    Route("GET", "/torrents/{info_hash}", torrents.get_torrent, {200: TorrentDetails}, (NotFound,)),
    Route("DELETE", "/torrents/{info_hash}", torrents.remove_torrent, {204: None}, (NotFound,)),
    Route("DELETE", "/torrents/{info_hash}/cache", torrents.evict_torrent, {204: None}, (NotFound, Conflict)),
    Route(
        "PUT",
        "/torrents/{info_hash}/files/{file_index}",
        assignments.correct_file,
        {200: CorrectedFile},
        (NotFound, Unavailable),
    ),
    Route("POST", "/torrents/{info_hash}/peers", torrents.add_peers, {204: None}, (NotFound, InvalidTorrent)),
    Route("GET", "/transfer", transfer.get_transfer, {200: transfer.Transfers}),
    Route("PUT", "/transfer", transfer.change_transfer, {200: transfer.Transfers}),
    Route("DELETE", "/transfer", transfer.reset_transfer, {200: transfer.Transfers}),
    Route("GET", "/jobs", jobs.list_jobs, {200: Page[Job]}),
    Route("GET", "/jobs/{job_id}", jobs.get_job, {200: Job}, (NotFound,)),
    Route("DELETE", "/jobs/{job_id}", jobs.cancel_job, {200: Job}, (NotFound, Conflict)),
    Route("POST", "/jobs/{job_id}/retry", jobs.retry_job, {200: Job}, (NotFound, Conflict)),
    Route(
        "GET",
        "/events",
        live.listen,
        {200: None},
        (Unavailable,),
        live.EVENTS_ANSWER,
        response_class=Response,
    ),
    Route(
        "GET",
        "/export",
        exchange.export_library,
        {200: None},
        extra=exchange.EXPORT_ANSWER,
        response_class=Response,
    ),
    Route(
        "POST",
        "/import",
        exchange.import_library,
        {200: exchange.ImportReport},
        (Conflict, StorageFailed),
        exchange.IMPORT_BODY,
    ),
    Route("GET", "/status", status.get_status, {200: status.Status}),
    Route("GET", "/explain", explain.explain, {200: explain.Explanation}, (NotFound,)),
)
