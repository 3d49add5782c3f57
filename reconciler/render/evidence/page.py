"""A run of `alert-test` as one HTML page without anything from elsewhere: each route with a strip of its past."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.escape import html as escape
from reconciler.model.evidence import Evidence, Stage, Standing, Tested
from reconciler.render.evidence.text import verdict

__all__ = ["evidence_page"]

_MOST: Final = 36
"""Looks of one route that its strip shows: three years of monthly tests."""

_CODE: Final = re.compile("`([^`]+)`")
_DELIVERING: Final = frozenset({Stage.DELIVER, Stage.WEBHOOKS, Stage.CANARY})

_STYLE: Final = """
:root{--ok:#1a7f37;--so:#9a6700;--bad:#cf222e;--line:#d0d7de;--dim:#59636e;--bg:#fff;--fg:#1f2328}
@media(prefers-color-scheme:dark){:root{--ok:#3fb950;--so:#d29922;--bad:#f85149;--line:#3d444d;--dim:#9198a1;
--bg:#0d1117;--fg:#f0f6fc}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:70rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.5rem;margin:0}p.sum{color:var(--dim);margin:.2rem 0 1.5rem}
article{border-top:1px solid var(--line);padding:.8rem 0;display:grid;grid-template-columns:minmax(0,1fr) auto;
gap:.2rem 1.5rem;align-items:start}
h2{font-size:1rem;margin:0;overflow-wrap:anywhere}h2 small{color:var(--dim);font-weight:400}
ul{list-style:none;margin:.3rem 0 0;padding:0;grid-column:1/-1;overflow-wrap:anywhere}
li{padding:.1rem 0 .1rem .8rem;border-left:3px solid var(--line);margin:.2rem 0}
li.proved{border-color:var(--ok)}li.accepted{border-color:var(--so)}li.failed{border-color:var(--bad)}
li b{font-weight:600}.proved b{color:var(--ok)}.accepted b{color:var(--so)}.failed b{color:var(--bad)}
li span{display:block;color:var(--dim)}
.strip{display:flex;gap:2px;align-items:end;min-height:1.4rem}.strip i{width:7px;height:18px;border-radius:2px}
i.proved{background:var(--ok)}i.accepted{background:var(--so);height:12px}
i.failed{background:linear-gradient(var(--bad) 38%,transparent 38% 62%,var(--bad) 62%)}
code{font:.88em ui-monospace,monospace;background:color-mix(in srgb,var(--line) 45%,transparent);padding:.1em .3em;
border-radius:4px}
@media(max-width:40rem){article{grid-template-columns:minmax(0,1fr)}.strip{flex-wrap:wrap}}
.key{display:flex;gap:.2rem 1.2rem;color:var(--dim);flex-wrap:wrap;margin-bottom:1rem}
.key i{display:inline-block;width:7px;height:14px;border-radius:2px;margin-right:.4rem;vertical-align:-2px}
.key i.accepted{height:10px;vertical-align:0}
"""

_KEY: Final = (
    (Standing.PROVED, "proved: read back, or a person gave the code"),
    (Standing.ACCEPTED, "accepted: taken, no more is to be had; in order: looked at, nothing was sent"),
    (Standing.FAILED, "failed"),
)


def evidence_page(tested: Tested) -> str:
    """Return the page: routes that failed first, each with what was found now and in the past."""
    now: defaultdict[str, list[Evidence]] = defaultdict(list)
    for each in tested.evidence:
        now[each.route].append(each)
    past: defaultdict[str, list[Evidence]] = defaultdict(list)
    for each in (*tested.history, *tested.evidence):
        past[each.route].append(each)
    routes = sorted(now, key=lambda route: (not _failed(now[route]), route))
    body = "".join(_route(route, now[route], _telling(past[route])) for route in routes)
    key = "".join(f'<span><i class="{word}"></i>{escape(said)}</span>' for word, said in _KEY)
    left = "".join(f"<li>note: {_prose(each)}</li>" for each in tested.noted)
    left += "".join(f"<li>left out: {_prose(each)}</li>" for each in tested.skipped)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Test alerts</title>'
        f"<style>{_STYLE}</style></head><body><h1>Test alerts</h1>"
        f'<p class="sum">{escape(verdict(tested))} {tested.at:%d %b %Y, %H:%M} UTC</p><div class="key">{key}</div>'
        f"{body}{f'<ul>{left}</ul>' if left else ''}</body></html>\n"
    )


def _telling(past: Sequence[Evidence]) -> Sequence[Evidence]:
    """Return the looks at which something was delivered; all of them for a route that only was looked at."""
    return [each for each in past if each.stage in _DELIVERING] or past


def _failed(looks: Sequence[Evidence]) -> bool:
    return any(each.standing is Standing.FAILED for each in looks)


def _route(route: str, now: Sequence[Evidence], past: Sequence[Evidence]) -> str:
    looks = "".join(map(_look, now))
    strip = "".join(_bars(past))
    return (
        f"<article><h2>{escape(route)} <small>{escape(now[0].kind)}</small></h2>"
        f'<div class="strip" role="img" aria-label="{escape(_spoken(past))}">{strip}</div><ul>{looks}</ul></article>'
    )


def _look(each: Evidence) -> str:
    took = f" ({each.seconds:.1f} s)" if each.seconds is not None else ""
    fix = f"<span>→ {_prose(each.fix)}</span>" if each.fix else ""
    who = f"<span>ask {escape(', '.join(each.owners))}</span>" if each.owners and each.fix else ""
    said = f"<b>{each.word}</b> {each.stage}: {_prose(each.answer)}{took}"
    return f'<li class="{each.standing}">{said}{fix}{who}</li>'


def _prose(text: str) -> str:
    """Return a sentence in which what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _bars(past: Sequence[Evidence]) -> Iterator[str]:
    for each in past[-_MOST:]:
        title = escape(f"{each.at:%d %b %Y %H:%M} {each.stage}: {each.word}, {each.answer}"[:200])
        yield f'<i class="{each.standing}" title="{title}"></i>'


def _spoken(past: Sequence[Evidence]) -> str:
    shown = past[-_MOST:]
    failed = sum(each.standing is Standing.FAILED for each in shown)
    return f"the last {len(shown)} looks, {failed} failed" if len(shown) > 1 else f"one look, {failed} failed"
