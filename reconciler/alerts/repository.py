"""Where the code of a dbt project is read in a browser: files, commits and comparisons at four kinds of host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlsplit

__all__ = ["Forge", "Repository", "repository_at", "repository_of_remote"]

_COMMIT: Final = re.compile(r"[0-9a-fA-F]{7,64}")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[0-9]{1,5})?")
_PART: Final = re.compile(r"[A-Za-z0-9_.~%+ -]{1,200}")
_SCP: Final = re.compile(r"git@([A-Za-z0-9.-]{1,253}):([^\s:]{1,400})")
_LONGEST: Final = 600


class Forge(StrEnum):
    """Who shows the code; each has its own addresses."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    AZURE = "azure"


_VENDORS: Final = {"github.com": Forge.GITHUB, "gitlab.com": Forge.GITLAB, "bitbucket.org": Forge.BITBUCKET}
_PRODUCTS: Final = {"github": Forge.GITHUB, "gitlab": Forge.GITLAB, "bitbucket": Forge.BITBUCKET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository's page. Methods return "" for a commit, a number or a path that is none."""

    web: str
    forge: Forge
    path: str = ""

    def file(self, path: str, commit: str, *, line: int | None = None) -> str:
        """Return the page of a file of the dbt project at a commit."""
        whole = "/".join(part for part in (self.path.strip("/"), path.strip("/")) if part)
        if not _is_commit(commit) or not path or ".." in whole.split("/"):
            return ""
        found = quote(whole)
        match self.forge:
            case Forge.GITHUB:
                return f"{self.web}/blob/{commit}/{found}" + (f"#L{line}" if line else "")
            case Forge.GITLAB:
                return f"{self.web}/-/blob/{commit}/{found}" + (f"#L{line}" if line else "")
            case Forge.BITBUCKET:
                return f"{self.web}/src/{commit}/{found}" + (f"#lines-{line}" if line else "")
            case Forge.AZURE:
                return f"{self.web}?path=/{found}&version=GC{commit}" + (f"&line={line}" if line else "")

    def commit(self, commit: str) -> str:
        if not _is_commit(commit):
            return ""
        inner = {Forge.GITLAB: "-/commit", Forge.BITBUCKET: "commits"}.get(self.forge, "commit")
        return f"{self.web}/{inner}/{commit}"

    def compare(self, before: str, after: str) -> str:
        """Return the page of what changed between two commits; none for one and the same."""
        if not (_is_commit(before) and _is_commit(after)) or before == after:
            return ""
        match self.forge:
            case Forge.GITHUB:
                return f"{self.web}/compare/{before}...{after}"
            case Forge.GITLAB:
                return f"{self.web}/-/compare/{before}...{after}"
            case Forge.BITBUCKET:
                return f"{self.web}/branches/compare/{after}%0D{before}"
            case Forge.AZURE:
                return f"{self.web}/branchCompare?baseVersion=GC{before}&targetVersion=GC{after}"

    def pull_request(self, number: int | None) -> str:
        if not number or number < 1:
            return ""
        inner = {Forge.GITHUB: "pull", Forge.GITLAB: "-/merge_requests", Forge.BITBUCKET: "pull-requests"}
        return f"{self.web}/{inner.get(self.forge, 'pullrequest')}/{number}"


def repository_at(address: str, path: str = "") -> Repository | None:
    """Return the repository whose web address the policy gives; of an unknown host GitHub's addresses are assumed."""
    found = _https(address)
    if found is None:
        return None
    return Repository(web=found, forge=_forge(urlsplit(found).hostname or "") or Forge.GITHUB, path=path)


def repository_of_remote(remote: str, path: str = "") -> Repository | None:
    """Return the repository that a git remote means, if host and shape are known; what it says besides is dropped.

    Known are https, ssh and git addresses of GitHub, GitLab, Bitbucket and Azure DevOps, also where they are hosted
    by a company under their own name (`gitlab.acme.example`).
    """
    found = _https(_as_address(remote.strip()))
    forge = found and _forge(urlsplit(found).hostname or "")
    return Repository(web=found, forge=forge, path=path) if found and forge else None


def _is_commit(text: str) -> bool:
    return _COMMIT.fullmatch(text) is not None


def _as_address(remote: str) -> str:
    """Write a git remote as a web address."""
    if scp := _SCP.fullmatch(remote[:_LONGEST]):
        return _azure(f"https://{scp[1]}/{scp[2]}")
    for scheme in ("ssh://", "git://", "git+ssh://"):
        if remote.startswith(scheme):
            return _azure(f"https://{remote.removeprefix(scheme)}")
    return remote


def _azure(address: str) -> str:
    """Azure's ssh address has another host and another order: `v3/organisation/project/repository`."""
    parts = urlsplit(address)
    folders = parts.path.strip("/").split("/")
    if parts.hostname == "ssh.dev.azure.com" and len(folders) == 4:
        return f"https://dev.azure.com/{folders[1]}/{folders[2]}/_git/{folders[3]}"
    return address


def _https(address: str) -> str | None:
    """Return host and path of an ordinary https address, without user, query and `.git`; None for anything else."""
    try:
        parts = urlsplit(address[:_LONGEST])
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "") + (f":{port}" if port not in {None, 22, 443, 9418} else "")
    folders = parts.path.strip("/").removesuffix(".git").split("/")
    if parts.scheme != "https" or _HOST.fullmatch(host) is None or len(folders) < 2:
        return None
    if any(_PART.fullmatch(folder) is None or folder in {".", ".."} for folder in folders):
        return None
    return f"https://{host}/{quote('/'.join(folders), safe='/%+')}"


def _forge(host: str) -> Forge | None:
    """Return who runs a host: the vendor, or a company on its own machine named after the product."""
    if host == "dev.azure.com" or host.endswith(".visualstudio.com"):
        return Forge.AZURE
    if host in _VENDORS:
        return _VENDORS[host]
    if any(host.startswith(f"{vendor}.") for vendor in _VENDORS):  # it only looks like the vendor's
        return None
    return _PRODUCTS.get(host.partition(".")[0]) if "." in host else None
