"""Addresses in dbt Cloud, made of the configured host and of ids: nothing remote has a say in where a link leads."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["Links"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links of one account (reference §1.2; the pages of dbt's documentation are those of its catalog)."""

    host: str
    account_id: int

    @property
    def origin(self) -> str:
        """The configured host as an address, without a slash at its end."""
        host = self.host.strip().rstrip("/")
        return host if "://" in host else f"https://{host}"

    def job(self, project_id: int, job_id: int) -> str:
        return f"{self.origin}/deploy/{self.account_id}/projects/{project_id}/jobs/{job_id}"

    def run(self, project_id: int, run_id: int) -> str:
        return f"{self.origin}/deploy/{self.account_id}/projects/{project_id}/runs/{run_id}"

    def docs(self, project_id: int, environment_id: int, unique_id: str = "") -> str:
        """Return the documentation of an environment's project, or of one node in it."""
        page = f"{self.origin}/explore/{self.account_id}/projects/{project_id}/environments/{environment_id}"
        return f"{page}/details/{quote(unique_id, safe='')}" if unique_id else page
