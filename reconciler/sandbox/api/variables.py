"""Environment variables of projects and their overrides: by environment, by job, by user."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.api.resource import stamps
from reconciler.sandbox.api.routing import Call, Entry, api_routes
from reconciler.sandbox.envelope import REQUIRED, Refusal, invalid, item, missing, no_content
from reconciler.sandbox.fields import accept, filled, integer, one_of, optional, required, text
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row

SCOPES = ("project", "environment", "job", "user")
MASKED_PREFIX = "DBT_ENV_SECRET"
FIELDS = (
    required("name", filled),
    optional("type", one_of(*SCOPES), default="job"),
    optional("raw_value", text),
    optional("display_value", text),
    optional("environment_id", integer),
    optional("job_definition_id", integer),
    optional("user_id", integer),
)


def _project(call: Call) -> int:
    key = call.key("project_id")
    row = call.state.store.get("projects", key) if key is not None else None
    if row is None or row["state"] != 1 or not call.grant.sees(key):
        raise Refusal(missing())
    return int(row["id"])


def _find(call: Call) -> Row:
    where = {"id": call.key("id"), "project_id": _project(call), "state": 1}
    row = call.state.store.first("variables", where)
    if row is None:
        raise Refusal(missing())
    return row


def show(row: Row) -> Row:
    """Show a variable; secret ones are masked."""
    value = "*****" if row["name"].startswith(MASKED_PREFIX) else row["raw_value"]
    return {**{name: entry for name, entry in row.items() if name != "raw_value"}, "display_value": value}


def write(call: Call, body: Row, old: Row | None) -> Row:
    """Make a variable; the value travels as `raw_value`, older clients say `display_value`."""
    clean = accept(body, FIELDS)
    value = clean["raw_value"] if clean["raw_value"] is not None else clean.pop("display_value")
    clean.pop("display_value", None)
    place = {"project_id": _project(call), "account_id": call.state.account_id, "state": 1}
    return {**clean, "raw_value": value, **place, **stamps(old, call.state.stamp())}


async def create(call: Call) -> Response:
    """Create one variable or override."""
    row = write(call, await call.body(), None)
    same = {name: row[name] for name in ("project_id", "name", "type", "environment_id", "job_definition_id")}
    if call.state.store.first("variables", {**same, "user_id": row["user_id"], "state": 1}):
        raise Refusal(invalid({"name": "already exists"}))
    return item(show(call.state.store.insert("variables", row)), code=201)


async def update(call: Call) -> Response:
    """Replace one variable or override."""
    old = _find(call)
    row = {**write(call, await call.body(), old), "id": old["id"]}
    return item(show(call.state.store.put("variables", row)))


async def get(call: Call) -> Response:
    """Show one variable or override."""
    return item(show(_find(call)))


async def delete(call: Call) -> Response:
    """Remove one variable or override."""
    call.state.store.delete("variables", _find(call)["id"])
    return no_content()


def _by_name(rows: list[Row], place: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        key = row["type"] if row["type"] in ("project", place) else None
        if key:
            shown = show(row)
            found.setdefault(row["name"], {})[key] = {"id": row["id"], "value": shown["display_value"]}
    return found


def _rows(call: Call, place: str, column: str) -> list[Row]:
    asked = call.request.query_params.get(column, "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    rows = call.state.store.find("variables", {"project_id": _project(call), "state": 1})
    return [row for row in rows if row["type"] != place or number is None or row[column] == number]


async def list_for_job(call: Call) -> Response:
    """List variables as one job sees them: name → {project, job} → {id, value}."""
    return item(_by_name(_rows(call, "job", "job_definition_id"), "job"))


async def list_for_user(call: Call) -> Response:
    """List variables as one user sees them."""
    return item(_by_name(_rows(call, "user", "user_id"), "user"))


async def list_for_environments(call: Call) -> Response:
    """List variables with their value in each environment."""
    project_id = _project(call)
    environments = call.state.store.find("environments", {"project_id": project_id, "state": 1})
    names = {row["id"]: row["name"] for row in environments}
    variables: dict[str, Row] = {}
    for row in call.state.store.find("variables", {"project_id": project_id, "state": 1}):
        place = "project" if row["type"] == "project" else names.get(row["environment_id"])
        if place and row["type"] in ("project", "environment"):
            shown = {"id": row["id"], "value": show(row)["display_value"]}
            variables.setdefault(row["name"], {})[place] = shown
    return item({"environments": ["project", *names.values()], "variables": variables})


async def bulk_create(call: Call) -> Response:
    """Create one variable with its value in several environments: `{"env_var": {"new_name": …, "Production": …}}`."""
    name, values = _name_and_values(await call.body(), "env_var", "new_name")
    ids = _set_values(call, name, values)
    return item({"new_var_ids": ids, "message": "Environment variable created."}, code=201)


async def bulk_update(call: Call) -> Response:
    """Set values of one variable: `{"env_vars": {"name": "DBT_X", "Production": …, "<id of a value>": …}}`.

    An empty value takes the value away. (What Terraform's client sends and expects, reference §4.3.)
    """
    name, asked = _name_and_values(await call.body(), "env_vars", "name")
    rows = call.state.store.find("variables", {"project_id": _project(call), "name": name, "state": 1})
    if not rows:
        raise Refusal(missing())
    places = _places_by_id(call, rows)
    values = {places.get(place, place): value for place, value in asked.items()}
    for number in _set_values(call, name, values):
        if not (call.state.store.get("variables", number) or {}).get("raw_value"):
            call.state.store.delete("variables", number)
    return item({"message": f"{len(values)} values set."})


def _name_and_values(body: Row, outer: str, inner: str) -> tuple[str, Row]:
    values = body.get(outer)
    if not isinstance(values, dict):
        raise Refusal(invalid({outer: "expected a dictionary"}))
    name = values.get(inner)
    if not isinstance(name, str) or not name:
        raise Refusal(invalid({outer: {inner: REQUIRED}}))
    return name, {place: value for place, value in values.items() if place != inner}


def _places_by_id(call: Call, rows: list[Row]) -> dict[str, str]:
    """Tell which place (an environment's name, or `project`) each value of a variable belongs to, by the value's id."""
    named: dict[int | None, str] = {place_id: place for place, place_id in _places(call).items()}
    shared = [row for row in rows if row["type"] in ("project", "environment")]
    return {str(row["id"]): named[row["environment_id"]] for row in shared if row["environment_id"] in named}


def _places(call: Call) -> dict[str, int | None]:
    environments = call.state.store.find("environments", {"project_id": _project(call), "state": 1})
    return {"project": None, **{row["name"]: row["id"] for row in environments}}


async def bulk_delete(call: Call) -> Response:
    """Remove a variable and all its values: `{"name": "DBT_X"}`."""
    clean = accept(await call.body(), (required("name", filled),))
    rows = call.state.store.find("variables", {"project_id": _project(call), "name": clean["name"]})
    if not rows:
        raise Refusal(missing())
    for row in rows:
        call.state.store.delete("variables", row["id"])
    return item({"message": f"{len(rows)} values removed."})


def _set_values(call: Call, name: str, values: Row) -> list[int]:
    project_id, places = _project(call), _places(call)
    problems = {place: "no such environment" for place in values if place not in places}
    problems |= {place: "expected str" for place, value in values.items() if not isinstance(value, str | None)}
    if problems:
        raise Refusal(invalid(problems))
    with call.state.store.transaction():
        return [_set_value(call, project_id, name, places[place], value) for place, value in values.items()]


def _set_value(call: Call, project_id: int, name: str, environment_id: int | None, value: str | None) -> int:
    kind = "project" if environment_id is None else "environment"
    key = {"project_id": project_id, "name": name, "type": kind, "environment_id": environment_id, "state": 1}
    old = call.state.store.first("variables", key)
    blank: Row = {"job_definition_id": None, "user_id": None, "account_id": call.state.account_id}
    row = {**blank, **key, "raw_value": value, **stamps(old, call.state.stamp())}
    return int(call.state.store.put("variables", {"id": old["id"] if old else None, **row})["id"])


def routes(state: State) -> list[BaseRoute]:
    """URLs of environment variables."""
    base = "/api/v3/accounts/{account_id}/projects/{project_id}/environment-variables/"
    table = [
        Entry("POST", base, create),
        Entry("GET", base + "job/", list_for_job),
        Entry("GET", base + "user/", list_for_user),
        Entry("GET", base + "environment/", list_for_environments),
        Entry("POST", base + "bulk/", bulk_create),
        Entry("PUT", base + "bulk/", bulk_update),
        Entry("DELETE", base + "bulk/", bulk_delete),
        Entry("GET", base + "{id}/", get),
        Entry("POST", base + "{id}/", update),
        Entry("DELETE", base + "{id}/", delete),
    ]
    return api_routes(state, table)
