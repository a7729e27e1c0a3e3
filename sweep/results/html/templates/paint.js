// ---- charts: each is drawn when it is first seen, and again when the colours change or the page is printed
const dark = () => matchMedia("(prefers-color-scheme: dark)").matches && !document.documentElement.classList.contains("printing");
const scale = () => dark() ? "Viridis" : [[0, "#f1f4f9"], [0.5, "#86b0f0"], [1, "#123f94"]];
const drawn = new Map();

// an axis whose title keeps off its labels
const apart = axis => axis.title ? { ...axis, title: { standoff: 12, ...axis.title } } : axis;

function layout(more = {}) {
  const axis = { gridcolor: style("--line"), zerolinecolor: style("--line"), linecolor: style("--line"), automargin: true };
  const { xaxis, yaxis, yaxis2, ...rest } = more;
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: style("--ink"), size: 12 },
    margin: { l: 50, r: 15, t: 30, b: 45 }, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, hovermode: "closest",
    xaxis: { ...axis, ...xaxis }, yaxis: apart({ ...axis, ...yaxis }), ...(yaxis2 && { yaxis2: apart({ ...axis, ...yaxis2 }) }), ...rest,
  };
}
// per cent as everywhere else, with a space, and the axis of a metric
const PERCENT = { ticksuffix: " %" }, percent = values => values.map(v => v === null ? null : 100 * v);
const axisOf = name => ({ title: { text: headed(name) }, ...(isFraction(name) && PERCENT) });
const scaled = (name, values) => isFraction(name) ? percent(values) : values;

// as large as its box is now, on a screen or on paper
function plot(id, traces, more) {
  const { clientWidth: width, clientHeight: height } = typeof id === "string" ? byId(id) : id;
  return Plotly.react(id, traces, { ...layout(more), width, height }, { responsive: true, displaylogo: false, displayModeBar: false });
}
// a line across the chart, named in the legend
const line = (x, name, colour, dash = "solid") => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: colour, width: 2, dash }, name, showlegend: true });

// a section without content, and the link to it
const hide = id => document.querySelectorAll(`#${id}, nav a[href="#${id}"]`).forEach(each => { each.hidden = true; });

function select(id, label, options) {
  const box = document.createElement("label"), made = Object.assign(document.createElement("select"), { id });
  for (const [value, text] of options) made.append(Object.assign(document.createElement("option"), { value, textContent: text }));
  box.append(label + " ", made);
  return box;
}

const measured = Object.keys(metrics).filter(m => metrics[m].some(v => v !== null));
const charts = {};

function drawAll() {
  for (const id of Object.keys(charts).filter(byId)) {
    drawn.set(id, charts[id]);
    charts[id]();
  }
}

// called when plotly.js has been unpacked
function begin() {
  const seen = new IntersectionObserver(entries => entries.filter(e => e.isIntersecting).forEach(e => {
    seen.unobserve(e.target);
    drawn.set(e.target.id, charts[e.target.id]);
    charts[e.target.id]();
  }), { rootMargin: "300px" });
  Object.keys(charts).map(byId).filter(Boolean).forEach(box => seen.observe(box));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(draw => draw()));
}

// on paper: light colours, the width of the sheet, everything opened and drawn
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach(d => { d.open = true; });
  document.documentElement.classList.add("printing");
  if ("Plotly" in window) drawAll();
});
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("printing");
  closed.forEach(d => { d.open = false; });
  drawn.forEach(draw => draw());
});
