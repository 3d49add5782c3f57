"""Templates that were compiled, kept by file: one file serves several cases, and compiles to the same for all kinds."""

from __future__ import annotations

from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache

__all__ = ["Compiled"]


class Compiled(BytecodeCache):
    """Kept in memory as long as the process lives. A file that has changed takes the place of what it was.

    Jinja asks with the name that a template was asked for by, and `slack/failure.j2` may be `slack/base.j2` on disk:
    the name stands in the compiled code for messages alone, in which we name the file.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return filename or name

    def load_bytecode(self, bucket: Bucket) -> None:
        source, code = self._kept.get(bucket.key, ("", None))
        if source == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)
