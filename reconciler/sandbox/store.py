"""The sandbox's memory: SQLite, in memory or in a file; rows go in and come out as plain dicts.

How to use it
    store.insert("runs", {"status": 1, ...}) -> the row with its `id` (counted up unless given)
    store.get("runs", 7)                     -> the row, or None
    store.update("runs", 7, {"status": 3})   -> the row with the changes merged in (top level); KeyError if missing
    store.find("runs", {"status__in": [1, 3], "id__gt": 5}, order_by="-id", limit=100, offset=0) -> rows
    store.count("runs", {"status": 20}), store.first("runs", {...}, order_by="-id"), store.delete("runs", 7)
    with store.transaction(): ...            -> many writes at once, all or nothing

A filter is `column` (equal; None matches null), `column__in`, `column__not`, `column__gt`, `column__gte`, `column__lt`,
`column__lte`, `column__range` (two ends, inclusive), `column__icontains`. Columns are those of `tables.TABLES` and
`id`; others raise ValueError. A row may hold any further JSON. Every method may be called from any thread; a row
that is returned is the caller's own copy.
"""

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from reconciler.sandbox.tables import TABLES, Table

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = int | str

_COMPARE = {"": "IS", "not": "IS NOT", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _ddl(name: str, table: Table) -> Iterator[str]:
    key = (
        "seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL" if table.text_key else "id INTEGER PRIMARY KEY"
    )
    columns = "".join(f''', "{c}" AS (json_extract(doc, '{table.path(c)}')) VIRTUAL''' for c in table.columns)
    yield f"CREATE TABLE IF NOT EXISTS {name} ({key}, doc TEXT NOT NULL{columns})"
    for index in table.indexes:
        label = index.replace(", ", "_")
        yield f"CREATE INDEX IF NOT EXISTS {name}_{label} ON {name} ({index})"


def encode(row: Mapping[str, Any]) -> str:
    """Write one row as compact JSON."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


class Store:
    """One SQLite database behind one lock."""

    Duplicate = sqlite3.IntegrityError

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        for name, table in TABLES.items():
            for statement in _ddl(name, table):
                self._connection.execute(statement)

    def close(self) -> None:
        """Close the database; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Group writes: all of them or none; a transaction inside a transaction joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def next_number(self, counter: str, first: int = 1) -> int:
        """Count `counter` up and return the new value; the first call returns `first`."""
        with self._lock:
            sql = (
                "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
            )
            return int(self._connection.execute(sql, (counter, first)).fetchone()[0])

    def insert(self, table: str, row: Mapping[str, Any]) -> Row:
        """Add a row; an integer id is counted up unless the row has one."""
        return self.insert_many(table, [row])[0]

    def insert_many(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
        """Add rows in one transaction."""
        with self.transaction():
            made = [self._with_id(table, row) for row in rows]
            sql = f"INSERT INTO {table} (id, doc) VALUES (?, ?)"
            self._connection.executemany(sql, [(row["id"], encode(row)) for row in made])
        return made

    def _with_id(self, table: str, row: Mapping[str, Any]) -> Row:
        if row.get("id") is not None:
            return dict(row)
        spec = TABLES[table]
        if spec.text_key:
            raise ValueError(f"a row of {table} needs a text id")
        number = self.next_number(table, spec.first_id)
        while self.get(table, number) is not None:
            number = self.next_number(table, spec.first_id)
        return {"id": number, **{k: v for k, v in row.items() if k != "id"}}

    def put(self, table: str, row: Mapping[str, Any]) -> Row:
        """Add the row, or replace the one with its id."""
        with self._lock:
            if row.get("id") is None or self.get(table, row["id"]) is None:
                return self.insert(table, row)
            sql = f"UPDATE {table} SET doc = ? WHERE id = ?"
            self._connection.execute(sql, (encode(row), row["id"]))
            return dict(row)

    def get(self, table: str, key: Key) -> Row | None:
        """Read one row by id."""
        with self._lock:
            found = self._connection.execute(f"SELECT doc FROM {table} WHERE id = ?", (key,)).fetchone()
        return json.loads(found[0]) if found else None

    def update(self, table: str, key: Key, changes: Mapping[str, Any]) -> Row:
        """Merge `changes` into the row, top level only. Raises KeyError if there is no such row."""
        with self._lock:
            row = self.get(table, key)
            if row is None:
                raise KeyError(f"{table} {key}")
            return self.put(table, {**row, **changes, "id": row["id"]})

    def delete(self, table: str, key: Key) -> bool:
        """Remove the row for good; False if there was none."""
        with self._lock:
            return self._connection.execute(f"DELETE FROM {table} WHERE id = ?", (key,)).rowcount > 0

    def find(
        self,
        table: str,
        where: Mapping[str, Any] | None = None,
        *,
        order_by: str = "id",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        """Read rows; `order_by` is a column or `-column`, ties by age."""
        return [json.loads(text) for text in self.texts(table, where, order_by=order_by, limit=limit, offset=offset)]

    def texts(
        self,
        table: str,
        where: Mapping[str, Any] | None = None,
        *,
        order_by: str = "id",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[str]:
        """Read rows as the JSON texts that are stored, for callers that need no dict."""
        condition, values = _where(table, where or {})
        sql = f"SELECT doc FROM {table} WHERE {condition} ORDER BY {_order(table, order_by)} LIMIT ? OFFSET ?"
        with self._lock:
            rows = self._connection.execute(sql, (*values, -1 if limit is None else limit, offset)).fetchall()
        return [row[0] for row in rows]

    def first(self, table: str, where: Mapping[str, Any] | None = None, *, order_by: str = "id") -> Row | None:
        """Read the first row that matches, or None."""
        found = self.find(table, where, order_by=order_by, limit=1)
        return found[0] if found else None

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        """Count the rows that match."""
        condition, values = _where(table, where or {})
        with self._lock:
            return int(
                self._connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {condition}", values).fetchone()[0]
            )

    def clear(self, table: str) -> None:
        """Remove every row of a table; its ids are not used again."""
        with self._lock:
            self._connection.execute(f"DELETE FROM {table}")

    def dump(self) -> dict[str, Any]:
        """Copy everything out as one JSON value."""
        with self._lock:
            counters = dict(self._connection.execute("SELECT name, value FROM counters ORDER BY name").fetchall())
            return {"counters": counters, "tables": {name: self.find(name, order_by=_age(name)) for name in TABLES}}

    def load(self, image: Mapping[str, Any]) -> None:
        """Replace everything by what `dump` returned."""
        with self.transaction():
            self.wipe()
            self._connection.executemany("INSERT INTO counters VALUES (?, ?)", list(image["counters"].items()))
            for name in TABLES:
                self.insert_many(name, image["tables"].get(name, []))

    def wipe(self) -> None:
        """Remove everything, counters too."""
        with self.transaction():
            for name in (*TABLES, "counters"):
                self._connection.execute(f"DELETE FROM {name}")


def _age(table: str) -> str:
    return "seq" if TABLES[table].text_key else "id"


def _column(table: str, name: str) -> str:
    if name == "id" or name in TABLES[table].columns or name == _age(table):
        return f'"{name}"'
    raise ValueError(f"{table} has no column {name}")


def _order(table: str, order_by: str) -> str:
    direction = "DESC" if order_by.startswith("-") else "ASC"
    name = order_by.removeprefix("-")
    if TABLES[table].text_key and name == "id":
        name = "seq"
    age = _age(table)
    return f"{_column(table, name)} {direction}" + ("" if name == age else f", {age} {direction}")


def _where(table: str, where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for key, value in where.items():
        name, _, operator = key.partition("__")
        part, more = _condition(_column(table, name), operator, value)
        parts.append(part)
        values.extend(more)
    return " AND ".join(parts) or "1", values


def _condition(column: str, operator: str, value: Any) -> tuple[str, list[Any]]:
    match operator:
        case "in":
            return f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(list(value))]
        case "range":
            return f"{column} BETWEEN ? AND ?", list(value)
        case "icontains":
            escaped = str(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            return f"{column} LIKE ? ESCAPE '\\'", [f"%{escaped}%"]
        case _ if operator in _COMPARE:
            return f"{column} {_COMPARE[operator]} ?", [value]
        case _:
            raise ValueError(f"no filter {operator}")
