"""What the API answers to an assignment."""

from __future__ import annotations

from typing import Self

from pydantic import AliasPath, Field

from momoshtrem.faces.api.answers import MADE_EXAMPLE, MADE_NAME, Answer, Bytes, Hash, Job, Made
from momoshtrem.services import matching


class MatchedEpisode(Answer):
    id: int
    season: int = Field(validation_alias="season_number")
    number: int
    name: str | None = Field(examples=["Pilot"])


class UnmatchedFile(Answer):
    """A video that belongs to no item, and why."""

    file_index: int = Field(validation_alias=AliasPath("file", "index"))
    path: str = Field(
        validation_alias=AliasPath("file", "path"), description=MADE_NAME, examples=[MADE_EXAMPLE]
    )
    size: Bytes = Field(validation_alias=AliasPath("file", "size"))
    reason: str = Field(examples=["no episode number in the name"])


class MatchedFile(UnmatchedFile, Made):
    """A file and the episodes it holds, none for a movie; `reason` says how that was seen."""

    episodes: list[MatchedEpisode]
    proposed: bool = Field(description="Too unsure to be listed until it is confirmed.")
    notes: list[str] = Field(
        description="What this does to files that were assigned before.",
        examples=[["replaces The.Matrix.720p.mkv (720p), which stands by now"]],
    )


class Skipped(Answer):
    """How many files are no videos, by what they are."""

    reason: str = Field(examples=["a subtitle"])
    count: int


class Summary(Answer):
    """Numbers of files."""

    total_files: int
    matched: int
    proposed: int = Field(description="How many of the matched ones wait to be confirmed.")
    unmatched: int
    skipped: int


class Report(Answer):
    """What was assigned out of a torrent, or with `dry_run` what would be."""

    info_hash: Hash
    name: str = Field(examples=["The.Matrix.1999.1080p"])
    dry_run: bool
    summary: Summary
    matched: list[MatchedFile]
    unmatched: list[UnmatchedFile]
    skipped: list[Skipped]

    @classmethod
    def of(cls, report: matching.Report) -> Self:
        return cls(
            info_hash=report.info_hash,
            name=report.name,
            dry_run=report.dry_run,
            summary=Summary(
                total_files=report.total_files,
                matched=len(report.matched),
                proposed=sum(each.proposed for each in report.matched),
                unmatched=len(report.unmatched),
                skipped=sum(each.count for each in report.skipped),
            ),
            matched=[MatchedFile.model_validate(each) for each in report.matched],
            unmatched=[UnmatchedFile.model_validate(each) for each in report.unmatched],
            skipped=[Skipped.model_validate(each) for each in report.skipped],
        )


class GoesOn(Answer):
    """The file list of the magnet link is not here yet; a job goes on waiting for it."""

    job: Job
