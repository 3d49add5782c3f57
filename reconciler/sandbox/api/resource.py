"""The five things that can be done with most of dbt Cloud's objects, told once.

A `Resource` says what is particular; `entries` makes the route table. A soft-deleted object (`state` 2) is in no list
unless asked for and answers 404 by itself.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from starlette.responses import Response

from reconciler.sandbox.api.routing import Call, Entry, Handler
from reconciler.sandbox.envelope import Refusal, item, listing_of_texts, missing, no_content
from reconciler.sandbox.paging import Limits, Page, Parser, page_of, related
from reconciler.sandbox.state import State
from reconciler.sandbox.store import Row, encode

Related: TypeAlias = frozenset[str]

ACTIVE, DELETED = 1, 2


def _no_scope(_call: Call) -> Row:
    return {}


def _unwritable(_call: Call, _body: Row, _old: Row | None) -> Row:
    raise Refusal(missing())


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is particular about one kind of object.

    `scope(call)` is the filter that the path and the token impose. `show(call, row, related)` is the public form.
    `quick(state, text)` is the same from stored text to public text, without related objects, for long lists.
    `write(call, body, old)` makes the row to store (without id) or refuses. `deleted(call, row)` answers a DELETE.
    """

    table: str
    show: Callable[[Call, Row, Related], Row]
    quick: Callable[[State, str], str] | None = None
    filters: Mapping[str, Parser] = field(default_factory=dict)
    scope: Callable[[Call], Row] = _no_scope
    write: Callable[[Call, Row, Row | None], Row] = _unwritable
    key: str = "id"
    created_code: int | None = None
    answers_delete: bool = True
    state: str | None = "active"

    def find(self, call: Call) -> Row:
        """Fetch the object that the path names, or refuse with 404."""
        key = call.key(self.key)
        row = call.state.store.first(self.table, {"id": key, **self.scope(call)}) if key is not None else None
        if row is None or (self.state is not None and row.get("state") == DELETED):
            raise Refusal(missing())
        return row

    async def list(self, call: Call) -> Response:
        """GET on the collection."""
        limits = Limits(default=call.state.options.page_limit, maximum=call.state.options.page_maximum)
        query = call.request.query_params
        page = page_of(query, self.table, self.filters, limits, state=self.state)
        where = call.narrow(page.where, self.scope(call))
        return listing_of_texts(
            self._texts(call, page, where, related(query)),
            filters={**page.echo, "account_id": call.state.account_id},
            order_by=page.order_by,
            total=call.state.store.count(self.table, where),
        )

    def _texts(self, call: Call, page: Page, where: Row, include: Related) -> Sequence[str]:
        store = call.state.store
        docs = store.texts(self.table, where, order_by=page.order_by, limit=page.limit, offset=page.offset)
        if self.quick and not include:
            return [self.quick(call.state, doc) for doc in docs]
        return [encode(self.show(call, json.loads(doc), include)) for doc in docs]

    async def get(self, call: Call) -> Response:
        """GET on one object."""
        return item(self.show(call, self.find(call), related(call.request.query_params)))

    async def create(self, call: Call) -> Response:
        """POST on the collection."""
        row = self.write(call, await call.body(), None)
        made = call.state.store.insert(self.table, row)
        return item(self.show(call, made, frozenset()), code=self.created_code)

    async def update(self, call: Call) -> Response:
        """POST on one object: the whole of it is replaced."""
        old = self.find(call)
        new = self.write(call, await call.body(), old)
        stored = call.state.store.put(self.table, {"id": old["id"], **new})
        return item(self.show(call, stored, frozenset()))

    async def delete(self, call: Call) -> Response:
        """DELETE: the object stays, in state 2."""
        changes: Row = {"state": DELETED, "updated_at": self._stamp(call)}
        row = call.state.store.update(self.table, self.find(call)["id"], changes)
        return item(self.show(call, row, frozenset())) if self.answers_delete else no_content()

    def _stamp(self, call: Call) -> str:
        return call.state.stamp_with_space() if self.table == "projects" else call.state.stamp()


def entries(resource: Resource, collection: str, *, writable: bool = True) -> list[Entry]:
    """Make the route table of a resource under one collection path (which ends in a slash)."""
    one = f"{collection}{{{resource.key}}}/"
    reading: list[tuple[str, str, Handler]] = [("GET", collection, resource.list), ("GET", one, resource.get)]
    writing: list[tuple[str, str, Handler]] = [
        ("POST", collection, resource.create),
        ("POST", one, resource.update),
        ("DELETE", one, resource.delete),
    ]
    return [Entry(method, path, handler) for method, path, handler in (reading + writing if writable else reading)]


def stamps(old: Row | None, now: str) -> dict[str, Any]:
    """Fill in the two times that every object carries."""
    return {"created_at": old["created_at"] if old else now, "updated_at": now}
