"""Jobs over REST."""

from __future__ import annotations

from momoshtrem.faces.api.answers import Job, Page
from momoshtrem.faces.api.inputs import ItemId, Limit, Offset, Wired


async def list_jobs(services: Wired, limit: Limit = 50, offset: Offset = 0) -> Page[Job]:
    """Long work, done and to be done."""
    page = await services.jobs.list_page(limit, offset)
    return Page[Job].of(page, limit, offset)


async def get_job(job_id: ItemId, services: Wired) -> Job:
    """One job and how it stands."""
    return Job.model_validate(await services.jobs.get(job_id))


async def cancel_job(job_id: ItemId, services: Wired) -> Job:
    """End a job for good; it stays in the list as cancelled."""
    return Job.model_validate(await services.jobs.cancel(job_id))


async def retry_job(job_id: ItemId, services: Wired) -> Job:
    """Try a job now that failed, was cancelled or waits for its next try; it starts over."""
    return Job.model_validate(await services.jobs.retry(job_id))
