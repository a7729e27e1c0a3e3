// ---- heat maps: every pair of parameters, the others at a slice or aggregated; all of them have one scale
const axes = Object.fromEntries(names.map(n => [n, steps(n)]));
const places = Object.fromEntries(names.map(n => [n, params[n].map(axes[n].of)]));
const pairs = names.flatMap((a, n) => names.slice(n + 1).map(b => [a, b]));

function steps(name) {
  const { labels, of } = ordered(params[name].filter(v => v !== null));
  return params[name].includes(null) ? { labels: [...labels, "–"], of: v => v === null ? labels.length : of(v) } : { labels, of };
}

// the cells: `values` of the trials that keep the bounds, how many `kept` and how many `broke` them
function matrix(a, b, values, how, allowed) {
  const cells = axes[b].labels.map(() => axes[a].labels.map(() => [])), broke = cells.map(row => row.map(() => 0));
  for (let n = 0; n < trials; n++) if (values[n] !== null && allowed(n)) {
    const up = places[b][n], across = places[a][n];
    breaks(n) && how !== "trials" ? broke[up][across]++ : cells[up][across].push(values[n]);
  }
  const best = how === "best" ? c => sign > 0 ? Math.max(...c) : Math.min(...c) : how === "worst" ? c => sign > 0 ? Math.min(...c) : Math.max(...c)
    : how === "trials" ? c => c.length : c => c.reduce((s, v) => s + v, 0) / c.length;
  return { values: cells.map(row => row.map(c => c.length ? best(c) : null)), kept: cells.map(row => row.map(c => c.length)), broke };
}

// around zero where there are gains and losses, else from the lowest value to the highest
function range(values, isCount) {
  if (!values.length) return { low: 0, high: 1, marks: [], colours: [[0, style("--card")], [1, style("--card")]] };
  const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low < 0 && high > 0 && !isCount) {
    const most = Math.max(-low, high), [bad, none, good] = [style("--heat-loss"), style("--card"), style("--heat-gain")];
    return { low: -most, high: most, marks: [-most, 0, most], colours: [[0, bad], [0.5, none], [1, good]] };
  }
  return { low, high, marks: [low, high], colours: [[0, style("--card")], [1, style("--heat-gain")]] };
}

function legend({ marks, colours }, text, isReversed, hasBroken) {
  const bar = Object.assign(document.createElement("span"), { className: "ramp" });
  const stops = isReversed ? colours.map(([at, colour]) => [1 - at, colour]).reverse() : colours;
  bar.style.background = `linear-gradient(to right, ${stops.map(([at, colour]) => `${colour} ${100 * at}%`).join(", ")})`;
  const labels = Object.assign(document.createElement("span"), { className: "ramp-labels" });
  labels.append(...marks.map(v => cell(text(v), "", "span")));
  const both = Object.assign(document.createElement("span"), { className: "ramp-box" });
  both.append(bar, labels);
  const key = cell("×", "broken-key", "span"), says = cell(`no trial of the cell keeps ${data.bounds}`, "", "span");
  byId("heat-legend").replaceChildren(...(marks.length ? [both] : []), ...(hasBroken ? [key, says] : []));
}

// short enough for a cell; in the format of the tables where that is short
const brief = (value, unit) => value === null ? "" : ["fraction", "ratio"].includes(unit?.[0]) && Math.abs(value) < 100 ? formatted(value, unit) : Math.abs(value) >= 10000 ? `${(value / 1000).toFixed(Math.abs(value) < 1e5 ? 1 : 0)}k` : Math.abs(value) >= 100 ? value.toFixed(0) : String(+value.toPrecision(3));

// long names are cut: of a title the begin is left, of a value the end, which tells classes of one module apart
const categories = name => ({
  type: "category", title: { text: cut(short[name], innerWidth < 640 ? 22 : 32) },
  ...(axes[name].labels.some(l => l.length > 20) && { tickvals: axes[name].labels, ticktext: axes[name].labels.map(l => l.length > 20 ? `…${l.slice(-19)}` : l) }),
});
const roomy = (box, rows, width = 9) => (box.clientWidth - 90) / rows[0].length > width && (box.clientHeight - 80) / rows.length > 15;

function heat() {
  if (!measured.length) return;
  const chosen = byId("heat-pair").value, name = byId("heat-metric").value, how = byId("heat-how").value, isCount = how === "trials";
  const unit = isCount ? ["count", 0] : data.units[name], values = metrics[name], isReversed = !isCount && isLower(name);
  const slices = names.map(n => [n, byId(`slice-${n}`).value]).filter(s => s[1] !== "");
  const allowed = n => whole(n) && slices.every(([name, v]) => places[name][n] === +v);
  const wanted = chosen === "all" ? pairs : [pairs[+chosen]];
  const boxes = wanted.map(([a, b], n) => Object.assign(document.createElement("div"), { className: "chart", id: `heat-${n}`, role: "img", ariaLabel: `Heat map of ${name} over ${short[a]} and ${short[b]}` }));
  byId("heat-charts").replaceChildren(...boxes);
  const cells = wanted.map(([a, b]) => matrix(a, b, values, how, allowed)), of = range(cells.flatMap(c => c.values.flat()).filter(v => v !== null), isCount);
  const broken = cells.map(c => c.values.map((row, up) => row.map((v, across) => v === null && c.broke[up][across] ? 1 : null)));
  legend(of, v => formatted(v, unit), isReversed, broken.flat(2).includes(1));
  wanted.forEach(([a, b], n) => {
    const { values, kept, broke } = cells[n], grey = style("--broken");
    const text = values.map(row => row.map(v => brief(v, unit)));
    const longest = Math.max(...text.flat().map(t => t.length));
    const fits = roomy(boxes[n], text, 6.5 * longest + 2);
    const gaps = { xgap: text[0].length > 40 ? 0 : 1, ygap: text.length > 40 ? 0 : 1 }, where = `${short[a]} %{x}<br>${short[b]} %{y}<br>`;
    const both = { type: "heatmap", x: axes[a].labels, y: axes[b].labels, showscale: false, hoverongaps: false, ...gaps, textfont: { color: style("--ink") } }; // read on every shade (WCAG AA)
    const says = (v, up, across) => formatted(v, unit) + (broke[up][across] ? `<br>of ${kept[up][across]} trials; ${broke[up][across]} more break ${data.bounds}` : "");
    plot(boxes[n], [{
      ...both, z: values, zmin: of.low, zmax: of.high, colorscale: of.colours, reversescale: isReversed, text, ...(fits && { texttemplate: "%{text}" }),
      customdata: values.map((row, up) => row.map((v, across) => says(v, up, across))), hovertemplate: `${where}%{customdata}<extra></extra>`,
    }, {
      ...both, z: broken[n], zmin: 0, zmax: 1, colorscale: [[0, grey], [1, grey]], text: broken[n].map(row => row.map(v => v ? "×" : "")), ...(roomy(boxes[n], text) && { texttemplate: "%{text}" }),
      customdata: broke.map(row => row.map(count => `${count} trial${count > 1 ? "s" : ""}, none keeps ${data.bounds}`)), hovertemplate: `${where}%{customdata}<extra></extra>`,
    }], { xaxis: categories(a), yaxis: categories(b) });
  });
}

if (byId("heat-bar")) {
  charts["heat-charts"] = heat;
  const all = pairs.length <= 6 ? [["all", "all"]] : [];
  byId("heat-bar").append(
    select("heat-pair", "pair", [...all, ...pairs.map(([a, b], n) => [n, `${short[a]} × ${short[b]}`])]),
    select("heat-metric", "figure", measured.map(m => [m, headed(m)])), select("heat-how", "of its trials", ["mean", "best", "worst", "trials"].map(h => [h, h === "trials" ? "their number" : `the ${h}`])),
    ...names.map(n => select(`slice-${n}`, short[n], [["", "any"], ...axes[n].labels.map((l, i) => [i, l])])));
  byId("heat-metric").value = measured.includes(metric) ? metric : measured[0];
  byId("heat-bar").onchange = heat;
}
