"""Keeps text given to a map as text: branca would compile it as a template, and a firm's name would run on the server.

branca 0.8 hands the *rendered* script of every element, data included, to `Element(...)`, which compiles it again as
Jinja: `{{ … }}` in a parcel's name is then evaluated. `Element.__init__` is the one door (MacroElement.render,
Popup.render and the tooltip's style block all pass through it), so the guard stands there. Class-level templates,
which hold no data, stay compiled. Measured on branca 0.8.2 and folium 0.20.0; UI.md §4.
"""

from collections.abc import Callable
from typing import Any

from branca.element import Element

PLAIN_INIT: Callable[..., None] = Element.__init__
PLAIN_SETSTATE: Callable[..., None] = Element.__setstate__


class LiteralText:
    """Stands where branca expects a compiled template, and renders to the text as it was given."""

    module = object()

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self, *_args: object, **_kwargs: object) -> str:
        """Return the text."""
        return self.text


def _init(self: Any, template: str | None = None, template_name: str | None = None) -> None:
    PLAIN_INIT(self, None, template_name)
    if template is not None:
        self._literal = str(template)
        self._template = LiteralText(self._literal)


def _setstate(self: Any, state: dict[str, Any]) -> None:
    # A pickle or copy of an element drops its template; the text comes back as text, never through the compiler.
    PLAIN_SETSTATE(self, {**state, "_template_str": None})
    if "_literal" in state:
        self._template = LiteralText(state["_literal"])


def install() -> None:
    """Put the guard into branca, for every map of this process; calling it again changes nothing."""
    Element.__init__ = _init  # type: ignore[method-assign]
    Element.__setstate__ = _setstate  # type: ignore[method-assign]


install()
