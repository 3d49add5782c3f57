"""A certificate of its own for `--tls`, made by the `openssl` command."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class NoOpensslError(RuntimeError):
    """TLS was asked for and there is nothing to make a certificate with."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"--tls needs the openssl command: {reason}; install it, or start without --tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A self-signed certificate, which is also the file of authorities to trust, and its key."""

    path: Path
    key: Path


def make_certificate(folder: Path | None = None) -> Certificate:
    """Make a certificate for localhost, valid for a day, in `folder` (a new temporary one unless given)."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise NoOpensslError("it was not found")
    place = folder or Path(tempfile.mkdtemp(prefix="dbt-sandbox-tls-"))
    place.mkdir(parents=True, exist_ok=True)
    made = Certificate(path=place / "sandbox-ca.pem", key=place / "sandbox-key.pem")
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
    arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    files = ["-addext", names, "-keyout", str(made.key), "-out", str(made.path)]
    done = subprocess.run([openssl, *arguments, *files], capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if done.returncode != 0:
        raise NoOpensslError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it failed")
    made.key.chmod(0o600)
    return made
