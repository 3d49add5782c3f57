"""Whatever way a template takes to print a text, it is escaped once, and for the medium of its part."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2.exceptions import TemplateError

from reconciler import escape
from reconciler.alerts.rendering.engine import Engine
from reconciler.alerts.rendering.folders import Folders

HOSTILE = "*a* <b> & `c` @here"
KINDS = {"slack": escape.slack, "teams": escape.teams, "webhook": escape.plain}
WAYS = {
    "printed": "{{ x }}",
    "a macro": "{% macro m(t) %}{{ t }}{% endmacro %}{{ m(x) }}",
    "a macro in a macro": "{% macro m(t) %}{{ t }}{% endmacro %}{% macro n(t) %}{{ m(t) }}{% endmacro %}{{ n(x) }}",
    "a macro as a value": "{% macro m(t) %}{{ t }}{% endmacro %}{% macro n(f) %}{{ f(x) }}{% endmacro %}{{ n(m) }}",
    "a set": "{% set y = x %}{{ y }}",
    "a set block": "{% set y %}{{ x }}{% endset %}{{ y }}",
    "a set block in a set block": "{% set y %}{% set z %}{{ x }}{% endset %}{{ z }}{% endset %}{{ y }}",
    "a call block": "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}",
    "a call block's argument": "{% macro m(t) %}{{ caller(t) }}{% endmacro %}{% call(u) m(x) %}{{ u }}{% endcall %}",
    "joined to nothing": "{{ '' ~ x }}",
    "joined to what is made": "{% macro m() %}{% endmacro %}{{ m() ~ x ~ m() }}",
    "added to nothing": "{{ '' + x }}",
    "added to what is made": "{% macro m() %}{% endmacro %}{{ x + m() }}",
    "a join": "{{ [x] | join(', ') }}",
    "a join with what is made": "{% set y %}{% endset %}{{ [y, x] | join }}",
    "a join of an attribute": "{{ [{'n': x}] | join(', ', attribute='n') }}",
    "a block": "{% block b %}{{ x }}{% endblock %}",
    "a block in a set block": "{% set y %}{% block b %}{{ x }}{% endblock %}{% endset %}{{ y }}",
    "a trim": "{% set y %} {{ x }} {% endset %}{{ y | trim }}",
    "a filter block": "{% filter trim %}{{ x }}{% endfilter %}",
    "a filter block that gives text of its own": "{% filter default(x, true) %}{% endfilter %}",
    "a constant": "{{ '" + HOSTILE + "' }}",
    "a namespace": "{% set ns = namespace(y=x) %}{{ ns.y }}",
    "a loop": "{% for y in [x] %}{{ y }}{% endfor %}",
    "a condition": "{{ x if x else '' }}",
    "a default": "{{ x | default('') }}",
    "an include": "{% include 'common/printed.j2' %}",
    "an import": "{% from 'common/words.j2' import told %}{{ told(x) }}",
    "an import with the context": "{% import 'common/words.j2' as w with context %}{{ w.it() }}",
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "printed.j2").write_text("{{ x }}")
    (tmp_path / "common" / "words.j2").write_text(
        "{% macro told(t) %}{{ t }}{% endmacro %}{% macro it() %}{{ x }}{% endmacro %}"
    )
    return tmp_path


def rendered(folder: Path, kind: str, source: str, x: object = HOSTILE) -> dict[str, str]:
    (folder / kind).mkdir(exist_ok=True)
    (folder / kind / "base.j2").write_text(source, encoding="utf-8")
    return Engine(kind, Folders(shipped=folder, overrides=None)).message([f"{kind}/base.j2"], {"x": x})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_print_escapes_once(templates: Path, kind: str, way: str) -> None:
    assert rendered(templates, kind, WAYS[way]) == {"body": KINDS[kind](HOSTILE)}


@pytest.mark.parametrize("way", WAYS)
def test_in_the_html_part_of_a_mail_every_way_escapes_as_html(templates: Path, way: str) -> None:
    got = rendered(templates, "email", f'{{% call part("html") %}}{WAYS[way]}{{% endcall %}}')
    assert got == {"html": escape.html(HOSTILE)}


def test_super_is_escaped_once(templates: Path) -> None:
    (templates / "slack").mkdir()
    (templates / "slack" / "mother.j2").write_text("{% block b %}{{ x }}{% endblock %}")
    got = rendered(templates, "slack", '{% extends "slack/mother.j2" %}{% block b %}{{ super() ~ x }}{% endblock %}')
    assert got["body"] == escape.slack(HOSTILE) * 2


def test_a_block_that_is_printed_again_is_escaped_once(templates: Path) -> None:
    got = rendered(templates, "slack", "{% block b %}{{ x }}{% endblock %}{{ self.b() }}{{ self.b() ~ x }}")
    assert got["body"] == escape.slack(HOSTILE) * 4


def test_each_part_has_its_own_medium(templates: Path) -> None:
    parts = ("title", "summary", "error")
    source = "".join(f'{{% call part("{name}") %}}{{{{ x }}}}{{% endcall %}}' for name in parts)
    assert rendered(templates, "slack", source) == {
        "title": escape.plain(HOSTILE),
        "summary": escape.slack(HOSTILE),
        "error": escape.slack_code(HOSTILE),
    }


def test_plain_text_that_was_made_outside_is_escaped_where_it_is_printed(templates: Path) -> None:
    source = '{% set y %}{{ x }}{% endset %}{% call part("html") %}{{ y }}{% endcall %}'
    assert rendered(templates, "email", source) == {"html": escape.html(HOSTILE)}


def test_text_made_for_one_medium_is_refused_in_another(templates: Path) -> None:
    source = '{% set y %}{{ x }}{% endset %}{% call part("title") %}{{ y }}{% endcall %}'
    with pytest.raises(TemplateError, match="made for slack cannot stand in line"):
        rendered(templates, "slack", source)


@pytest.mark.parametrize(
    "way",
    [
        "{{ x | safe }}",
        "{{ x | tojson }}",
        "{{ x | urlize }}",
        "{{ x | xmlattr }}",
        "{{ x | attr('upper') }}",
        "{{ x | escape }}",
        "{{ x | format }}",
        "{% autoescape false %}{{ x }}{% endautoescape %}",
        "{% set y %}{{ x }}{% endset %}{{ y.text }}",
        "{% set y %}{{ x }}{% endset %}{{ y | upper }}",
        "{% set y %}{{ x }}{% endset %}{{ y | replace('\u2060', '') }}",
        "{% set y %}{{ x }}{% endset %}{{ y[1:] }}",
        "{% set y %}{{ x }}{% endset %}{{ y | shorten(3) }}",
        "{% set y %}{{ x }}{% endset %}{{ code(y) }}",
        "{{ ''.join([x]) }}",
        "{{ '{}'.format(x) }}",
        "{{ x.__class__ }}",
        "{{ x['__class__'] }}",
        "{{ part.__globals__ }}",
        "{{ self._context }}",
        "{{ lipsum() }}",
        "{{ cycler(1) }}",
        "{{ dict(a=1) }}",
        "{{ [x] }}",
        "{{ {'a': x} }}",
        "{{ part }}",
        "{{ nothing }}",
        "{% include '../../etc/passwd' %}",
    ],
)
def test_nothing_else_is_there(templates: Path, way: str) -> None:
    with pytest.raises(Exception, match=r"."):
        rendered(templates, "slack", way)


def test_template_syntax_in_a_name_is_text(templates: Path) -> None:
    assert rendered(templates, "webhook", "{{ x }}", "{{ 7*7 }}{% if %}{#") == {"body": "{{ 7*7 }}{% if %}{#"}


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (True, "yes"), (False, "no"), (7, "7"), (-1.5, "-1.5"), ("", "")]
)
def test_what_plain_values_print(templates: Path, value: object, shown: str) -> None:
    assert rendered(templates, "webhook", "[{{ x }}]", value) == {"body": f"[{shown}]"}


def test_text_outside_parts_is_left_out_and_blank_parts_too(templates: Path) -> None:
    source = 'noise {% call part("title") %} {{ x }} {% endcall %} noise {% call part("text") %}  {% endcall %}'
    assert rendered(templates, "webhook", source, "a") == {"title": "a"}


def test_a_part_twice_is_a_mistake(templates: Path) -> None:
    with pytest.raises(TemplateError, match="the part title is there twice"):
        rendered(templates, "webhook", '{% call part("title") %}{% endcall %}' * 2)


@pytest.mark.parametrize(
    ("source", "x", "expected"),
    [
        ("{{ x | first_line }}", "\n  \n one \ntwo", "one"),
        ("{{ x | shorten(4) }}", "abcdef", "abc…"),
        ("{{ x | shorten(6) }}", "abcdef", "abcdef"),
        ("{{ pre(x | first_lines(2)) }}", "a\nb\nc", "a\nb\n…"),
        ("{{ x | plural('model') }}", 1, "1 model"),
        ("{{ x | plural('query', 'queries') }}", 3, "3 queries"),
        ("{{ x.items }} {{ x.get('items') }}", {"items": 3}, "3 3"),
        ("{{ x | replace('a', 'bb') }}", "aca", "bbcbb"),
        ("{% set y %} {{ x }} {% endset %}{{ 'set' if y }}{{ y | length }}", "a", "set3"),
        ("{{ 7 // 2 + 4 % 3 - 2 * 3 }}", "", "-2"),
    ],
)
def test_filters_and_words(templates: Path, source: str, x: object, expected: str) -> None:
    assert rendered(templates, "webhook", source, x) == {"body": expected}
