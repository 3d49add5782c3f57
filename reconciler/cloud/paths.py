"""The canonical paths of one account: with a trailing slash, except the webhooks' (reference §1.3, §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["Paths"]


@dataclass(frozen=True, slots=True)
class Paths:
    account_id: int

    @property
    def jobs(self) -> str:
        return f"{self._v2}/jobs/"

    @property
    def projects(self) -> str:
        return f"{self._v3}/projects/"

    @property
    def environments(self) -> str:
        """The account's environments at once: not in the published description, but clients use it (reference §1.8)."""
        return f"{self._v3}/environments/"

    def environments_of(self, project_id: int) -> str:
        """One project's environments: the published way, for a host that lacks the other."""
        return f"{self._v3}/projects/{project_id}/environments/"

    @property
    def runs(self) -> str:
        return f"{self._v2}/runs/"

    def run_of_job(self, job_id: int) -> str:
        """Where a job's run is started (reference §5.6)."""
        return f"{self._v2}/jobs/{job_id}/run/"

    def run(self, run_id: int) -> str:
        return f"{self._v2}/runs/{run_id}/"

    def artifacts(self, run_id: int) -> str:
        return f"{self._v2}/runs/{run_id}/artifacts/"

    def artifact(self, run_id: int, path: str) -> str:
        """Return the path of one file under target/: without a trailing slash (reference §1.3)."""
        return f"{self.artifacts(run_id)}{quote(path, safe='/')}"

    @property
    def users(self) -> str:
        return f"{self._v3}/users/"

    @property
    def notifications(self) -> str:
        return f"{self._v2}/notifications/"

    def notification(self, row_id: int) -> str:
        return f"{self._v2}/notifications/{row_id}/"

    @property
    def subscriptions(self) -> str:
        return f"{self._v3}/webhooks/subscriptions"

    def subscription(self, subscription_id: str) -> str:
        """One subscription: singular. Ids come from live: quoted, so that none can name another path."""
        return f"{self._v3}/webhooks/subscription/{quote(subscription_id, safe='')}"

    def test_of(self, subscription_id: str) -> str:
        """A GET that sends a test delivery (reference §3.5)."""
        return f"{self.subscription(subscription_id)}/test"

    def receipts_of(self, subscription_id: str, event_id: str) -> str:
        return f"{self.subscription(subscription_id)}/event/{quote(event_id, safe='')}/receipt"

    def model_notifications(self, environment_id: int) -> str:
        """One environment's, for owners of models: in no published description (reference §2.8)."""
        return f"{self._v3}/environments/{environment_id}/model-notifications/"

    @property
    def teams(self) -> str:
        """Microsoft Teams settings: private, without a version, read only (reference §2.8)."""
        return f"/api/private/accounts/{self.account_id}/notification-settings/"

    @property
    def _v2(self) -> str:
        return f"/api/v2/accounts/{self.account_id}"

    @property
    def _v3(self) -> str:
        return f"/api/v3/accounts/{self.account_id}"
