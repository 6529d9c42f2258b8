/** The report's style sheet. The series' colours are Okabe and Ito's, told apart by the colour-blind. */
export const reportStyle = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --quiet: #5b636b; --rule: #d5dade; --panel: #f4f6f7; --bad: #b3261e;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #b5598f; --series-5: #b98500; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e6e9ec; --quiet: #a3abb3; --rule: #3a4148; --panel: #1e2327; --bad: #ff8a80;
    --series-1: #56b4e9; --series-2: #f0915a; --series-3: #3ec99f; --series-4: #e39cc3; --series-5: #f0c04a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1024px; padding: 1.25rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
header p, figcaption, caption, dt { color: var(--quiet); }
header p { margin: .25rem 0 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; margin-bottom: .4rem; }
.chart { display: block; width: 100%; height: auto; }
.charts { display: grid; gap: 1.75rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.narrow { display: none; }
@media (max-width: 640px) { .wide { display: none; } .narrow { display: block; } }
dl { margin: 0; } dd { margin: 0; }
.figures { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
.figures div { background: var(--panel); border-radius: .5rem; padding: .6rem .8rem; }
.figures dt { font-size: .85rem; } .figures dd { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .85rem; list-style: none; margin: 0 0 .5rem; padding: 0; }
.key dd > span { margin-right: .6em; }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 50%; margin-right: .3em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; font-size: .85rem; padding-bottom: .4rem; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child { text-align: left; } thead th { font-weight: 600; }
tbody th { font-weight: 400; }
.bad, .bad th, .bad td { color: var(--bad); font-weight: 600; }
summary { cursor: pointer; padding: .3rem 0; }
pre { background: var(--panel); border-radius: .5rem; padding: .75rem; overflow-x: auto; font-size: .85rem; }
`;
