"""A stand-in for `vault`, `aws`, `gcloud`, `az` and `gh`: knows the calls of our recipes and nothing else.

It is started under the name of the program that it plays, writes down every call (arguments, standard input,
environment) in `$FAKE_CLOUD/calls.jsonl`, and keeps what is stored in `$FAKE_CLOUD/kept.json`. `$FAKE_CLOUD/fails`
holds a word: a call that has it among its arguments fails with exit code 9.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False  # the typing module would take longer to load than the rest of this program
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER = os.environ["FAKE_CLOUD"]
KEPT = f"{FOLDER}/kept.json"
FAILS = f"{FOLDER}/fails"


def fail(text: str, code: int = 1) -> None:
    sys.stderr.write(text + "\n")
    sys.exit(code)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def kept() -> dict[str, str]:
    if not os.path.exists(KEPT):  # noqa: PTH110 - pathlib would take longer to load than the rest
        return {}
    with open(KEPT) as file:  # noqa: PTH123
        return dict(json.load(file))


def keep(name: str, value: str | None) -> None:
    values = kept()
    values.pop(name, None)
    with open(KEPT, "w") as file:  # noqa: PTH123
        json.dump(values if value is None else {**values, name: value}, file)


def options(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Split `--name value`, `--name=value` and `-name=value` from the plain words."""
    words: list[str] = []
    found: dict[str, str] = {}
    rest = iter(arguments)
    for each in rest:
        if not each.startswith("-"):
            words.append(each)
        elif "=" in each:
            name, _, value = each.partition("=")
            found[name.lstrip("-")] = value
        else:
            found[each.lstrip("-")] = next(rest)
    return words, found


def given(sent: str, what: str | None, allowed: str) -> str:
    """Return what the program reads from standard input, if it was told so in its own way."""
    if what != allowed:
        fail(f"a secret must come on standard input: {what}", 64)
    return sent


def vault(words: list[str], opts: Mapping[str, str], sent: str) -> None:
    match words, dict(opts):
        case ["token", "capabilities", path], {} if path.startswith("secret/data/"):
            say("create, read, update")
        case ["kv", "get", path], {"mount": "secret", "field": "secrets"}:
            if path not in kept():
                fail(f"No value found at secret/data/{path}", 2)
            sys.stdout.write(kept()[path])
        case ["kv", "put", path, "secrets=-"], {"mount": "secret"}:
            keep(path, sent)
            say("version 2")
        case _:
            fail(f"unknown call: {words} {opts}", 64)


def aws(words: list[str], opts: Mapping[str, str], sent: str) -> None:
    if words[:1] != ["secretsmanager"]:
        fail(f"unknown call: {words}", 64)
    name = opts["secret-id"]
    match words[1:], dict(opts):
        case ["describe-secret"], {"query": "ARN", "output": "text"}:
            say("arn:aws:secretsmanager:eu-central-1:1:secret:x")
        case ["get-secret-value"], {"query": "SecretString", "output": "text"}:
            if name not in kept():
                fail("An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation", 254)
            say(kept()[name])
        case ["put-secret-value"], {"secret-string": source}:
            keep(name, given(sent, source, "file:///dev/stdin"))
        case _:
            fail(f"unknown call: {words} {opts}", 64)


def gcloud(words: list[str], opts: Mapping[str, str], sent: str) -> None:
    match words, dict(opts):
        case ["secrets", "describe", name], {"format": "value(name)"}:
            say(f"projects/1/secrets/{name}")
        case ["secrets", "versions", "access", "latest"], {"secret": name}:
            if name not in kept():
                fail(f"ERROR: (gcloud.secrets.versions.access) NOT_FOUND: Secret [{name}] has no versions.")
            sys.stdout.write(kept()[name])
        case ["secrets", "versions", "add", name], {"data-file": source}:
            keep(name, given(sent, source, "-"))
            sys.stderr.write("Created version [2] of the secret.\n")
        case _:
            fail(f"unknown call: {words} {opts}", 64)


def az(words: list[str], opts: Mapping[str, str], sent: str) -> None:
    if words[:2] != ["keyvault", "secret"] or opts.get("vault-name") != "alerts":
        fail(f"unknown call: {words} {opts}", 64)
    match words[2:], dict(opts):
        case ["list"], {"maxresults": "1", "output": "none"}:
            return
        case ["show"], {"name": name, "query": "value", "output": "tsv"}:
            if name not in kept():
                fail(f"ERROR: (SecretNotFound) A secret with (name/id) {name} was not found in this key vault.", 3)
            say(kept()[name])
        case ["set"], {"name": name, "file": source, "encoding": "utf-8", "output": "none"}:
            keep(name, given(sent, source, "/dev/stdin"))
        case _:
            fail(f"unknown call: {words} {opts}", 64)


def gh(words: list[str], opts: Mapping[str, str], sent: str) -> None:
    """GitHub: secrets are kept as `NAME`, variables as `var NAME`. The jq filters are played, not run."""
    if opts.get("repo") != "acme/alerts":
        fail(f"unknown call: {words} {opts}", 64)
    match words, dict(opts):
        case ["variable", "list"], {"json": "name,value", "jq": query}:
            name = query.partition('"')[2].partition('"')[0]
            say(kept().get(f"var {name}", ""))
        case ["variable", "set", name], {"body": value}:
            keep(f"var {name}", value)
        case ["secret", "list"], {"json": "name", "jq": ".[].name"}:
            say("\n".join(name for name in kept() if not name.startswith("var ")))
        case ["secret", "set", name], {**rest} if "body" not in rest:
            keep(name, sent.rstrip("\n"))
        case ["secret", "delete", name], _:
            if name not in kept():
                fail("HTTP 404: Not Found")
            keep(name, None)
        case _:
            fail(f"unknown call: {words} {opts}", 64)


PROGRAMS: Mapping[str, Callable[[list[str], Mapping[str, str], str], None]] = {
    "vault": vault,
    "aws": aws,
    "gcloud": gcloud,
    "az": az,
    "gh": gh,
}


def word_that_fails() -> str:
    if not os.path.exists(FAILS):  # noqa: PTH110
        return ""
    with open(FAILS) as file:  # noqa: PTH123
        return file.read()


def main() -> None:
    name, arguments = sys.argv[1].rpartition("/")[2], sys.argv[2:]
    sent = sys.stdin.read()
    call = {"program": name, "arguments": arguments, "stdin": sent, "environ": dict(os.environ)}
    with open(f"{FOLDER}/calls.jsonl", "a") as log:  # noqa: PTH123
        log.write(json.dumps(call) + "\n")
    if word_that_fails() in arguments:
        fail("PERMISSION_DENIED", 9)
    PROGRAMS[name](*options(arguments), sent)


if __name__ == "__main__":
    main()
