"""A page or a piece of one as a browser reads it: html5lib follows the standard, mistakes included."""

from xml.etree import ElementTree as ET

import html5lib  # pyrefly: ignore[untyped-import]

__all__ = ["parsed"]


def parsed(html: str) -> ET.Element:
    """Return the body."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    assert isinstance(body, ET.Element)
    return body
