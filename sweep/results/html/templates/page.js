"use strict";
// The page is whole without this script but for the table of trials and the charts. Nothing is fetched.
const data = JSON.parse(document.getElementById("data").textContent);
const { params, metrics, state, number } = data.trials;
const trials = number.length, metric = data.objective.metric, sign = data.objective.direction === "maximize" ? 1 : -1;
const short = data.short, names = Object.keys(params);
const whole = n => data.states[state[n]] === "COMPLETE";
const column = name => name === "trial" ? number : name === "state" ? state.map(s => data.states[s])
  : name === "neighbours" ? data.trials.neighbours : params[Object.keys(short).find(k => short[k] === name) ?? name] ?? metrics[name];

// ---- the table of trials
const PAGE = 25;
const columns = ["trial", metric, "neighbours", ...names.map(n => short[n]), ...data.columns.filter(m => m !== metric), "state"];
const percent = new Set(data.percent);
let order = { by: metric, down: sign > 0 }, page = 0, rows = [];

function conditions(text) {
  return text.split(",").map(t => t.trim()).filter(Boolean).map(t => {
    const found = /^(\S+?)\s*(<=|>=|!=|=|<|>)\s*(.+)$/.exec(t), values = found && column(found[1]);
    if (!values) return { wrong: t };
    const wanted = isNaN(found[3]) ? found[3] : +found[3];
    const test = {
      "<": v => v < wanted, ">": v => v > wanted, "<=": v => v <= wanted, ">=": v => v >= wanted,
      "=": v => v === wanted || String(v) === found[3], "!=": v => v !== wanted && String(v) !== found[3],
    }[found[2]];
    return { keep: n => values[n] !== null && test(values[n]) };
  });
}

function choose() {
  const asked = conditions(byId("filter").value), wrong = asked.filter(c => c.wrong);
  const values = column(order.by), last = order.down ? -Infinity : Infinity;
  rows = [...number.keys()].filter(n => asked.every(c => c.wrong || c.keep(n)));
  const key = n => values[n] ?? last, apart = order.by in metrics; // figures of fewer days are not compared with whole ones
  rows.sort((a, b) => (apart ? whole(b) - whole(a) : 0) || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (order.down ? -1 : 1) || a - b);
  page = 0;
  byId("matches").textContent = wrong.length ? `not understood: ${wrong[0].wrong}` : `${rows.length.toLocaleString("en")} of ${trials.toLocaleString("en")}`;
  board();
}

function board() {
  const head = document.createElement("tr");
  for (const name of columns) {
    const th = cell(name + (name === order.by ? (order.down ? " ↓" : " ↑") : ""), "n" + (name === order.by ? " sorted" : ""), "th");
    th.onclick = () => { order = { by: name, down: name === order.by ? !order.down : name !== "trial" }; choose(); };
    head.append(th);
  }
  const body = rows.slice(page * PAGE, (page + 1) * PAGE).map(n => {
    const tr = document.createElement("tr");
    tr.className = data.states[state[n]];
    for (const name of columns) {
      const value = column(name)[n], sheet = name === "trial" && data.sheets.includes(value);
      const link = sheet ? Object.assign(document.createElement("a"), { href: `tearsheets/${value}.html`, textContent: value })
        : name === "trial" ? String(value) : percent.has(name) && value !== null ? `${(100 * value).toFixed(2)} %` : shown(value);
      tr.append(cell(link, "n"));
    }
    return tr;
  });
  byId("board").replaceChildren(head, ...body);
  byId("previous").disabled = page === 0;
  byId("next").disabled = (page + 1) * PAGE >= rows.length;
  byId("range").textContent = rows.length ? `${page * PAGE + 1}–${Math.min(rows.length, (page + 1) * PAGE)}` : "";
}
byId("previous").onclick = () => { page--; board(); };
byId("next").onclick = () => { page++; board(); };
byId("filter").oninput = choose;
choose();

// ---- charts: each is drawn when it is first seen, and again when the colours change
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const scale = () => dark() ? "Viridis" : [[0, "#f1f4f9"], [0.5, "#86b0f0"], [1, "#123f94"]];
const drawn = new Map();

function layout(more = {}) {
  const axis = { gridcolor: style("--line"), zerolinecolor: style("--line"), linecolor: style("--line"), automargin: true };
  const { xaxis, yaxis, ...rest } = more;
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: style("--ink"), size: 12 },
    margin: { l: 50, r: 15, t: 30, b: 45 }, legend: { orientation: "h", x: 0, ...(innerWidth < 640 ? { y: -0.25, yanchor: "top" } : { y: 1.12 }) }, hovermode: "closest",
    xaxis: { ...axis, ...xaxis }, yaxis: { ...axis, ...yaxis }, ...rest,
  };
}
const plot = (id, traces, more) => Plotly.react(id, traces, layout(more), { responsive: true, displaylogo: false, displayModeBar: false });
const line = (x, name, colour, dash = "solid") => ({
  shape: { type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: colour, width: 2, dash } },
  note: { x, yref: "paper", y: 1, text: name, showarrow: false, xanchor: "left", yanchor: "top", font: { color: colour }, textangle: 90 },
});

const charts = {
  "plateau-chart"() {
    const marks = [["best", data.best, "star", "--bad"], ["plateau's centre", data.centre, "diamond", "--good"], ["median", data.median, "x", "--warn"]];
    const own = metrics[metric], around = data.trials.neighbours, at = new Map(number.map((t, n) => [t, n]));
    const points = marks.filter(m => at.has(m[1])).map(([name, trial, symbol, colour]) => ({
      x: [own[at.get(trial)]], y: [around[at.get(trial)]], name: `${name}: trial ${trial}`, mode: "markers", type: "scatter",
      marker: { symbol, size: 14, color: style(colour), line: { width: 1, color: style("--card") } },
    }));
    plot("plateau-chart", [{ x: own, y: around, text: number.map(n => `trial ${n}`), mode: "markers", type: "scattergl", name: "trials",
      marker: { size: 5, color: style("--accent"), opacity: trials > 2000 ? 0.25 : 0.6 } }, ...points],
      { xaxis: { title: { text: `${metric}` } }, yaxis: { title: { text: "mean of its neighbours" } } });
  },
  "luck-chart"() {
    const { sharpe, maxima, best, mean, q95 } = data.luck;
    const lines = [line(best, `best ${best.toFixed(2)}`, style("--bad")), line(mean, `luck, on average ${mean.toFixed(2)}`, style("--soft"), "dash"), line(q95, `luck, one in twenty ${q95.toFixed(2)}`, style("--warn"), "dot")];
    plot("luck-chart", [
      { x: sharpe, type: "histogram", name: "the trials", histnorm: "probability density", marker: { color: style("--accent") }, opacity: 0.65, nbinsx: 50 },
      { x: maxima, type: "histogram", name: "the best of a search without an edge", histnorm: "probability density", marker: { color: style("--warn") }, opacity: 0.45, nbinsx: 50 },
    ], { barmode: "overlay", shapes: lines.map(l => l.shape), annotations: lines.map(l => l.note), xaxis: { title: { text: "annual Sharpe ratio" } }, yaxis: { showticklabels: false } });
  },
  "walk-chart"() {
    const { days, best, stitched, starts } = data.walk, begin = days.length - stitched.length;
    plot("walk-chart", [
      { x: days, y: best, name: "the best, chosen on all of it", type: "scatter", mode: "lines", line: { color: style("--soft"), width: 1.5 } },
      { x: days.slice(begin), y: stitched, name: "walk-forward, out of sample", type: "scatter", mode: "lines", line: { color: style("--accent"), width: 2 } },
    ], { shapes: starts.map(d => ({ type: "line", x0: d, x1: d, yref: "paper", y0: 0, y1: 1, line: { color: style("--line"), width: 1 } })), yaxis: { tickformat: ".0%", title: { text: "sum of daily returns" } }, hovermode: "x unified" });
  },
  "halves-chart"() {
    const { inside, outside } = data.halves;
    plot("halves-chart", [{ x: inside, y: outside, type: "scattergl", mode: "markers", marker: { size: 4, opacity: 0.4, color: style("--accent") }, name: "splits" }],
      { title: { text: "Sharpe ratio of the best of one half", font: { size: 13 } }, xaxis: { title: { text: "where it was picked" } }, yaxis: { title: { text: "on the other half" }, zerolinecolor: style("--bad") } });
  },
  "rank-chart"() {
    plot("rank-chart", [{ x: data.halves.at, y: data.halves.counts, type: "bar", marker: { color: data.halves.at.map(v => v <= 0 ? style("--bad") : style("--good")) } }],
      { title: { text: "Its rank on the other half (log-odds; left of 0: the worse half)", font: { size: 13 } }, bargap: 0.05, yaxis: { title: { text: "splits" } } });
  },
  "worker-chart"() {
    const { worker, start, end } = data.trials;
    const traces = [...new Set(state)].map(kind => {
      const x = [], y = [];
      for (let n = 0; n < trials; n++) if (state[n] === kind && end[n] !== null) { x.push(start[n], end[n], null); y.push(data.workers[worker[n]], data.workers[worker[n]], null); }
      const colour = { COMPLETE: "--accent", FAILED: "--bad", PRUNED: "--warn" }[data.states[kind]] ?? "--soft";
      return { x, y, name: data.states[kind], type: "scatter", mode: "lines", connectgaps: false, line: { width: 9, color: style(colour) }, hoverinfo: "skip", opacity: 0.8 };
    });
    byId("worker-chart").style.height = `${Math.min(40, 6 + 1.6 * data.workers.length)}rem`;
    plot("worker-chart", traces, { xaxis: { title: { text: "seconds since the first trial" } }, yaxis: { type: "category" }, showlegend: traces.length > 1 });
  },
  "parallel-chart"() {
    const chosen = byId("parallel-metric").value, keep = [...number.keys()].filter(n => whole(n) && metrics[chosen][n] !== null);
    const parameter = name => axes[name].labels.length > MANY ? null : { label: short[name], values: keep.map(n => places[name][n]),
      tickvals: axes[name].labels.map((_, n) => n), ticktext: axes[name].labels };
    const dimensions = [...names, ...new Set([chosen, "sharpe_ratio", "max_drawdown", "trades"])].filter(name => name in params || name in metrics).map(name => {
      const found = name in params && parameter(name);
      return found || { label: short[name] ?? name, values: keep.map(n => (params[name] ?? metrics[name])[n] ?? 0) };
    });
    const ink = { color: style("--ink"), size: 12 };
    const colours = keep.map(n => metrics[chosen][n]);
    plot("parallel-chart", [{ type: "parcoords", dimensions, labelfont: ink, tickfont: ink, rangefont: { color: style("--soft"), size: 10 },
      line: { color: colours, colorscale: "Viridis", showscale: true, reversescale: sign < 0 }, unselected: { line: { opacity: 0.05 } } }], { margin: { l: 70, r: 30, t: 60, b: 25 } });
  },
  "heat-charts": heat,
  "importance-charts"() {
    const boxes = Object.keys(data.importance).map((_, n) => Object.assign(document.createElement("div"), { className: "chart low", id: `importance-${n}` }));
    byId("importance-charts").replaceChildren(...boxes);
    Object.entries(data.importance).forEach(([name, shares], n) => {
      const bars = Object.entries(shares).reverse();
      plot(boxes[n], [{ type: "bar", orientation: "h", y: bars.map(b => short[b[0]] ?? b[0]), x: bars.map(b => b[1]), marker: { color: style("--accent") },
        text: bars.map(b => `${(100 * b[1]).toFixed(0)} %`), textposition: "auto", hoverinfo: "none" }],
        { title: { text: name, font: { size: 13 } }, xaxis: { tickformat: ".0%", rangemode: "tozero" } });
    });
  },
  "pareto-chart"() {
    const { front } = data.pareto, on = new Set(front), [a, b] = ["pareto-x", "pareto-y"].map(id => byId(id).value);
    const kept = [...number.keys()].filter(n => whole(n) && metrics[a][n] !== null && metrics[b][n] !== null);
    const trace = (name, some, marker) => ({ x: some.map(n => metrics[a][n]), y: some.map(n => metrics[b][n]), text: some.map(n => `trial ${number[n]}`),
      name, mode: "markers", type: "scatter", marker });
    const best = kept.filter(n => on.has(number[n])), edge = { width: 1, color: style("--card") };
    plot("pareto-chart", [
      trace("other trials", kept.filter(n => !on.has(number[n])), { size: 6, color: style("--soft"), opacity: 0.5 }),
      trace("the front", best, { size: 10, color: style("--accent"), line: edge }),
      trace("preferred", best.filter(n => number[n] === front[0]), { size: 15, symbol: "star", color: style("--good"), line: edge }),
    ], { xaxis: { title: { text: a } }, yaxis: { title: { text: b } } });
  },
};

// ---- heat maps: every pair of parameters, the others at a slice or aggregated
function steps(name) {
  const { labels, of } = ordered(params[name].filter(v => v !== null));
  return params[name].includes(null) ? { labels: [...labels, "–"], of: v => v === null ? labels.length : of(v) } : { labels, of };
}
const pairs = names.flatMap((a, n) => names.slice(n + 1).map(b => [a, b]));
const axes = Object.fromEntries(names.map(n => [n, steps(n)]));
const places = Object.fromEntries(names.map(n => [n, params[n].map(axes[n].of)]));

function select(id, label, options) {
  const box = document.createElement("label"), made = Object.assign(document.createElement("select"), { id });
  for (const [value, text] of options) made.append(Object.assign(document.createElement("option"), { value, textContent: text }));
  box.append(label + " ", made);
  return box;
}

function matrix(a, b, values, how, allowed) {
  const cells = axes[b].labels.map(() => axes[a].labels.map(() => []));
  for (let n = 0; n < trials; n++) if (values[n] !== null && allowed(n)) cells[places[b][n]][places[a][n]].push(values[n]);
  const best = how === "best" ? c => sign > 0 ? Math.max(...c) : Math.min(...c) : how === "worst" ? c => sign > 0 ? Math.min(...c) : Math.max(...c)
    : how === "trials" ? c => c.length : c => c.reduce((s, v) => s + v, 0) / c.length;
  return cells.map(row => row.map(c => c.length ? best(c) : null));
}

function heat() {
  const chosen = byId("heat-pair").value, values = metrics[byId("heat-metric").value], how = byId("heat-how").value;
  const slices = names.map(n => [n, byId(`slice-${n}`).value]).filter(s => s[1] !== "");
  const allowed = n => whole(n) && slices.every(([name, v]) => places[name][n] === +v);
  const wanted = chosen === "all" ? pairs : [pairs[+chosen]];
  const boxes = wanted.map((_, n) => Object.assign(document.createElement("div"), { className: "chart", id: `heat-${n}` }));
  byId("heat-charts").replaceChildren(...boxes);
  wanted.forEach(([a, b], n) => plot(boxes[n], [{
    type: "heatmap", x: axes[a].labels, y: axes[b].labels, z: matrix(a, b, values, how, allowed), colorscale: scale(), reversescale: sign < 0,
    hoverongaps: false, hovertemplate: `${short[a]} %{x}<br>${short[b]} %{y}<br>%{z:.5g}<extra></extra>`,
  }], { xaxis: { type: "category", title: { text: short[a] } }, yaxis: { type: "category", title: { text: short[b] } } }));
}

const measured = Object.keys(metrics).filter(m => metrics[m].some(v => v !== null));
if (byId("heat-bar")) {
  const all = pairs.length <= 6 ? [["all", "all pairs"]] : [];
  byId("heat-bar").append(
    select("heat-pair", "", [...all, ...pairs.map(([a, b], n) => [n, `${short[a]} × ${short[b]}`])]),
    select("heat-metric", "", measured.map(m => [m, m])), select("heat-how", "", ["mean", "best", "worst", "trials"].map(h => [h, h])),
    ...names.map(n => select(`slice-${n}`, short[n], [["", "any"], ...axes[n].labels.map((l, i) => [i, l])])));
  byId("heat-metric").value = measured.includes(metric) ? metric : measured[0];
  byId("heat-bar").onchange = heat;
}
byId("parallel-bar").append(select("parallel-metric", "colour", measured.map(m => [m, m])));
byId("parallel-metric").value = measured.includes(metric) ? metric : measured[0];
byId("parallel-bar").onchange = charts["parallel-chart"];

if (data.pareto) {
  const goals = data.pareto.objectives.map(([m]) => m).filter(m => m in metrics);
  byId("pareto-bar").append(...[["pareto-x", "across", goals[0]], ["pareto-y", "up", goals[1]]].map(([id, label, chosen]) => {
    const box = select(id, label, goals.map(m => [m, m]));
    box.querySelector("select").value = chosen;
    return box;
  }));
  byId("pareto-bar").onchange = charts["pareto-chart"];
}

// called when plotly.js has been unpacked
function begin() {
  const seen = new IntersectionObserver(found => found.filter(f => f.isIntersecting).forEach(f => {
    seen.unobserve(f.target);
    drawn.set(f.target.id, charts[f.target.id]);
    charts[f.target.id]();
  }), { rootMargin: "300px" });
  Object.keys(charts).map(byId).filter(Boolean).forEach(box => seen.observe(box));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(draw => draw()));
}
