// One sweep while it runs. Every two seconds the server sends the trials that are new; nothing is asked for twice.
const LOOK = 2000; // milliseconds
const trials = new Map(); // by number: [number, state, feasible, end, params, metrics]
let feed = "", count = -1, last = {}, best = null;

const span = seconds => seconds === null ? "–" : seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
const sign = () => last.status.direction === "maximize" ? 1 : -1;
const whole = t => last.states[t[1]] === "COMPLETE";
const objective = t => t[5][0];
const breaks = t => !t[2]; // a bound on a metric

function table(id, names, rows, none) {
  const head = document.createElement("tr");
  head.append(...names.map((name, n) => {
    const th = cell("", typeof rows[0]?.[n] === "string" ? "" : "n", "th");
    th.scope = "col";
    th.append(...wrapping(name));
    return th;
  }));
  const body = rows.map(values => {
    const tr = document.createElement("tr");
    tr.append(...values.map(value => cell(value?.text ?? shown(value), typeof value === "string" ? "text" : "n")));
    return tr;
  });
  byId(id).replaceChildren(...(rows.length ? [head, ...body] : [cell(none)]));
}

function card(value, name, note = "") {
  const made = Object.assign(document.createElement("div"), { className: "card" });
  made.append(cell(value, "", "b"), cell(name, "", "span"), cell(note, "", "small"));
  return made;
}

function sayStatus() {
  const s = last.status, of = s.total || Math.max(s.done, trials.size);
  byId("state").textContent = s.state;
  byId("state").className = `state ${s.state}`;
  byId("gauge").style.width = `${of ? Math.min(100, 100 * s.done / of) : 0}%`;
  const parts = [`${shown(s.done)} of ${shown(of)} trials`];
  if (s.pace) parts.push(`${shown(Math.round(s.pace * 10) / 10)} a minute`);
  if (s.eta !== null && s.driven) parts.push(`${span(s.eta)} to go`);
  if (s.note) parts.push(s.note);
  byId("progress").textContent = parts.join(" · ");
  document.title = `${Math.floor(of ? 100 * s.done / of : 0)} % ${s.id}`;
  const leader = trials.get(last.leaders[0]);
  byId("cards").replaceChildren(
    ...Object.entries(s.trials).map(([state, n]) => card(shown(n), state === "RUNNING" && !s.driven ? "not ended" : state.toLowerCase())),
    ...(leader ? [card(formatted(objective(leader), last.units[s.objective]), `${s.objectives > 1 ? "preferred:" : "best"} ${headed(s.objective)}`, `trial ${leader[0]}`)] : []));
  table("workers", ["worker", "runs", "for"], s.workers.map(([name, runs, seconds]) => [name, runs, span(seconds)]), s.driven ? "No worker runs a trial now." : "No driver runs this sweep.");
  table("failures", ["trials", "reason", "message"], last.failures, "None.");
}

const headed = name => last.units[name]?.[0] === "money" && best?.currency ? `${name}, ${best.currency}` : name;

// a figure as the other tables have it
const measure = (n, value) => ({ text: formatted(value, last.units[last.metrics[n]]) });

function board() {
  const names = last.params, rows = last.leaders.map(n => trials.get(n)).filter(Boolean);
  const chosen = [...last.metrics.keys()].filter(n => rows.some(t => t[5][n] !== null));
  table("board", ["trial", ...chosen.map(n => headed(last.metrics[n])), ...names.map(n => last.short[n])],
    rows.map(t => [t[0], ...chosen.map(n => measure(n, t[5][n])), ...names.map((_, n) => t[4][n] ?? null)]), last.status.no_best);
}

// ---- charts on canvases: ten thousand trials are drawn in the time of a few pictures
const LEFT = 70, RIGHT = 15, TOP = 12, BOTTOM = 30, points = []; // of the history, for the pointer: [x, y, trial]

function paper(id) {
  const box = byId(id), canvas = box.firstElementChild ?? box.appendChild(document.createElement("canvas"));
  const width = box.clientWidth, height = box.clientHeight, sharp = devicePixelRatio || 1;
  Object.assign(canvas, { width: width * sharp, height: height * sharp });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return { pen, width, height };
}

const lowest = values => values.reduce((a, b) => Math.min(a, b), Infinity), highest = values => values.reduce((a, b) => Math.max(a, b), -Infinity);

// a frame with a scale at its left, and labels below; where a value is
function frame({ pen, width, height }, values, format, labels) {
  const low = lowest(values), range = highest(values) - low || Math.abs(low) || 1, bottom = height - BOTTOM;
  const y = value => bottom - (bottom - TOP) * (0.05 + 0.9 * (value - low) / range);
  const x = share => LEFT + share * (width - LEFT - RIGHT);
  pen.textAlign = "right";
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    pen.fillStyle = style("--line");
    pen.fillRect(LEFT, y(low + share * range), width - LEFT - RIGHT, 1);
    pen.fillStyle = style("--soft");
    pen.fillText(format(low + share * range), LEFT - 8, y(low + share * range) + 4);
  }
  labels.forEach((label, n) => {
    pen.textAlign = n ? "right" : "left";
    pen.fillText(label, x(n), height - 8);
  });
  return { x, y };
}

function path(pen, colour, steps) {
  pen.beginPath();
  steps.forEach(([x, y], n) => n ? pen.lineTo(x, y) : pen.moveTo(x, y));
  Object.assign(pen, { strokeStyle: style(colour), lineWidth: 2 });
  pen.stroke();
}

const unit = () => last.units[last.status.objective];

function history() {
  const done = [...trials.values()].filter(t => whole(t) && objective(t) !== null).sort((a, b) => a[3] - b[3]), sheet = paper("history");
  points.length = 0;
  if (!done.length) return;
  const first = done[0][3], length = done.at(-1)[3] - first || 1, time = s => new Date(1000 * s).toLocaleTimeString();
  const kept = done.filter(t => !breaks(t)), heights = (kept.length ? kept : done).map(objective), low = lowest(heights), high = highest(heights);
  const { x, y } = frame(sheet, heights, v => formatted(v, unit()), [time(first), time(first + length)]), { pen } = sheet;
  pen.globalAlpha = done.length > 2000 ? 0.4 : 0.8;
  for (const t of done) {
    if (objective(t) < low || objective(t) > high) continue; // it breaks a bound, and does not set the scale
    const at = [x((t[3] - first) / length), y(objective(t)), t];
    points.push(at);
    pen.fillStyle = style(breaks(t) ? "--broken" : "--accent");
    pen.fillRect(at[0] - 2, at[1] - 2, 4, 4);
  }
  pen.globalAlpha = 1;
  const steps = [];
  let top = null;
  for (const [at, height, t] of points) if (t[2] && (top === null || sign() * objective(t) > sign() * top)) {
    if (steps.length) steps.push([at, steps.at(-1)[1]]);
    steps.push([at, height]);
    top = objective(t);
  }
  if (steps.length) steps.push([x(1), steps.at(-1)[1]]);
  path(pen, "--good", steps);
}

function point({ offsetX, offsetY }) {
  let near = null, distance = 100;
  for (const [x, y, t] of points) {
    const square = (x - offsetX) ** 2 + (y - offsetY) ** 2;
    if (square < distance) [near, distance] = [t, square];
  }
  byId("point").textContent = near ? `trial ${near[0]}: ${last.status.objective} ${formatted(objective(near), unit())}${breaks(near) ? ` without ${last.bounds}` : ""}; ${last.params.map((name, n) => `${last.short[name]}=${shown(near[4][n])}`).join(", ")}` : "";
}
byId("history").onpointermove = point;

function equity() {
  const sheet = paper("equity"), curve = best ?? { trial: null, days: [], growth: [] };
  byId("growth").textContent = best ? `trial ${best.trial}` : "–";
  if (curve.growth.length < 2) return;
  const { x, y } = frame(sheet, curve.growth, v => `${(100 * v).toFixed(1)} %`, [curve.days[0].slice(0, 10), curve.days.at(-1).slice(0, 10)]);
  path(sheet.pen, "--accent", curve.growth.map((v, n) => [x(n / (curve.growth.length - 1)), y(v)]));
}

// parallel coordinates: lines of one colour are one path
const SHADES = 24, LABELS = 12, VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

function shade(share) {
  const at = share * (VIRIDIS.length - 1), n = Math.min(VIRIDIS.length - 2, Math.floor(at));
  return `rgb(${VIRIDIS[n].map((v, i) => Math.round(v + (VIRIDIS[n + 1][i] - v) * (at - n))).join(" ")})`;
}

function dimension(name, of, done, unit) {
  const values = done.map(of), numbers = values.filter(v => v !== null);
  if (numbers.every(v => typeof v === "number")) {
    const low = lowest(numbers), width = highest(numbers) - low;
    return { name, ticks: width ? [[0, formatted(low, unit)], [1, formatted(low + width, unit)]] : [[0, formatted(low, unit)]], of: t => of(t) === null ? null : width ? (of(t) - low) / width : 0.5 };
  }
  const { labels, of: place } = ordered(numbers), top = Math.max(1, labels.length - 1);
  return { name, ticks: labels.length > LABELS ? [] : labels.map((l, n) => [n / top, l]), of: t => of(t) === null ? null : place(of(t)) / top };
}

function parallel() {
  const done = [...trials.values()].filter(t => whole(t) && objective(t) !== null).sort((a, b) => breaks(b) - breaks(a) || sign() * (objective(a) - objective(b)));
  const measured = last.metrics.map((name, n) => [name, n]).filter(([, n]) => done.some(t => t[5][n] !== null)).slice(0, 4);
  const dimensions = [...last.params.map((name, n) => dimension(last.short[name], t => t[4][n] ?? null, done)),
    ...measured.map(([name, n]) => dimension(headed(name), t => t[5][n] ?? null, done, last.units[name]))], gaps = Math.max(1, dimensions.length - 1);
  byId("parallel").style.minWidth = `${140 + 112 * gaps}px`; // the page scrolls it
  const { pen, width, height } = paper("parallel"), top = 34, bottom = height - 26, room = (width - 140) / gaps - 8;
  const x = n => 70 + n * (width - 140) / gaps, y = share => bottom - share * (bottom - top);
  const places = dimensions.map(d => done.map(d.of));
  pen.globalAlpha = done.length > 2000 ? 0.25 : done.length > 200 ? 0.5 : 0.85;
  for (let band = 0; band < SHADES; band++) { // the worst first, so that the best lie above them
    const from = Math.floor(band * done.length / SHADES), to = Math.floor((band + 1) * done.length / SHADES);
    pen.beginPath();
    for (let t = from; t < to; t++) places.forEach((of, n) => {
      if (of[t] === null) return;
      n && places[n - 1][t] !== null ? pen.lineTo(x(n), y(of[t])) : pen.moveTo(x(n), y(of[t]));
    });
    pen.strokeStyle = shade(band / (SHADES - 1));
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.textAlign = "center";
  dimensions.forEach((d, n) => {
    pen.fillStyle = style("--soft");
    pen.fillRect(x(n), top, 1, bottom - top);
    for (const [share, label] of d.ticks) pen.fillText(label, x(n), share === 1 ? top - 4 : share === 0 ? bottom + 14 : y(share), Math.min(90, room));
    pen.fillStyle = style("--ink");
    pen.fillText(cut(d.name, 20), x(n), 13, room);
  });
}

const charts = { history, parallel, equity }, inSight = new Set(), stale = new Set(Object.keys(charts));

function draw() {
  if (last.status) for (const name of [...stale].filter(n => inSight.has(n))) { stale.delete(name); charts[name](); }
}

function take(news) {
  if (news.reset) trials.clear();
  for (const t of news.rows) news.states[t[1]] === "RUNNING" ? trials.delete(t[0]) : trials.set(t[0], t);
  const isNew = news.reset || news.rows.length > 0;
  if (news.equity || news.reset) { best = news.equity; stale.add("equity"); }
  ({ feed, count } = news);
  last = news;
  const isDrawn = [...trials.values()].some(t => whole(t) && objective(t) !== null);
  for (const id of ["history", "parallel", "equity"]) byId(id).closest("section").hidden = id === "equity" ? !best : !isDrawn;
  for (const box of document.querySelectorAll(".bounded")) box.hidden = !last.bounds;
  for (const box of document.querySelectorAll(".bounds")) box.textContent = last.bounds;
  sayStatus();
  if (isNew) { board(); stale.add("history").add("parallel"); }
  draw();
}

async function look() {
  try {
    const answer = await fetch(`changes.json?feed=${feed}&after=${count}`), news = await answer.json();
    byId("error").textContent = news.error ?? "";
    if (!news.error) take(news);
  } catch (failure) {
    byId("error").textContent = failure instanceof TypeError ? "The server does not answer: has `sweep watch` ended?" : String(failure);
  }
  setTimeout(look, LOOK);
}

const seen = new IntersectionObserver(entries => {
  entries.forEach(e => e.isIntersecting ? inSight.add(e.target.id) : inSight.delete(e.target.id));
  draw();
}, { rootMargin: "200px" });
Object.keys(charts).map(byId).forEach(box => seen.observe(box));
function again() {
  Object.keys(charts).forEach(name => stale.add(name));
  draw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
addEventListener("resize", again);
look();
