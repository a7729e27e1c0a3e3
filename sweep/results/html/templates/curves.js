// ---- equity of the best trials, and the course of the search
const TONES = ["--accent", "#d98a1f", "#16a08a", "#a05cd6", "#d0547c", "#7a8fa6", "#8a9a2a", "#3fa0d8", "#b5713c", "#6d6fd0"];

function fallsOf(values) {
  let peak = -Infinity;
  return values.map(v => v === null ? null : v / (peak = Math.max(peak, v)) - 1);
}

// where the values stand: at days, or at parts of days that are all of one width, since nights have none
function course({ times, start }) {
  if (!times[0].includes("T")) return { x: [start, ...times], axis: { type: "date" } };
  const days = Map.groupBy(times, t => t.slice(0, 10)), every = Math.ceil(days.size / (innerWidth < 640 ? 3 : 10));
  const x = [0, ...[...days.values()].flatMap((parts, day) => parts.map((_, n) => day + (n + 1) / parts.length))];
  const marks = [...days.keys()].map((day, n) => [n, day]).filter(([n]) => n % every === 0);
  return { x, axis: { tickvals: marks.map(m => m[0]), ticktext: marks.map(m => m[1]) }, text: [times[0], ...times].map(t => t.slice(0, 16).replace("T", " ")) };
}

function equity() {
  const { curves, currency, holdout } = data.equity, { x, axis, text } = course(data.equity), isLog = byId("equity-scale").value === "log";
  const traces = curves.toReversed().flatMap(({ trial, values }, n) => {
    const rank = curves.length - 1 - n, tone = TONES[rank % TONES.length], colour = tone.startsWith("--") ? style(tone) : tone;
    const both = { x, text, type: "scatter", mode: "lines", legendgroup: `${trial}`, name: `${rank ? "" : "best: "}${trial}`, line: { color: colour, width: rank ? 1.2 : 2.6 } };
    const hover = text ? "%{text}<br>" : "%{x}<br>";
    return [{ ...both, y: values, legendrank: rank, hovertemplate: `trial ${trial}<br>${hover}%{y:,.2f}<extra></extra>` },
      { ...both, y: percent(fallsOf(values)), yaxis: "y2", showlegend: false, hovertemplate: `trial ${trial}<br>${hover}%{y:.2f} %<extra></extra>`, ...(rank ? {} : { fill: "tozeroy" }) }];
  });
  const shade = holdout && { type: "rect", xref: "x", yref: "paper", x0: text ? x[holdout.from] : holdout.start, x1: text ? Math.max(x.at(-1), x[holdout.from] + 1) : holdout.end, y0: 0, y1: 1, line: { width: 0 }, fillcolor: style("--warn"), opacity: 0.14, layer: "below" };
  plot("equity-chart", traces, {
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", title: { text: "trial " } }, margin: { l: 60, r: 15, t: 34, b: 36 },
    xaxis: { ...axis, anchor: "y2" }, yaxis: { domain: [0.34, 1], type: isLog ? "log" : "linear", title: { text: currency ? `equity, ${currency}` : "growth of 1" }, tickformat: ",", nticks: 7, exponentformat: "none" },
    yaxis2: { domain: [0, 0.28], ...PERCENT, title: { text: "drawdown" }, nticks: 5 }, shapes: shade ? [shade] : [],
    annotations: shade ? [{ x: shade.x0, yref: "paper", y: 1, text: holdout.opened ? "hold-out" : "hold-out, closed", showarrow: false, xanchor: "left", yanchor: "top", font: { color: style("--warn") } }] : [],
  });
}

// ended trials in the order of their end: [place or engine seconds so far, value or null, trial]
function ended(by) {
  const { start, end } = data.trials, order = [...number.keys()].filter(n => data.states[state[n]] !== "RUNNING").sort((a, b) => (end[a] ?? 0) - (end[b] ?? 0) || a - b);
  let seconds = 0;
  return order.map((n, place) => {
    seconds += (end[n] ?? 0) - (start[n] ?? 0);
    const counts = whole(n) && metrics[metric]?.[n] !== null && metrics[metric]?.[n] !== undefined;
    return { at: by === "seconds" ? seconds : place + 1, value: counts ? metrics[metric][n] : null, isFeasible: counts && !breaks(n), trial: number[n] };
  });
}

function bestSoFar(points) {
  let best = null;
  return points.map(p => {
    if (p.isFeasible && (best === null || sign * (p.value - best) > 0)) best = p.value;
    return best;
  });
}

// trials that keep the bounds, and those that do not: these are not drawn beside others until their name is chosen
const byBounds = (some, isBroken = breaks) => ({ kept: some.filter(t => !isBroken(t)), broken: some.filter(isBroken) });
const brokenName = kept => [`do not keep ${data.bounds}`, "x-thin-open", kept.length ? { visible: "legendonly" } : {}];

function history() {
  const by = byId("history-by").value, points = ended(by), tested = points.filter(p => p.value !== null), unit = data.units[metric];
  const { kept, broken } = byBounds(tested, p => !p.isFeasible);
  const dots = (some, name, symbol, more) => ({ x: some.map(p => p.at), y: scaled(metric, some.map(p => p.value)), customdata: some.map(p => [p.trial, formatted(p.value, unit)]), name, type: "scatter", mode: "markers",
    marker: { size: 5, symbol, color: style("--soft"), opacity: trials > 2000 ? 0.25 : 0.6 }, hovertemplate: "trial %{customdata[0]}: %{customdata[1]}<extra></extra>", ...more });
  plot("history-chart", [
    dots(kept, "trials", "circle"),
    ...(broken.length ? [dots(broken, ...brokenName(kept))] : []),
    { x: points.map(p => p.at), y: scaled(metric, bestSoFar(points)), customdata: bestSoFar(points).map(v => formatted(v, unit)), name: "best so far", type: "scatter", mode: "lines", line: { shape: "hv", width: 2.4, color: style("--accent") }, hovertemplate: "best so far %{customdata}<extra></extra>" },
  ], { xaxis: { title: { text: by === "seconds" ? "engine seconds, all workers added" : "ended trials" } }, yaxis: axisOf(metric) });
}

if (data.equity) {
  charts["equity-chart"] = equity;
  byId("equity-bar").append(select("equity-scale", "scale", [["linear", "linear"], ["log", "logarithmic"]]));
  byId("equity-bar").onchange = equity;
}
charts["history-chart"] = history;
byId("history-bar").append(select("history-by", "by", [["trials", "ended trials"], ["seconds", "engine seconds"]]));
byId("history-bar").onchange = history;
