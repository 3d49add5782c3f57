"""Where code is read in a browser: only at addresses of a known shape, and with nothing else of a remote in them."""

import pytest

from reconciler.alerts.repository import Forge, Repository, repository_at, repository_of_remote

NEW, OLD = "9f2c1d7ab04e", "41aa0be2c3d4"


def _web(remote: str) -> str:
    found = repository_of_remote(remote)
    return found.web if found else ""


@pytest.mark.parametrize(
    ("remote", "web", "forge"),
    [
        ("git@github.com:acme/dbt.git", "https://github.com/acme/dbt", Forge.GITHUB),
        ("git://github.com/acme/dbt.git", "https://github.com/acme/dbt", Forge.GITHUB),
        ("ssh://git@github.com:22/acme/dbt.git", "https://github.com/acme/dbt", Forge.GITHUB),
        ("https://github.com/acme/dbt.git/", "https://github.com/acme/dbt", Forge.GITHUB),
        ("https://x-access-token:s3cret@github.com/acme/dbt.git?x=1#y", "https://github.com/acme/dbt", Forge.GITHUB),
        ("git@gitlab.com:acme/data/dbt.git", "https://gitlab.com/acme/data/dbt", Forge.GITLAB),
        ("https://gitlab.acme.example:8443/data/dbt", "https://gitlab.acme.example:8443/data/dbt", Forge.GITLAB),
        ("git@bitbucket.org:acme/dbt.git", "https://bitbucket.org/acme/dbt", Forge.BITBUCKET),
        ("git@ssh.dev.azure.com:v3/acme/Data/dbt", "https://dev.azure.com/acme/Data/_git/dbt", Forge.AZURE),
        ("https://acme@dev.azure.com/acme/A%20B/_git/dbt", "https://dev.azure.com/acme/A%20B/_git/dbt", Forge.AZURE),
    ],
)  # fmt: skip
def test_remotes_of_known_hosts_are_pages(remote: str, web: str, forge: Forge) -> None:
    found = repository_of_remote(remote)
    assert found is not None
    assert (found.web, found.forge) == (web, forge)


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "not an address",
        "http://github.com/acme/dbt",
        "file:///etc/passwd",
        "javascript:alert(1)//github.com/acme/dbt",
        "https://evil.example/acme/dbt",
        "https://github.com.evil.example/acme/dbt",
        "https://notgithub.com/acme/dbt",
        "https://evil.example/github.com/dbt",
        "https://github.com@evil.example/acme/dbt",
        "https://github.com/acme",
        "https://github.com/acme/../../evil",
        "https://github.com/acme/d\u202ebt",
        "https://github.com/acme/<script>",
        "https://github.com:99999/acme/dbt",
        "git@github.com:acme/dbt.git\nhttps://evil.example",
        "https://" + "a" * 100_000,
    ],
)
def test_any_other_remote_is_no_page(remote: str) -> None:
    assert _web(remote) == ""


def test_the_policy_may_name_a_host_that_nobody_knows() -> None:
    found = repository_at("https://git.acme.example/data/dbt/", "transform")
    assert found is not None
    assert found.file("models/a.sql", NEW) == f"https://git.acme.example/data/dbt/blob/{NEW}/transform/models/a.sql"


@pytest.mark.parametrize(
    ("forge", "file", "commit", "compare", "request_"),
    [
        (Forge.GITHUB, f"/blob/{NEW}/models/a%20b.sql#L3", f"/commit/{NEW}", f"/compare/{OLD}...{NEW}", "/pull/7"),
        (
            Forge.GITLAB,
            f"/-/blob/{NEW}/models/a%20b.sql#L3",
            f"/-/commit/{NEW}",
            f"/-/compare/{OLD}...{NEW}",
            "/-/merge_requests/7",
        ),
        (
            Forge.BITBUCKET,
            f"/src/{NEW}/models/a%20b.sql#lines-3",
            f"/commits/{NEW}",
            f"/branches/compare/{NEW}%0D{OLD}",
            "/pull-requests/7",
        ),
        (
            Forge.AZURE,
            f"?path=/models/a%20b.sql&version=GC{NEW}&line=3",
            f"/commit/{NEW}",
            f"/branchCompare?baseVersion=GC{OLD}&targetVersion=GC{NEW}",
            "/pullrequest/7",
        ),
    ],
)
def test_each_host_has_its_own_addresses(forge: Forge, file: str, commit: str, compare: str, request_: str) -> None:
    at = Repository(web="https://h.example/a/b", forge=forge)
    assert at.file("models/a b.sql", NEW, line=3) == f"{at.web}{file}"
    assert at.commit(NEW) == f"{at.web}{commit}"
    assert at.compare(OLD, NEW) == f"{at.web}{compare}"
    assert at.pull_request(7) == f"{at.web}{request_}"


@pytest.mark.parametrize("odd", ["", "main", "../../x", "9f2c", "9f2c1d7 x", NEW + "\n", "9" * 65])
def test_what_is_no_commit_is_linked_nowhere(odd: str) -> None:
    at = Repository(web="https://github.com/acme/dbt", forge=Forge.GITHUB)
    assert (at.file("a.sql", odd), at.commit(odd), at.compare(odd, NEW), at.compare(OLD, odd)) == ("", "", "", "")


def test_a_file_outside_the_project_and_the_same_commit_twice_are_linked_nowhere() -> None:
    at = Repository(web="https://github.com/acme/dbt", forge=Forge.GITHUB)
    assert at.file("../secrets", NEW) == ""
    assert at.compare(NEW, NEW) == ""
    assert (at.pull_request(None), at.pull_request(0), at.pull_request(-1)) == ("", "", "")
