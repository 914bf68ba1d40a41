/** The console's one style sheet: system fonts, light and dark by the reader's own setting, tables that become cards on a phone. */
export const style = `
:root { color-scheme: light dark; --ink: #18202f; --soft: #5d6980; --faint: #b3bccb; --line: #e6e9ef; --ground: #f5f6f9; --paper: #fff;
  --good: #0a7a4b; --bad: #c02617; --wait: #a85507; --accent: #3b46d1; --on-accent: #fff; --tint: #eef0fe; --alarm: #fdf1ef; --alarm-line: #f3c9c3 }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a3b8; --faint: #4d586c; --line: #272e3b; --ground: #0e1218; --paper: #161b24;
  --good: #42c78a; --bad: #ff7d70; --wait: #f5b13d; --accent: #9aa5ff; --on-accent: #10131f; --tint: #1f2540; --alarm: #2a1917; --alarm-line: #5c2f29 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; -webkit-text-size-adjust: 100% }
main { max-width: 1120px; margin: 0 auto; padding: 20px 20px 48px }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
header { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; margin-bottom: 18px }
h1 { font-size: 19px; margin: 0; letter-spacing: -.02em } h1 a, h1 a:hover { color: inherit; text-decoration: none }
h1 span { color: var(--accent) }
.label { border: 1px solid var(--wait); color: var(--wait); border-radius: 99px; padding: 1px 11px; font-size: 13px }
form { display: flex; gap: 8px; flex: 1 1 300px; max-width: 460px; margin-left: auto }
input { flex: 1; min-width: 0; font: inherit; padding: 7px 12px; border: 1px solid var(--line); border-radius: 9px; background: var(--paper); color: inherit }
input::placeholder { color: var(--soft); opacity: 1 }
button { font: inherit; font-weight: 500; padding: 7px 15px; border: 0; border-radius: 9px; background: var(--accent); color: var(--on-accent); cursor: pointer }
section, .strip { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; margin: 0 0 14px }
section { padding: 16px 20px 10px }
h2 { font-size: 16px; letter-spacing: -.01em; margin: 0; overflow-wrap: anywhere } .name::first-letter { text-transform: uppercase }
.head { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; justify-content: space-between; margin-bottom: 8px }
.head p, .soft { color: var(--soft); margin: 0 } .head p { font-size: 14px } section > p { margin: 0 0 10px }
.verdict { font-size: 17px } code { background: var(--tint); border-radius: 5px; padding: 1px 6px; font-size: 13px }
.strip { display: grid; grid-template-columns: 1fr .9fr 1.5fr 1.25fr .9fr 1.1fr; padding: 14px 0 }
.strip > div { padding: 0 18px; border-left: 1px solid var(--line); min-width: 0 } .strip > div:first-child { border-left: 0 }
dt { color: var(--soft); font-size: 13px } dd { margin: 0; font-size: 24px; font-weight: 600; letter-spacing: -.02em; overflow-wrap: anywhere }
dd > small { display: block } dd small { font-size: 12.5px; font-weight: 400; letter-spacing: 0; color: var(--soft) }
.bar { display: flex; gap: 2px; height: 6px; border-radius: 99px; overflow: hidden; background: var(--line); margin: 0 0 10px }
.bar i { flex-basis: 0; min-width: 3px } .bar .good { background: var(--good) } .bar .wait { background: var(--wait) } .bar .bad { background: var(--bad) }
.scroll { overflow-x: auto } ul + .scroll, .scroll + .scroll { margin-top: 12px; border-top: 1px solid var(--line); padding-top: 6px }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; padding: 4px 16px 6px 0; vertical-align: bottom }
td, tfoot th { padding: 6px 16px 6px 0; border-top: 1px solid var(--line); vertical-align: top } td { max-width: 520px; overflow-wrap: break-word }
th:last-child, td:last-child { padding-right: 0 } .n { text-align: right; white-space: nowrap } .figures th.n { width: 7.2% } .figures th:last-child { width: 15% } td.zero { color: var(--faint) }
td.nowrap { white-space: nowrap } td.long { min-width: 190px } td.any { overflow-wrap: anywhere; min-width: 150px } tfoot th { color: var(--ink); font-weight: 600; font-size: 14px } tfoot td { font-weight: 600 }
.good { color: var(--good) } .bad { color: var(--bad) } .wait { color: var(--wait) }
ul { list-style: none; margin: 0; padding: 0 } li { border-top: 1px solid var(--line); padding: 9px 0; display: grid; grid-template-columns: 1fr auto; gap: 0 18px }
li:first-child { border-top: 0 } li p { margin: 0; color: var(--soft); grid-column: 1 } li time { color: var(--soft); font-size: 13px; white-space: nowrap; grid-column: 2; grid-row: 1 }
.alarm { background: var(--alarm); border-color: var(--alarm-line) } .alarm li { border-color: var(--alarm-line) } .alarm h2 { color: var(--bad) }
footer { color: var(--soft); font-size: 13px; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 4px 4px 0 } footer .late { color: var(--bad); font-weight: 500 }
@media (max-width: 860px) { .strip { grid-template-columns: repeat(3, 1fr); gap: 14px 0 } .strip > div:nth-child(3n + 1) { border-left: 0 } }
@media (max-width: 620px) {
  main { padding: 14px 12px 40px } section { padding: 14px 14px 8px } form { flex-basis: 100%; max-width: none }
  .strip { grid-template-columns: repeat(2, 1fr) } .strip > div { padding: 0 14px } .strip > div:nth-child(n) { border-left: 1px solid var(--line) } .strip > div:nth-child(odd) { border-left: 0 }
  dd { font-size: 20px } dd div { line-height: 1.3 } td.long, td.any { min-width: 0 } li { grid-template-columns: 1fr } li time { grid-column: 1; grid-row: auto }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  table, tbody, tfoot { display: block }
  tr { display: flex; flex-wrap: wrap; gap: 2px 14px; border-top: 1px solid var(--line); padding: 8px 0 } tbody:first-of-type tr:first-child { border-top: 0 }
  td, tfoot th { border: 0; padding: 0; max-width: 100%; min-width: 0; overflow-wrap: anywhere } td:first-child, tfoot th { flex-basis: 100%; font-weight: 600 }
  td.n, td.nowrap { text-align: left; white-space: normal } td.zero, td:empty { display: none } td[data-of]:not(:first-child)::before { content: attr(data-of) ' '; color: var(--soft); font-weight: 400 }
}`;
