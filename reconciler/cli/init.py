"""`dbt-alerts init`: a working repository, from a few questions or from what an account tells today."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli import options
from reconciler.errors import Refused, RuntimeFailure, UsageError
from reconciler.escape import terminal

if TYPE_CHECKING:
    from reconciler.scaffold.answers import Answers

__all__ = ["command"]

_SCHEMA: Final = "policy.schema.json"
_EXECUTABLE: Final = ".sh"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--from-account", is_flag=True, default=False, help="Write what dbt Cloud tells people today.")
@options.live(note="; with it, or --from-account, the policy is what it tells people")
@click.option("--manager", metavar="NAME", help="What this repository is called in the ledger. Default: its folder's.")
@click.option("--email", metavar="ADDRESS", help="The dbt Cloud user who is told when production jobs fail.")
@click.option("--team", metavar="NAME", help="The first team. Default: data.")
@click.option("--project", "projects", multiple=True, metavar="NAME", help="Bound everything to this project; again.")
@click.option("--timezone", metavar="ZONE", default="UTC", show_default=True, help="Of times of day: Europe/Berlin.")
@click.option("--github/--no-github", default=True, show_default=True, help="The workflows that plan and apply.")
@click.option("--pre-commit/--no-pre-commit", default=True, show_default=True, help="Checks before each commit.")
@click.option("--yes", is_flag=True, default=False, help="Ask nothing: take what is given, and the defaults.")
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    folder: Path,
    from_account: bool,
    live: Path | None,
    manager: str | None,
    email: str | None,
    team: str | None,
    projects: tuple[str, ...],
    timezone: str,
    github: bool,
    pre_commit: bool,
    yes: bool,
) -> None:
    """Write a working repository into FOLDER (default: this one): policies, workflows, hooks, README.

    It asks what it was not told, on a terminal. Files that are there already are left as they are; a policy that is
    there already is refused: `import` and `fmt` work on that.
    """
    from reconciler.scaffold.answers import Answers, guessed_manager  # noqa: PLC0415 - not needed for `--help`

    _refuse_a_policy(folder / "policies")
    asking = not yes and sys.stdin.isatty()
    read = from_account or live is not None
    name = manager or guessed_manager(folder.resolve().name)
    if read:
        _refuse_beside_an_account(team=team, email=email, projects=projects)
    answers = Answers(
        manager=_checked_manager(
            _asked("A name for this repository, kept for good: what it makes is marked with it", name)
            if asking
            else name
        ),
        team=_team("data" if team is None else team),
        timezone=_timezone(timezone, asking=asking),
        email="" if read else _email(email, asking=asking),
        projects=_checked_projects(projects or (_projects() if asking and not read else ())),
        git=github,
        github=github,
        pre_commit=pre_commit,
    )
    written, kept = _write(folder, answers, imported=_account_files(answers, live) if read else None)
    click.echo("\n".join(_told(folder, written, kept, answers, read=read)))


def _refuse_a_policy(policies: Path) -> None:
    from reconciler.policy.files import find  # noqa: PLC0415

    if policies.is_dir() and find([policies]).files:
        raise Refused(
            f"there is a policy in {policies} already; nothing was written",
            next_step="`dbt-alerts import` adds what dbt Cloud tells besides; or begin in another folder",
        )


def _refuse_beside_an_account(*, team: str | None, email: str | None, projects: tuple[str, ...]) -> None:
    """Raise UsageError for answers that the account gives itself: heeded by nobody, they would look heeded."""
    given = [name for name, value in (("--team", team), ("--email", email), ("--project", projects)) if value]
    if given:
        raise UsageError(
            f"{', '.join(given)}: the account says whom it tells, of which projects",
            next_step="leave it out; `scope`, written before the first apply, bounds what may be touched",
        )


def _asked(question: str, default: str = "") -> str:
    return str(click.prompt(question, default=default or None, show_default=bool(default), err=True)).strip()


def _team(name: str) -> str:
    from reconciler.importing.sayable import team  # noqa: PLC0415

    if not team(name):
        raise UsageError(
            f"--team {name}: a name without spaces, at most 100 long", next_step="write data, or data-platform"
        )
    return name


def _timezone(given: str, *, asking: bool) -> str:
    zone = _asked("Which time zone are times of day in?", given) if asking else given
    from reconciler.policy.names import zone_exists  # noqa: PLC0415

    if not zone_exists(zone):
        raise UsageError(f"--timezone {zone}: there is no such zone", next_step="write one as Europe/Berlin")
    return zone


def _projects() -> tuple[str, ...]:
    told = str(click.prompt("Which dbt Cloud projects? (names with commas between; empty: all)", default="", err=True))
    return tuple(name.strip() for name in told.split(",") if name.strip())


def _checked_projects(names: tuple[str, ...]) -> tuple[str, ...]:
    from reconciler.importing.sayable import text  # noqa: PLC0415

    for name in names:
        if not text(name):
            raise UsageError(
                f"--project {name}: a policy file cannot hold this name", next_step="write it as dbt Cloud shows it"
            )
    return names


def _email(given: str | None, *, asking: bool) -> str:
    email = given or (_asked("Who is told when production jobs fail? (e-mail of a dbt Cloud user)") if asking else "")
    if not email:
        raise UsageError(
            "nobody is named who shall be told",
            next_step="give --email ADDRESS, the e-mail of a dbt Cloud user; or --from-account",
        )
    _check({"owner": email, "team": "x"}, f"--email {email}: this is no e-mail address", "write name@company.com")
    return email


def _check(said: Mapping[str, object], message: str, next_step: str) -> None:
    """Raise UsageError for an answer that the policy language does not take."""
    from reconciler.policy.documents.file import Document  # noqa: PLC0415

    try:
        Document.model_validate(said)
    except ValueError:
        raise UsageError(message, next_step=next_step) from None


def _checked_manager(name: str) -> str:
    from reconciler.cli.import_account import manager_name  # noqa: PLC0415

    return manager_name(name)


def _account_files(answers: Answers, live: Path | None) -> Mapping[str, str]:
    from reconciler.cli.import_account import read_account  # noqa: PLC0415
    from reconciler.importing.files import Layout  # noqa: PLC0415

    layout = Layout(split=True, schema=f"../{_SCHEMA}")
    return read_account(None, manager=answers.manager, layout=layout, owners=None, held=None, live=live).files


def _write(folder: Path, answers: Answers, *, imported: Mapping[str, str] | None) -> tuple[list[str], list[str]]:
    """Write everything, the policy last: a run that is killed before can be repeated. Return what was and was not."""
    from reconciler.cli.import_files import put_in_place  # noqa: PLC0415
    from reconciler.scaffold.files import around_files, policy_files  # noqa: PLC0415

    around = {**around_files(answers), _SCHEMA: _schema()}
    written = [path for path, text in around.items() if _new(folder / path, text)]
    policy = policy_files(answers, imported=imported)
    put_in_place(folder / "policies", policy)
    kept = [path for path in around if path not in written]
    return [*(f"policies/{path}" for path in sorted(policy)), *sorted(written)], sorted(kept)


def _schema() -> str:
    import json  # noqa: PLC0415

    from reconciler.policy import schema  # noqa: PLC0415

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _new(path: Path, text: str) -> bool:
    """Write a file that is not there; tell whether it was not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise RuntimeFailure(
            f"{path} cannot be written: {error.strerror}", next_step="begin in a folder of yours"
        ) from error
    if path.suffix == _EXECUTABLE:
        path.chmod(path.stat().st_mode | 0o111)
    return True


def _told(folder: Path, written: list[str], kept: list[str], answers: Answers, *, read: bool) -> Iterator[str]:
    yield terminal(f"Wrote {len(written)} files to {folder}:")
    yield from (terminal(f"  {path}") for path in written)
    for path in kept:
        yield terminal(f"  {path} was there and is left as it is{_missing(folder / path)}")
    yield "Next steps:"
    steps = list(_steps(folder, answers, read=read))
    yield from (terminal(f"  {number}. {step}") for number, step in enumerate(steps, start=1))


def _missing(path: Path) -> str:
    if path.name != ".gitignore" or ".dbt-alerts/" in path.read_text(encoding="utf-8", errors="replace").splitlines():
        return ""
    return ": add the line `.dbt-alerts/` to it"


def _steps(folder: Path, answers: Answers, *, read: bool) -> Iterator[str]:
    if folder.resolve() != Path.cwd():
        yield f"`cd {folder}`"
    names = [name for name in ("DBT_CLOUD_HOST", "DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_TOKEN") if name not in os.environ]
    if names:
        yield f"set {', '.join(names)} (README.md says how they are found, and what CI needs)"
    if answers.git and not (folder / ".git").exists():
        yield "`git init`, and a remote: the ledger is a branch of it"
    yield "`dbt-alerts lint`: the files are right"
    shows = "adoptions only: nobody starts or stops being told" if read else "who would start being told"
    yield f"`dbt-alerts plan`: {shows}; nothing is written"
    yield "`dbt-alerts apply`"
    if answers.github:
        yield (
            "set the variables and secrets that README.md names, then push: the first push to the default branch "
            "applies, later changes go through pull requests"
        )
