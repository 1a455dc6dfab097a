"""Draws a terminal's text as an SVG picture: `vigie demo | tools/demo/picture.py --columns 118 > docs/demo.svg`.

The script wraps and draws the text and adds none. It needs no package.
"""

import argparse
import sys
import textwrap
from xml.sax.saxutils import escape

CHAR, LINE, PAD, BAR = 8.4, 19, 16, 30
INK, DIM, BACK = "#d7dde4", "#8a97a6", "#10161d"
COLOURS = {" raised: ": "#ffc66b", " updated: ": "#9fc5ff", " ended: ": "#8fd3a0"}


def rows(text, columns):
    """Returns colour and text of each row. A line that is too long continues, indented, on the next row."""
    for line in text.splitlines():
        colour = next((c for word, c in COLOURS.items() if word in line), INK if line.startswith("$") else DIM)
        for row in textwrap.wrap(line, columns, subsequent_indent="    ", break_on_hyphens=False) or [""]:
            yield colour, row


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--columns", type=int, default=118)
    arguments.add_argument("--title", default="vigie demo")
    chosen = arguments.parse_args()
    drawn = list(rows(f"$ {chosen.title}\n" + sys.stdin.read().rstrip("\n"), chosen.columns))
    width, height = round(chosen.columns * CHAR + 2 * PAD), BAR + len(drawn) * LINE + PAD
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">')
    print(f"<title>{escape(chosen.title)}</title>")
    print(f'<rect width="{width}" height="{height}" rx="8" fill="{BACK}"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">')
    for number, (colour, row) in enumerate(drawn):
        if row:
            # A row is as wide as it has letters, whatever the font.
            long = round(len(row) * CHAR, 1)
            y = BAR + number * LINE
            print(f'<text x="{PAD}" y="{y}" fill="{colour}" textLength="{long}" lengthAdjust="spacingAndGlyphs">{escape(row)}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
