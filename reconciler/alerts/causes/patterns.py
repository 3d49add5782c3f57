"""What warehouses say, and what it means: one table for each of them, in the order in which it is asked.

Every pattern is searched in a bounded text and repeats only single characters, so that no message takes long. A group
`what` is the column, object or file that the sentence names. Real messages, with where they were found, are the cases
of tests/cases/causes/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Final

from reconciler.model.alert import CauseKind

__all__ = ["PATTERNS", "Pattern", "Warehouse"]

_SCHEMA: Final = "A column that it reads is not there"
_RELATION: Final = "A table or view that it reads is not there"
_PERMISSION: Final = "The user of dbt may not do this"
_RESOURCES: Final = "The warehouse ran out of resources"
_CONNECTION: Final = "The connection to the warehouse failed"
_TIMEOUT: Final = "It took longer than the warehouse allows"
_DATA: Final = "The data does not fit what the model does with it"
_COMPILATION: Final = "The code of the project does not compile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """`sentence` is for people, without its full stop; what the group `what` found is put behind it."""

    kind: CauseKind
    sentence: str
    pattern: re.Pattern[str]


Warehouse = tuple[Pattern, ...]


def _says(kind: CauseKind, sentence: str, *patterns: str) -> Warehouse:
    return tuple(Pattern(kind=kind, sentence=sentence, pattern=re.compile(each, re.IGNORECASE)) for each in patterns)


_SNOWFLAKE: Final = (
    *_says(CauseKind.SCHEMA_CHANGE, _SCHEMA, r"invalid identifier '(?P<what>[^'\n]{1,300})'"),
    *_says(CauseKind.PERMISSION, _PERMISSION, r"insufficient privileges to operate on (?P<what>[^\n]{1,200})"),
    *_says(
        CauseKind.MISSING_RELATION,
        "A table, view or schema that it reads is not there, or the user of dbt may not read it",
        r"(?:object|table|view|schema|database) '(?P<what>[^'\n]{1,300})' does not exist or not authorized",
    ),
    *_says(CauseKind.MISSING_RELATION, _RELATION, r"object does not exist, or operation cannot be performed"),
    *_says(
        CauseKind.TIMEOUT,
        _TIMEOUT,
        r"statement reached its statement or warehouse timeout",
        r"sql execution canceled",
    ),
    *_says(
        CauseKind.RESOURCES,
        _RESOURCES,
        r"warehouse '(?P<what>[^'\n]{1,200})' was suspended",
        r"no active warehouse selected",
        r"resource monitor [^\n]{0,200}quota",
    ),
    *_says(
        CauseKind.CONNECTION,
        _CONNECTION,
        r"failed to connect to db:[^\n]{0,200}",
        r"incorrect username or password was specified",
        r"jwt token is invalid",
        r"250001 \(08001\)",
        r"authentication token has expired",
    ),
    *_says(
        CauseKind.DATA,
        _DATA,
        r"(?:numeric|date|timestamp|boolean|time) value '(?P<what>[^'\n]{0,200})' is not recognized",
        r"duplicate row detected during dml action",
        r"null result in a non-nullable column",
        r"string '(?P<what>[^'\n]{0,200})' is too long and would be truncated",
        r"single-row subquery returns more than one row",
    ),
    *_says(CauseKind.COMPILATION, _COMPILATION, r"001003 \(42000\)", r"unknown function (?P<what>[\w.$]{1,200})"),
)

_BIGQUERY: Final = (
    *_says(
        CauseKind.PERMISSION,
        _PERMISSION,
        r"access denied: (?P<what>[^\n]{1,200})",
        r"does not have bigquery\.[\w.]{1,80} permission",
    ),
    *_says(
        CauseKind.MISSING_RELATION,
        _RELATION,
        r"not found: (?:table|dataset|view) (?P<what>[^\s]{1,300}) was not found",
        r"not found: (?:table|dataset|project) (?P<what>[^\s]{1,300})",
    ),
    *_says(
        CauseKind.SCHEMA_CHANGE,
        _SCHEMA,
        r"unrecognized name: (?P<what>[^\s;\[]{1,200})",
        r"name (?P<what>[^\s]{1,200}) not found inside",
        r"field name (?P<what>[^\s]{1,200}) does not exist in",
        r"column \S{1,20} in (?:union|except|intersect) \w{0,10} ?has incompatible types",
    ),
    *_says(
        CauseKind.RESOURCES,
        _RESOURCES,
        r"resources exceeded during query execution",
        r"quota exceeded: (?P<what>[^\n]{1,200})",
        r"exceeded rate limits",
        r"billing tier limit",
        r"query exceeded limit for bytes billed",
    ),
    *_says(CauseKind.TIMEOUT, _TIMEOUT, r"operation did not complete within the designated timeout", r"job timed out"),
    *_says(
        CauseKind.DATA,
        _DATA,
        r"bad (?:int64|double|date|bool|numeric) value: (?P<what>[^\n]{0,200})",
        r"invalid (?:date|timestamp|datetime): '?(?P<what>[^'\n]{0,200})",
        r"could not cast literal (?P<what>[^\n]{0,200})",
        r"division by zero",
        r"scalar subquery produced more than one element",
        r"update/merge must match at most one source row",
    ),
)

_POSTGRES: Final = (
    *_says(CauseKind.PERMISSION, _PERMISSION, r"permission denied for (?P<what>[^\n]{1,200})", r"must be owner of "),
    *_says(
        CauseKind.SCHEMA_CHANGE,
        _SCHEMA,
        r"column \"?(?P<what>[^\"\s]{1,200})\"? does not exist",
        r"column \"?(?P<what>[^\"\s]{1,200})\"? of relation [^\n]{1,200} does not exist",
        r"cannot drop columns from view",
    ),
    *_says(
        CauseKind.MISSING_RELATION,
        _RELATION,
        r"relation \"?(?P<what>[^\"\s]{1,300})\"? does not exist",
        r"schema \"?(?P<what>[^\"\s]{1,200})\"? does not exist",
        r"could not open relation with oid",
    ),
    *_says(
        CauseKind.TIMEOUT,
        _TIMEOUT,
        r"canceling statement due to statement timeout",
        r"query \(\d{1,20}\) cancelled on user's request",
        r"canceling statement due to (?:user request|lock timeout)",
    ),
    *_says(
        CauseKind.RESOURCES,
        _RESOURCES,
        r"remaining connection slots are reserved",
        r"too many connections",
        r"out of memory",
        r"disk full",
        r"no space left on device",
        r"high disk usage when rewriting query",
    ),
    *_says(
        CauseKind.CONNECTION,
        _CONNECTION,
        r"ssl connection has been closed unexpectedly",
        r"server closed the connection unexpectedly",
        r"could not connect to server[^\n]{0,200}",
        r"ssl syscall error[^\n]{0,200}",
        r"password authentication failed for user",
        r"could not translate host name",
        r"terminating connection due to administrator command",
    ),
    *_says(
        CauseKind.DATA,
        _DATA,
        r"invalid input syntax for (?:type )?(?P<what>[^\n]{1,200})",
        r"duplicate key value violates unique constraint",
        r"value too long for (?:type )?(?P<what>[^\n]{1,100})",
        r"null value in column \"?(?P<what>[^\"\s]{1,200})",
        r"numeric field overflow",
        r"numeric data overflow",
        r"deadlock detected",
    ),
)

_REDSHIFT: Final = (
    *_says(
        CauseKind.RESOURCES,
        _RESOURCES,
        r"serializable isolation violation on table[^\n]{0,200}",
        r"query aborted by wlm",
        r"cancell?ed by wlm abort action",
        r"conflict with concurrent transaction",
    ),
    *_says(
        CauseKind.DATA,
        _DATA,
        r"load into table '(?P<what>[^'\n]{1,200})' failed",
        r"invalid digit, value '(?P<what>[^'\n]{0,50})'",
    ),
    *_says(CauseKind.PERMISSION, _PERMISSION, r"user \S{1,100} does not have usage privileges on"),
)

_SPARK: Final = (
    *_says(
        CauseKind.MISSING_RELATION,
        _RELATION,
        r"\[table_or_view_not_found\][^\n`]{0,80}(?P<what>`[^\n ]{1,300}`)",
        r"\[schema_not_found\][^\n`]{0,80}(?P<what>`[^\n ]{1,300}`)",
        r"table or view not found: (?P<what>[^\s;]{1,300})",
        r"database '(?P<what>[^'\n]{1,200})' not found",
    ),
    *_says(
        CauseKind.SCHEMA_CHANGE,
        _SCHEMA,
        r"\[unresolved_column[\w.]{0,40}\][^\n`]{0,120}(?P<what>`[^\n ]{1,200}`)",
        r"cannot resolve '(?P<what>[^'\n]{1,200})' given input columns",
        r"a schema mismatch detected when writing to the delta table",
        r"\[delta_[a-z_]{0,40}schema_mismatch",
    ),
    *_says(
        CauseKind.PERMISSION,
        _PERMISSION,
        r"permission_denied: (?P<what>[^\n]{1,200})",
        r"\[insufficient_permissions\](?P<what>[^\n]{0,200})",
        r"user does not have (?P<what>[^\n]{1,120}) on",
    ),
    *_says(
        CauseKind.RESOURCES,
        _RESOURCES,
        r"java\.lang\.outofmemoryerror",
        r"gc overhead limit exceeded",
        r"executorlostfailure",
        r"\[delta_concurrent_append",
        r"concurrentappendexception",
    ),
    *_says(
        CauseKind.CONNECTION,
        _CONNECTION,
        r"invalid_state: [^\n]{0,200}",
        r"error during request to server",
        r"temporarily_unavailable",
    ),
    *_says(
        CauseKind.DATA,
        _DATA,
        r"\[cast_invalid_input\](?P<what>[^\n]{0,120})",
        r"\[divide_by_zero\]",
        r"cannot perform merge as multiple source rows matched",
        r"\[delta_multiple_source_row_matching",
    ),
    *_says(CauseKind.COMPILATION, _COMPILATION, r"\[parse_syntax_error\](?P<what>[^\n]{0,120})"),
)

_DUCKDB: Final = (
    *_says(
        CauseKind.MISSING_RELATION,
        _RELATION,
        r"catalog error: table with name (?P<what>[^\s]{1,200}) does not exist",
        r"binder error: catalog \"(?P<what>[^\"\n]{1,200})\" does not exist",
    ),
    *_says(
        CauseKind.SCHEMA_CHANGE,
        _SCHEMA,
        r"binder error: referenced column \"(?P<what>[^\"\n]{1,200})\" not found",
        r"binder error: [^\n]{1,250} does not have a column named \"(?P<what>[^\"\n]{1,200})",
    ),
    *_says(
        CauseKind.CONNECTION,
        "The database file is in use by another process",
        r"io error: could not set lock on file",
    ),
    *_says(CauseKind.RESOURCES, _RESOURCES, r"out of memory error: ", r"database has been invalidated because of a"),
    *_says(CauseKind.DATA, _DATA, r"conversion error: (?P<what>[^\n]{1,200})", r"constraint error: "),
)

_DBT: Final = (
    *_says(
        CauseKind.SCHEMA_CHANGE,
        "The model's columns are not those of its contract",
        r"this model has an enforced contract that failed",
        r"please ensure the name, data_type,? (?:order, )?and number of columns in your",
    ),
    *_says(
        CauseKind.SCHEMA_CHANGE,
        "The source and the target of an incremental model have other columns",
        r"the source and target schemas on this incremental model are out of sync",
    ),
    *_says(
        CauseKind.COMPILATION,
        "The code names a node that the project does not have",
        r"depends on a (?:node|source) named '(?P<what>[^'\n]{1,200})'[^\n]{0,200} which (?:was not found|is disabled)",
    ),
    *_says(
        CauseKind.MISSING_RELATION,
        _RELATION,
        r"\bdbt0214: [^\n']{0,40}'(?P<what>[^'\n]{1,300})'",
        r"table '(?P<what>[^'\n]{1,300})' does not exist",
    ),
    *_says(
        CauseKind.DATA,
        "The data is not what a test expects",
        r"got \d{1,20} results?, configured to (?:fail|warn) if",
    ),
    *_says(
        CauseKind.COMPILATION,
        _COMPILATION,
        r"^\s*compilation error",
        r"'(?P<what>[\w.]{1,200})' is undefined",
        r"^\s*parsing error",
        r"syntax error(?: at or near|:)? (?P<what>[^\n]{0,120})",
    ),
    *_says(
        CauseKind.CONNECTION,
        _CONNECTION,
        r"connection (?:timed out|refused|reset by peer)",
        r"name or service not known",
        r"max retries exceeded with url",
        r"could not find profile named",
    ),
    *_says(
        CauseKind.PERMISSION,
        "dbt Cloud may not read the repository of the code",
        r"could not read from remote repository",
        r"make sure you have the correct access rights",
        r"authentication failed for 'https",
    ),
    *_says(CauseKind.PERMISSION, _PERMISSION, r"permission denied", r"\b403 forbidden\b", r"access denied"),
    *_says(CauseKind.TIMEOUT, _TIMEOUT, r"\btimed out\b", r"\btimeout\b"),
    *_says(CauseKind.RESOURCES, _RESOURCES, r"memory limit exceeded", r"\boom ?killed\b", r"signal: killed"),
)

PATTERNS: Final[Warehouse] = tuple(chain(_SNOWFLAKE, _BIGQUERY, _SPARK, _DUCKDB, _POSTGRES, _REDSHIFT, _DBT))
"""All of them: a message does not say which warehouse it is of, and each is asked for words that only it uses."""
