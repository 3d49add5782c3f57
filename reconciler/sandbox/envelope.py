"""The shapes that every answer has: envelopes (reference §1.6) and errors (§1.7)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

INVALID = "The request was invalid. Please double check the provided data and try again."
MISSING = "The requested resource was not found. Please check that you have the proper permissions."
REQUIRED = "required key not provided"


class Refusal(Exception):
    """An answer other than the expected one, raised from anywhere inside a handler."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def json_response(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with compact JSON."""
    return Response(_compact(content), status, dict(headers or {}), media_type="application/json")


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def item(data: Any, *, status: int = 200, code: int | None = None) -> Response:
    """Answer with one object; `code` is the one inside the body where recordings show another (project create: 201)."""
    return json_response({"status": _success(code or status), "data": data}, status)


def listing(rows: Sequence[Any], *, filters: Mapping[str, Any], order_by: str | None, total: int) -> Response:
    """Answer with one page."""
    return listing_of_texts([_compact(row) for row in rows], filters=filters, order_by=order_by, total=total)


def listing_of_texts(rows: Sequence[str], *, filters: Mapping[str, Any], order_by: str | None, total: int) -> Response:
    """Answer with one page whose rows are JSON already."""
    extra = {
        "filters": dict(filters),
        "order_by": order_by,
        "pagination": {"count": len(rows), "total_count": total},
    }
    text = f'{{"status":{_compact(_success(200))},"data":[{",".join(rows)}],"extra":{_compact(extra)}}}'
    return Response(text, media_type="application/json")


def no_content() -> Response:
    """Answer a DELETE that returns nothing."""
    return Response(status_code=204)


def webhook_item(data: Any, *, status: int = 200, **more: Any) -> Response:
    """Answer in the shape of the webhook service: `status` holds a code and no messages (reference §1.6)."""
    return json_response({"data": data, "status": {"code": status, **more}}, status)


def webhook_listing(rows: Sequence[Any], *, limit: int, offset: int, total: int) -> Response:
    """Answer with one page in the shape of the webhook service."""
    extra = {
        "pagination": {"total_count": total, "count": len(rows)},
        "filters": {"limit": limit, "offset": offset},
    }
    return json_response({"data": list(rows), "status": {"code": 200}, "extra": extra})


def error(
    status: int,
    message: str,
    *,
    developer: str | None = "",
    data: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a failure in the API's own words."""
    described = {"code": status, "is_success": False, "user_message": message, "developer_message": developer}
    return json_response({"status": described, "data": data}, status, headers)


def invalid(tree: Mapping[str, Any]) -> Response:
    """400 with a tree of field → message."""
    return error(400, INVALID, data=dict(tree))


def missing() -> Response:
    """404: not there, or not permitted; the two look alike."""
    return error(404, MISSING)


def wrong_url() -> Response:
    """404 without JSON: no such path (reference §1.7)."""
    page = (
        '<!doctype html>\n<html lang="en"><head><title>Not Found</title></head><body><h1>Not Found</h1></body></html>\n'
    )
    return Response(page, 404, media_type="text/html")


def method_not_allowed(method: str, allowed: Sequence[str]) -> Response:
    """405 with the methods that the path has."""
    return error(405, f'Method "{method}" not allowed.', headers={"Allow": ", ".join(allowed)})


def _success(code: int) -> dict[str, Any]:
    return {"code": code, "is_success": True, "user_message": "Success!", "developer_message": ""}
