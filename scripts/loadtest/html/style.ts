/** Colours are told apart by lightness as well, and always named beside them. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#16191f;--soft:#5a6270;--line:#e1e4ea;--grid:#eceef2;
--p50:#8fbcf0;--p95:#2f7bd9;--p99:#123f7d;--ok:#1a9c8f;--limited:#d99a13;--broken:#cc3d4e;--late:#7a5bd0;--other:#868d99;
--due:#16191f;--bar:#2f7bd9;--met:#0f766c;--met-ground:#e2f4f1;--missed:#b02c3d;--missed-ground:#fbe8ea}
@media (prefers-color-scheme:dark){:root{--ground:#101318;--card:#191d24;--ink:#eceff4;--soft:#a2abb9;--line:#2c323c;--grid:#262b34;
--p50:#3f78bd;--p95:#5b9fee;--p99:#c5defb;--ok:#2fae9f;--limited:#e0ab3a;--broken:#ee6b79;--late:#a48bf0;--other:#8d95a3;
--due:#eceff4;--bar:#4a90e2;--met:#5fd0c2;--met-ground:#15302e;--missed:#ff8d99;--missed-ground:#3a1d22}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1240px;margin:0 auto;padding:28px 20px 56px}
h1{font-size:26px;line-height:1.2;margin:0}h2{font-size:18px;margin:36px 0 12px}h3{font-size:15px;margin:0}
p{margin:0}code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.top{display:flex;flex-wrap:wrap;gap:12px 20px;align-items:center}
.top p{flex-basis:100%;color:var(--soft);overflow-wrap:anywhere}
.verdict{padding:3px 12px;border-radius:99px;font-weight:600}
.verdict.met{color:var(--met);background:var(--met-ground)}.verdict.missed{color:var(--missed);background:var(--missed-ground)}
.warning{margin-top:14px;padding:10px 14px;border-left:4px solid var(--limited);background:var(--card);border-radius:4px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:12px;margin:22px 0 0;padding:0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.tiles dt{color:var(--soft);font-size:13px}.tiles dd{margin:2px 0 0;font-size:23px;font-weight:600;line-height:1.25;white-space:nowrap}
.tiles dd small{display:block;font-size:12.5px;font-weight:400;color:var(--soft);white-space:normal}
.thresholds{list-style:none;margin:14px 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(310px,1fr));gap:8px}
.thresholds li{display:flex;gap:10px;align-items:baseline;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:7px 12px}
.thresholds code{overflow-wrap:anywhere}.thresholds span{margin-left:auto;font-weight:600;white-space:nowrap}
.thresholds em{font-style:normal;font-size:13px}.met b,.met em{color:var(--met)}.missed b,.missed em{color:var(--missed)}
.thresholds .missed{border-color:var(--missed);background:var(--missed-ground)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,470px),1fr));gap:16px}
.chart,.table{margin:0;min-width:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.chart figcaption p{color:var(--soft);font-size:13px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin:6px 0 0;padding:0;font-size:13px;color:var(--soft)}
.key{display:inline-block;width:12px;height:4px;border-radius:2px;margin-right:6px;vertical-align:middle;background:var(--c)}
.frame{padding:18px 10px 26px 52px}
.plot{position:relative;height:210px;border-radius:2px}.plot:focus-visible,.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--p95);outline-offset:3px}
.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
.plot span{position:absolute;font-size:12px;line-height:1;color:var(--soft);white-space:nowrap;font-variant-numeric:tabular-nums}
.plot .y{right:calc(100% + 8px);transform:translateY(50%)}.plot .x{top:calc(100% + 9px);transform:translateX(-50%)}
.plot .flag{bottom:calc(100% + 4px);font-size:11px;transform:translateX(-50%)}.plot .flag[style="left:0.00%"]{transform:none}
.p50{--c:var(--p50)}.p95{--c:var(--p95)}.p99{--c:var(--p99)}.ok{--c:var(--ok)}.limited{--c:var(--limited)}.broken{--c:var(--broken)}
.late{--c:var(--late)}.other{--c:var(--other)}.due{--c:var(--due)}.flight,.bar{--c:var(--bar)}.dropped{--c:var(--broken)}
svg *{vector-effect:non-scaling-stroke}
.grid{stroke:var(--grid);stroke-width:1}.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.due{stroke-width:1.5;stroke-dasharray:5 4;stroke-linecap:butt}
.area{fill:var(--c);fill-opacity:.85;stroke:var(--card);stroke-width:1}.plot .bar{fill:var(--c);stroke:var(--card);stroke-width:1}
.mark{stroke:var(--ink);stroke-width:1.25;stroke-dasharray:3 3;fill:none}.warm-up{fill:var(--grid)}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none}
.tip{position:absolute;top:6px;z-index:1;min-width:120px;padding:7px 10px;border-radius:7px;background:var(--card);border:1px solid var(--line);box-shadow:0 4px 14px #0003;font-size:12.5px;line-height:1.5;pointer-events:none;white-space:nowrap}
.tip div{display:flex;gap:12px;justify-content:space-between}.tip b{font-variant-numeric:tabular-nums}
details{border-top:1px solid var(--line);padding-top:8px;font-size:13px}summary{color:var(--soft);cursor:pointer}
.scroll{overflow:auto;max-height:320px}table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:5px 12px 5px 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}thead th{color:var(--soft);font-weight:500}tbody th{font-weight:500}
tbody tr:last-child>*{border-bottom:0}
.table{margin-top:14px}.table h3{margin-bottom:6px}.beside{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:0 16px;align-items:start}
.notes{color:var(--soft);font-size:13.5px;padding-left:18px;max-width:80ch}.notes li{margin:3px 0}
[hidden]{display:none!important}
@media print{.chart,.table{break-inside:avoid}details{display:none}}
`;
