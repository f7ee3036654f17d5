"""Jobs and the state of the server over REST."""

from __future__ import annotations

from momoshtrem.faces.api.answers import Job, Page, Status
from momoshtrem.faces.api.inputs import ItemId, Limit, Offset, Wired


async def list_jobs(services: Wired, limit: Limit = 50, offset: Offset = 0) -> Page[Job]:
    """Long work, done and to be done."""
    page = await services.jobs.list_page(limit, offset)
    items = [Job.model_validate(each) for each in page.items]
    return Page[Job](items=items, total=page.total, limit=limit, offset=offset)


async def get_job(job_id: ItemId, services: Wired) -> Job:
    """One job and how it stands."""
    return Job.model_validate(await services.jobs.get(job_id))


async def cancel_job(job_id: ItemId, services: Wired) -> Job:
    """End a job for good; it stays in the list as cancelled."""
    return Job.model_validate(await services.jobs.cancel(job_id))


async def get_status(services: Wired) -> Status:
    """How the server is, and what is wrong with it."""
    return Status.model_validate(await services.health.check())
