"""What a sandbox can be started with."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Backend(StrEnum):
    """Which generation of the webhook backend answers (reference, head and §8.4)."""

    CURRENT = "current"
    LEGACY = "legacy"


class Revival(StrEnum):
    """What POST `state: 1` on a deleted notification does: unknown in reality (reference §2.6)."""

    REVIVE = "revive"
    REFUSE = "refuse"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """5,000 requests a minute per account, then a five-minute cool-down (reference §1.4). 0 requests = no limit."""

    requests: int = 5000
    window_seconds: float = 60.0
    cooldown_seconds: float = 300.0
    send_retry_after: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """One immutable description of a sandbox; the same options give the same account.

    `host` is a loopback address; anything else is refused by the server. Durations are seconds of the sandbox's clock.
    `smtp_port` opens a mail server there, 0 on any free port; without it there is none.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    tls_dir: Path | None = None
    account_id: int = 70403103916842
    token: str | None = None
    control_token: str | None = None
    seed: int = 1
    seeded: bool = True
    db: Path | None = None
    smtp_port: int | None = None

    backend: Backend = Backend.CURRENT
    revival: Revival = Revival.REVIVE
    duplicate_status: int = 400
    page_limit: int = 100
    page_maximum: int = 100
    webhook_page_limit: int = 10
    rate_limit: RateLimit = RateLimit()
    latency_ms: float = 0.0

    run_seconds: float = 1.0
    ingestion_delay: float = 0.2
    schedule_runs: bool = False
    clock_speed: float = 1.0
    webhook_timeout: float = 10.0
    webhook_retries: int = 5
    webhook_retry_spacing: float = 1.0
    deactivate_after_failures: int = 1000
    deactivate_after_days: float = 7.0
    webhook_history_days: float = 7.0

    @property
    def legacy(self) -> bool:
        """Whether webhooks answer as they did before the move of 2026."""
        return self.backend is Backend.LEGACY

    @property
    def failure_limit(self) -> int:
        """Consecutive failed deliveries that switch a webhook off: 5 on the old backend (reference §6.5)."""
        return 5 if self.legacy else self.deactivate_after_failures

    @property
    def history_days(self) -> float:
        """How long events and receipts can be read: 30 days on the old backend (reference §3.6)."""
        return 30.0 if self.legacy else self.webhook_history_days
