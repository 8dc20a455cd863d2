"""The report's looks: light, dark by the reader's own setting, and print."""

from .figures import COLOURS

_RUNS = "\n".join(f".r{i} {{ background: {colour}; }}" for i, colour in enumerate(COLOURS))

STYLE = f"""
:root {{ --paper: #ffffff; --ink: #1b1f24; --soft: #5c6670; --line: #d6dbe0; --panel: #f4f6f8;
  --good: #1a7f4b; --bad: #b3372f; color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #14171b; --ink: #e6e9ec; --soft: #9aa4ae; --line: #353c44; --panel: #1d2228;
    --good: #5fcf95; --bad: #ff8a80; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }}
main {{ max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; margin: 0 0 .75rem; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line); }}
.verdict {{ font-size: 1.05rem; margin: 0 0 1.25rem; padding: .8rem 1rem; background: var(--panel);
  border-left: 4px solid {COLOURS[0]}; overflow-wrap: anywhere; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-size: .88rem; }}
th, td {{ text-align: left; padding: .32rem .7rem .32rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }}
th {{ color: var(--soft); font-weight: 600; }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
code {{ font: .95em ui-monospace, "DejaVu Sans Mono", monospace; }}
small, figcaption, footer, i {{ color: var(--soft); }}
.run {{ display: inline-block; min-width: 1.5em; padding: 0 .35em; border-radius: 3px; color: #fff;
  text-align: center; }}
{_RUNS}
.better {{ color: var(--good); }} .worse {{ color: var(--bad); }}
.same, .unknown {{ color: var(--soft); }}
.damage {{ margin-top: 1rem; padding: .6rem 1rem; border: 1px solid var(--bad); }}
li.critical b:nth-of-type(2) {{ color: var(--bad); }}
.figures {{ display: grid; gap: 1.4rem;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }}
figure {{ margin: 0; break-inside: avoid; }}
figcaption {{ font-size: .88rem; margin-bottom: .2rem; }}
svg {{ width: 100%; height: auto; color: var(--ink); }}
svg text {{ font-family: system-ui, "DejaVu Sans", sans-serif !important; }}
footer {{ margin-top: 2.5rem; font-size: .8rem; }}
@media print {{
  :root {{ --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #f4f4f4; --good: #15653c;
    --bad: #9c2b24; }}
  body {{ font-size: 10.5pt; }} main {{ max-width: none; padding: 0; }}
  h2 {{ break-after: avoid; }} tr {{ break-inside: avoid; }} .wide {{ overflow: visible; }}
  .run {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
}}
"""
