"""The example company: the same seed gives the same account, ids, times and secrets."""

from reconciler.sandbox.seed_jobs import seed_jobs
from reconciler.sandbox.seed_people import seed_people
from reconciler.sandbox.seed_projects import seed_projects
from reconciler.sandbox.seed_recipients import seed_recipients
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

CREATED = "2025-03-03T09:00:00.000000+00:00"
OWNER = "platform@acme.example"


def main_token(state: State) -> str:
    """Tell the owner's token: given, or drawn from the seed."""
    return state.options.token or "dbtu_" + _drawn(state)


def _drawn(state: State) -> str:
    row = state.store.get("settings", "token")
    if row is None:
        row = state.store.put("settings", {"id": "token", "value": state.random_text("token", 40)})
    return str(row["value"])


def fill(state: State) -> None:
    """Put the account into an empty store; what a file brought along stays. The main token always works."""
    with state.store.transaction():
        if state.store.count("accounts") == 0:
            _account(state)
            people = seed_people(state, CREATED)
            if state.options.seeded:
                places = seed_projects(state, CREATED)
                jobs = seed_jobs(state, places, CREATED)
                seed_recipients(state, people, jobs, CREATED)
        owner = state.store.first("users", {"email": OWNER})
        if owner is not None:
            token = {"id": main_token(state), "user_id": owner["id"], "permission": "owner", "project_ids": None}
            state.store.put("tokens", token)


def _account(state: State) -> Row:
    return state.store.insert(
        "accounts",
        {
            "docs_job_id": None,
            "freshness_job_id": None,
            "lock_reason": None,
            "lock_cause": None,
            "unlock_if_subscription_renewed": False,
            "read_only_seats": 50,
            "it_seats": 0,
            "explorer_seats": 0,
            "analyst_seats": 0,
            "id": state.account_id,
            "name": "Acme",
            "state": 1,
            "plan": "enterprise_2025",
            "pending_cancel": False,
            "run_slots": 5,
            "developer_seats": 8,
            "queue_limit": 50,
            "pod_memory_request_mebibytes": 600,
            "develop_pod_memory_request_mebibytes": 0,
            "run_duration_limit_seconds": 86400,
            "enterprise_authentication_method": None,
            "enterprise_login_slug": None,
            "enterprise_unique_identifier": None,
            "business_critical": False,
            "billing_email_address": "billing@acme.example",
            "locked": False,
            "develop_file_system": True,
            "unlocked_at": None,
            "created_at": CREATED,
            "updated_at": CREATED,
            "starter_repo_url": None,
            "sso_reauth": False,
            "git_auth_level": "team",
            "identifier": "act_" + state.random_text("account"),
            "trial_end_date": None,
            "static_subdomain": "ab123",
            "vanity_subdomain": None,
            "run_locked_until": None,
            "copilot_locked_until": None,
            "agent_credit_locked": False,
            "account_migration_events": [],
            "groups": [],
            "docs_job": None,
            "freshness_job": None,
            "enterprise_login_url": "https://cloud.getdbt.com/enterprise-login/None/",
        },
    )
