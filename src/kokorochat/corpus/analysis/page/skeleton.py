"""What every page of figures or tables is set in: one file that needs nothing from outside, light or dark."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from kokorochat import __version__
from kokorochat.corpus.analysis.figures.palette import DARK, LIGHT, properties, rules
from kokorochat.corpus.analysis.language import Language

_HERE = Path(__file__).parent

_DARK_PAGE = "--paper:#161b1b;--holds:#23433f;--fails:#443618;--on-fails:#f0cf8d;color-scheme:dark;"
_LIGHT_PAGE = "--paper:#f6f4ef;--holds:#d9ebe6;--fails:#f7e8c8;--on-fails:#5f3a00;color-scheme:light;"

Entry = tuple[str, str, str]
"""A line of the contents: the section's anchor, its label such as `Figure 3`, and what it is about."""


def whole_page(
    language: Language,
    *,
    title: str,
    brand: str,
    skip: str,
    lead: str,
    facts: Sequence[tuple[str, str]],
    contents: Sequence[Entry],
    sections: Sequence[str],
    footer: str,
    letters: str = "",
    more_style: str = "",
) -> str:
    """A page's HTML.

    Args:
        title: in plain text, as `brand` (what kind of page it is), `skip` (the link past the contents) and the facts.
        lead: in HTML, as the sections and the footer.
        facts: (figure, what it counts) for the row under the lead.
        letters: shapes that the page's pictures use.
        more_style: rules after those that all pages share.
    """
    style = _style() + more_style
    script = (_HERE / "skeleton.js").read_text(encoding="utf-8")
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for value, name in facts)
    lines = "".join(
        f'<li><a href="#{anchor}"><span>{escape(label)}</span>{escape(name)}</a></li>'
        for anchor, label, name in contents
    )
    return Template((_HERE / "skeleton.html").read_text(encoding="utf-8")).substitute(
        language=language.value,
        version=escape(__version__),
        style_hash=_hash(style),
        script_hash=_hash(script),
        title=escape(title),
        style=style,
        script=script,
        letters=letters,
        skip=escape(skip),
        brand=escape(brand),
        theme=language.say("Light or dark", "明るさの切替"),
        lead=lead,
        facts=f'<dl class="facts">{cells}</dl>',
        contents_name=language.say("Contents", "目次"),
        contents=f"<ol>{lines}</ol>",
        sections="\n".join(sections),
        footer=footer,
    )


def _style() -> str:
    """The style sheet that all pages share: the figures' colours as custom properties, dark by wish or choice."""
    light, dark = properties(LIGHT) + _LIGHT_PAGE, properties(DARK) + _DARK_PAGE
    themes = (
        f":root{{{light}}}"
        f'@media screen and (prefers-color-scheme: dark){{:root:not([data-theme="light"]){{{dark}}}}}'
        f'@media screen{{:root[data-theme="dark"]{{{dark}}}}}'
    )
    own = (_HERE / "skeleton.css").read_text(encoding="utf-8")
    return own + themes + rules("figure ", lambda name: f"var(--k-{name})")


def _hash(content: str) -> str:
    """The content's digest as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
