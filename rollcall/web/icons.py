"""The icons in use. After a change of NAMES run `python -m rollcall.web.icons`: it draws the sprite anew."""

import re
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "rollcall" / "icons.svg"

_IN_USE = """
activity arrow-down arrow-left arrow-right arrow-up arrow-up-down arrow-up-right badge-check ban bell
book-open briefcase building-2 calendar calendar-clock check chevron-down chevron-left chevron-right
chevron-up chevrons-up-down circle-alert circle-check circle-question-mark circle-slash circle-stop
circle-x clipboard-list clock coins columns-3 copy database door-open download ellipsis external-link
eye file-text file-up flag gauge globe hash history house inbox info key-round keyboard layers link
list-checks list-filter loader-circle lock log-in log-out mail mail-check mail-question-mark mail-x
map-pin merge minus monitor moon package panel-left pause pencil percent play plug plus receipt-text
refresh-cw rows-3 scroll-text search send settings share-2 shield shield-check sparkles sun table-2
tag target trash-2 trending-down trending-up triangle-alert undo-2 upload user user-minus user-plus
user-round-x user-search users webhook wifi-off x zap
"""
NAMES = frozenset(_IN_USE.split())


def sprite() -> str:
    """One SVG with a symbol for each name, taken from the `lucide` package. Colour and stroke come from CSS."""
    import lucide

    symbols = "\n".join(_symbol(name, str(lucide._render_icon(name, None))) for name in sorted(NAMES))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _symbol(name: str, svg: str) -> str:
    inner = re.sub(r"\s+", " ", svg[svg.index(">") + 1 : svg.rindex("</svg>")])
    inner = inner.replace("> <", "><").replace(" />", "/>").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


if __name__ == "__main__":
    SPRITE.write_text(sprite())
