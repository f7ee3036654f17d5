"""Commands on jobs: long work that the server goes on with by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, Limit, Offset, connect

jobs = typer.Typer(help="Long work of the server.", invoke_without_command=True)

JobId = Annotated[int, typer.Argument(metavar="JOB_ID", min=1)]


@jobs.callback()
def list_by_default(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        list_jobs(ctx)


@jobs.command("list")
def list_jobs(ctx: typer.Context, limit: Limit = 50, offset: Offset = 0, as_json: AsJson = False) -> None:
    """List jobs, the latest first."""
    output.tell(connect(ctx).list_jobs(limit, offset), as_json, output.jobs)


@jobs.command("show")
def show_job(ctx: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """Show a job and what it waits for."""
    output.tell(connect(ctx).get_job(job_id), as_json, output.job)


@jobs.command("cancel")
def cancel_job(ctx: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """End a job for good."""
    output.tell(connect(ctx).cancel_job(job_id), as_json, output.job)


@jobs.command("retry")
def retry_job(ctx: typer.Context, job_id: JobId, as_json: AsJson = False) -> None:
    """Try a job now that failed, was cancelled or waits for its next try."""
    output.tell(connect(ctx).retry_job(job_id), as_json, output.job)
