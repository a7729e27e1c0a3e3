// ---- charts of the verdict, of all trials and of the workers
const TICKS = 12; // values of a parameter that are written at its line
const PARALLEL_EDGES = 190; // pixels beside the lines: margins and the scale of colours
Object.assign(charts, {
  "plateau-chart"() {
    byId("plateau-chart").hidden = !data.trials.neighbours.some(v => v !== null);
    if (byId("plateau-chart").hidden) return;
    const marks = [["best", data.best, "star", "--bad"], ["plateau's centre", data.centre, "diamond", "--good"], ["median", data.median, "x", "--warn"]];
    const own = scaled(metric, column(metric)), around = scaled(metric, data.trials.neighbours), at = new Map(number.map((t, n) => [t, n]));
    const points = marks.filter(m => at.has(m[1])).map(([name, trial, symbol, colour]) => ({
      x: [own[at.get(trial)]], y: [around[at.get(trial)]], name: `${name}: trial ${trial}`, mode: "markers", type: "scatter",
      marker: { symbol, size: 14, color: style(colour), line: { width: 1, color: style("--card") } },
    }));
    const dots = (some, name, symbol, more) => ({ x: some.map(n => own[n]), y: some.map(n => around[n]), text: some.map(n => `trial ${number[n]}`), mode: "markers", type: "scatter", name,
      marker: { size: 5, symbol, color: style("--accent"), opacity: trials > 2000 ? 0.25 : 0.6 }, ...more });
    const { kept, broken } = byBounds([...number.keys()]);
    plot("plateau-chart", [dots(kept, "trials", "circle"), ...(broken.length ? [dots(broken, ...brokenName(kept))] : []), ...points],
      { xaxis: axisOf(metric), yaxis: { ...axisOf(metric), title: { text: "mean of its neighbours" } } });
  },
  "luck-chart"() {
    const { sharpe, maxima, best, mean, q95 } = data.luck;
    const lines = [line(best, `best ${best.toFixed(2)}`, style("--bad")), line(mean, `luck, on average ${mean.toFixed(2)}`, style("--soft"), "dash"), line(q95, `luck, one in twenty ${q95.toFixed(2)}`, style("--warn"), "dot")];
    plot("luck-chart", [
      { x: sharpe, type: "histogram", name: "the trials", histnorm: "probability density", marker: { color: style("--accent") }, opacity: 0.65, nbinsx: 50 },
      { x: maxima, type: "histogram", name: "the best of a search without an edge", histnorm: "probability density", marker: { color: style("--warn") }, opacity: 0.45, nbinsx: 50 },
    ], { barmode: "overlay", shapes: lines, xaxis: { title: { text: "annual Sharpe ratio" } }, yaxis: { showticklabels: false, title: { text: "density" } } });
  },
  "walk-chart"() {
    const { days, best, stitched, starts } = data.walk, begin = days.length - stitched.length;
    plot("walk-chart", [
      { x: days, y: percent(best), name: "the best, chosen on all of it", type: "scatter", mode: "lines", line: { color: style("--soft"), width: 1.5 } },
      { x: days.slice(begin), y: percent(stitched), name: "walk-forward, out of sample", type: "scatter", mode: "lines", line: { color: style("--accent"), width: 2 } },
    ], { shapes: starts.map(d => ({ type: "line", x0: d, x1: d, yref: "paper", y0: 0, y1: 1, line: { color: style("--line"), width: 1 } })), yaxis: { ...PERCENT, hoverformat: ".2f", title: { text: "sum of daily returns" } }, hovermode: "x unified" });
  },
  "halves-chart"() {
    const { inside, outside } = data.halves;
    plot("halves-chart", [{ x: inside, y: outside, type: "scatter", mode: "markers", marker: { size: 4, opacity: 0.4, color: style("--accent") }, name: "splits" }],
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
    if (!measured.length) return;
    const chosen = byId("parallel-metric").value, tested = [...number.keys()].filter(n => whole(n) && metrics[chosen][n] !== null);
    const kept = tested.filter(n => !breaks(n)), keep = kept.length ? kept : tested; // what breaks a bound sets no scale
    const shownNames = [...names, ...new Set([chosen, "sharpe_ratio", "max_drawdown", "trades"])].filter(name => name in params || name in metrics);
    const onPaper = document.documentElement.classList.contains("printing"), gaps = Math.max(1, shownNames.length - 1);
    byId("parallel-chart").style.minWidth = `${PARALLEL_EDGES + 112 * gaps}px`; // the page scrolls it
    const most = Math.floor(((onPaper ? 820 : byId("parallel-chart").clientWidth - PARALLEL_EDGES) / gaps - 6) / 7); // letters between two lines
    const parameter = name => {
      const { labels } = axes[name], marked = [...labels.keys()].filter(n => n % Math.ceil(labels.length / TICKS) === 0);
      return labels.length > MANY ? null : { label: short[name], values: keep.map(n => places[name][n]), range: [0, Math.max(1, labels.length - 1)], tickvals: marked, ticktext: marked.map(n => cut(labels[n], most)) };
    };
    const dimensions = shownNames.map(name => {
      const found = name in params && parameter(name);
      const values = keep.map(n => (params[name] ?? metrics[name])[n] ?? 0);
      return found || (isFraction(name) ? { label: `${name}, %`, values: percent(values), tickformat: ".3~g" } : { label: short[name] ?? name, values, tickformat: data.units[name]?.[0] === "ratio" ? ".4~r" : ",.6~r" });
    }).map(line => ({ ...line, label: cut(line.label, most) }));
    const ink = { color: style("--ink"), size: 12 }, colours = keep.map(n => metrics[chosen][n]);
    if (onPaper) return parallelOnPaper(dimensions, colours);
    plot("parallel-chart", [{ type: "parcoords", dimensions, labelfont: ink, tickfont: ink, rangefont: { color: style("--soft"), size: 10 },
      line: { color: colours, colorscale: "Viridis", showscale: true, reversescale: sign < 0 }, unselected: { line: { opacity: 0.05 } } }], { margin: { l: 70, r: 30, t: 60, b: 25 } });
  },
  "importance-charts"() {
    const boxes = Object.keys(data.importance).map((_, n) => Object.assign(document.createElement("div"), { className: "chart low", id: `importance-${n}` }));
    byId("importance-charts").replaceChildren(...boxes);
    Object.entries(data.importance).forEach(([name, shares], n) => {
      const bars = Object.entries(shares).reverse();
      plot(boxes[n], [{ type: "bar", orientation: "h", y: bars.map(b => b[0]), x: bars.map(b => 100 * b[1]), marker: { color: style("--accent") }, insidetextfont: { color: style("--card") },
        text: bars.map(b => `${(100 * b[1]).toFixed(0)} %`), textposition: "auto", textangle: 0, hoverinfo: "none" }],
        { title: { text: name, font: { size: 13 } }, xaxis: { ...PERCENT, rangemode: "tozero" },
          yaxis: { type: "category", tickvals: bars.map(b => b[0]), ticktext: bars.map(b => cut(short[b[0]] ?? b[0], innerWidth < 640 ? 18 : 40)) } });
    });
  },
  "pareto-chart"() {
    const { front } = data.pareto, on = new Set(front), [a, b] = ["pareto-x", "pareto-y"].map(id => byId(id).value);
    const kept = [...number.keys()].filter(n => whole(n) && metrics[a][n] !== null && metrics[b][n] !== null);
    const trace = (name, some, marker) => ({ x: scaled(a, some.map(n => metrics[a][n])), y: scaled(b, some.map(n => metrics[b][n])), text: some.map(n => `trial ${number[n]}`),
      name, mode: "markers", type: "scatter", marker });
    const best = kept.filter(n => on.has(number[n])), edge = { width: 1, color: style("--card") };
    plot("pareto-chart", [
      trace("other trials", kept.filter(n => !on.has(number[n])), { size: 6, color: style("--soft"), opacity: 0.5 }),
      trace("the front", best, { size: 10, color: style("--accent"), line: edge }),
      trace("preferred", best.filter(n => number[n] === front[0]), { size: 15, symbol: "star", color: style("--good"), line: edge }),
    ], { xaxis: axisOf(a), yaxis: axisOf(b) });
  },
});

// plotly draws these lines with WebGL, of which nothing reaches the paper
function parallelOnPaper(dimensions, colours) {
  const box = byId("parallel-print"), [width, height] = [960, 320], [left, top, bottom] = [70, 40, 300], pen = box.getContext("2d");
  Object.assign(box, { width: 2 * width, height: 2 * height });
  pen.scale(2, 2);
  const x = n => left + n * (width - 2 * left) / Math.max(1, dimensions.length - 1), low = Math.min(...colours), high = Math.max(...colours);
  const ranges = dimensions.map(({ values, range }) => range ?? [Math.min(...values), Math.max(...values)]);
  const y = (n, value) => bottom - (bottom - top) * (ranges[n][1] > ranges[n][0] ? (value - ranges[n][0]) / (ranges[n][1] - ranges[n][0]) : 0.5);
  const order = [...colours.keys()].sort((a, b) => sign * (colours[a] - colours[b])); // the best on top
  for (const t of order) {
    const share = high > low ? (colours[t] - low) / (high - low) : 0.5, better = sign > 0 ? share : 1 - share;
    pen.strokeStyle = `hsl(215 80% ${85 - 60 * better}% / ${colours.length > 2000 ? 0.25 : 0.7})`;
    pen.beginPath();
    dimensions.forEach(({ values }, n) => n ? pen.lineTo(x(n), y(n, values[t])) : pen.moveTo(x(n), y(n, values[t])));
    pen.stroke();
  }
  Object.assign(pen, { fillStyle: style("--ink"), textAlign: "center", font: "12px sans-serif" });
  dimensions.forEach(({ label, tickvals, ticktext }, n) => {
    pen.fillRect(x(n), top, 1, bottom - top);
    pen.fillText(label, x(n), 14, 130);
    const ticks = tickvals ? tickvals.map((v, i) => [v, ticktext[i]]) : ranges[n].map(v => [v, shown(v)]);
    Object.assign(pen, { textAlign: tickvals ? "right" : "center", strokeStyle: style("--card"), lineWidth: 4 });
    ticks.forEach(([v, text]) => {
      const place = [text, x(n) - (tickvals ? 4 : 0), y(n, v) + (tickvals ? 4 : v === ranges[n][1] ? -6 : 14), 90];
      pen.strokeText(...place); // an edge of paper around letters that lie on lines
      pen.fillText(...place);
    });
    pen.textAlign = "center";
  });
}

if (!measured.length) ["parallel", "heat", "history", "choice"].filter(byId).forEach(hide);
byId("parallel-bar").append(select("parallel-metric", "colour by", measured.map(m => [m, m])));
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
