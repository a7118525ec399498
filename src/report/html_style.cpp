// SPDX-License-Identifier: Apache-2.0
#include "report/html_text.h"

namespace vernier::report {

std::string_view html_style() {
  return R"css(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dfe3e8; --text: #1b2330; --soft: #566172; --link: #0b57b0;
  --bad: #b3261e; --bad-soft: #fdecea; --differs: #8a5200; --differs-soft: #fff3dc;
  --new: #0f6b3a; --new-soft: #e3f5ea; --removed: #8f2a5c; --removed-soft: #fbe8f1;
  --equal: #3d5a6c; --equal-soft: #e8f0f4; --none: #566172; --none-soft: #eceff3;
  --bar: #3f7fbf; --rest: #e2a23b; --code: #eef1f5; }
@media (prefers-color-scheme: dark) { :root {
  --page: #10151c; --card: #181f29; --line: #2d3745; --text: #e4e9f0; --soft: #a0acbb; --link: #82b8ff;
  --bad: #ff9d94; --bad-soft: #43201e; --differs: #f5c069; --differs-soft: #3c2e12;
  --new: #7fd8a4; --new-soft: #15351f; --removed: #f3a3c8; --removed-soft: #3d1e2e;
  --equal: #a9c6d8; --equal-soft: #1f303b; --none: #a0acbb; --none-soft: #262f3b;
  --bar: #5a9bd8; --rest: #c98a2b; --code: #232c38; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; }
footer { padding-bottom: 48px; color: var(--soft); font-size: 13px; }
a { color: var(--link); }
code, pre, .number, svg text { font-family: ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; }
code { font-size: .9em; background: var(--code); border-radius: 4px; padding: 1px 5px; }
pre { background: var(--code); border-radius: 8px; padding: 12px 14px; margin: 10px 0 0; overflow-x: auto; }
pre code { padding: 0; background: none; }
h1 { font-size: 28px; line-height: 1.25; margin: 6px 0 16px; letter-spacing: -.01em; }
h2 { font-size: 18px; margin: 36px 0 12px; }
h3 { font-size: 15px; margin: 0; display: inline; }
h4 { font-size: 13px; margin: 18px 0 6px; color: var(--soft); font-weight: 600; }
.crumbs { color: var(--soft); font-size: 14px; margin: 0; }
.crumbs strong { color: var(--text); letter-spacing: .02em; }
.tally { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; padding: 0; margin: 0; }
.tally li, .pill { border-radius: 999px; font-weight: 600; white-space: nowrap; }
.tally li { padding: 4px 14px; font-size: 14px; }
.pill { padding: 2px 10px; font-size: 12.5px; }
li.bad, .pill.bad { color: var(--bad); background: var(--bad-soft); }
li.differs, .pill.differs { color: var(--differs); background: var(--differs-soft); }
li.new, .pill.new { color: var(--new); background: var(--new-soft); }
li.removed, .pill.removed { color: var(--removed); background: var(--removed-soft); }
li.equal, .pill.equal { color: var(--equal); background: var(--equal-soft); }
li.none, .pill.none { color: var(--none); background: var(--none-soft); }
.card, .warning { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 16px 18px; margin-bottom: 12px; }
.warning { border-left: 4px solid var(--rest); padding: 14px 18px; margin: 12px 0; }
.warning p { margin: 0; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card .scroll { border: 0; border-radius: 0; background: none; }
.scroll.picture { padding: 12px; max-height: 680px; overflow: auto; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
th { text-align: left; font-size: 12.5px; font-weight: 600; color: var(--soft); white-space: nowrap; }
th, td { padding: 9px 14px; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-size: 14px; color: var(--text); white-space: normal; min-width: 9em; overflow-wrap: anywhere; }
.card th, .card td { padding: 6px 18px 6px 0; }
.card table { width: auto; min-width: min(100%, 560px); }
.number { text-align: right; white-space: nowrap; font-size: 13.5px; }
th.number { font: inherit; font-size: 12.5px; font-weight: 600; }
.plus { color: var(--new); } .minus { color: var(--removed); } .change { color: var(--differs); }
.zero { color: var(--soft); }
.bar { display: inline-block; width: 140px; height: 8px; border-radius: 4px; vertical-align: middle; }
.bar .rest { fill: var(--rest); } .bar .same { fill: var(--bar); }
.profiles { display: flex; flex-wrap: wrap; gap: 10px 28px; align-items: flex-start; margin: 6px 0 0; }
.profiles > div { flex: 1 1 300px; min-width: 0; }
.histogram { display: block; width: 100%; height: 90px; }
.histogram .side0, .spread .side0 { fill: var(--bar); } .histogram .side1, .spread .side1 { fill: var(--rest); }
.histogram rect, svg.timeline g rect { stroke: none; }
svg.timeline { border-bottom: 1px solid var(--line); }
svg.timeline g .removed { fill: var(--removed); } svg.timeline g .added { fill: var(--new); }
svg.timeline g .changed { fill: var(--differs); }
.ends { display: flex; justify-content: space-between; gap: 12px; color: var(--soft); font-size: 12.5px; }
.spread { display: block; width: 120px; height: 16px; }
.legend { color: var(--soft); font-size: 12.5px; margin: 0; }
.legend span { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 10px; }
.legend span:first-child { margin-left: 0; }
.legend .removed { background: var(--removed); } .legend .added { background: var(--new); }
.legend .changed { background: var(--differs); }
.legend .side0 { background: var(--bar); } .legend .side1 { background: var(--rest); }
.relations { color: var(--soft); font-size: 13.5px; margin: 8px 0 0; }
.why { margin: 8px 0 0; }
summary { cursor: pointer; }
details.model > summary { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; list-style: none; }
details.model > summary::-webkit-details-marker { display: none; }
details.model > summary::before { content: "▸"; color: var(--soft); }
details.model[open] > summary::before { content: "▾"; }
details.group > summary { font-size: 16px; font-weight: 600; }
details.group ul { margin: 10px 0 0; padding-left: 20px; }
details.group li { margin: 3px 0; }
.figures { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 10px 0 0; }
.soft { color: var(--soft); }
svg.lineage { display: block; }
svg text { font-size: 13px; fill: var(--text); }
svg .edges path { fill: none; stroke: var(--soft); stroke-width: 1.2; opacity: .6; }
svg g rect { fill: var(--none-soft); stroke: var(--line); }
svg g.bad rect { fill: var(--bad-soft); } svg g.differs rect { fill: var(--differs-soft); }
svg g.new rect { fill: var(--new-soft); } svg g.removed rect { fill: var(--removed-soft); }
svg g.equal rect { fill: var(--equal-soft); }
svg g.other rect { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
svg g.changed rect { stroke: var(--text); stroke-width: 1.6; }
@media (max-width: 640px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  h1 { font-size: 22px; } th, td { padding: 8px 10px; } .bar { width: 90px; } }
@media print { body { background: #fff; } .scroll.picture { max-height: none; } }
)css";
}

}  // namespace vernier::report
