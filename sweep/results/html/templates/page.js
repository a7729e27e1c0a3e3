// The page is whole without this script but for the table of trials and the charts. Nothing is fetched.
const data = JSON.parse(document.getElementById("data").textContent);
const { params, metrics, state, number } = data.trials;
const trials = number.length, metric = data.objective.metric, sign = data.objective.direction === "maximize" ? 1 : -1;
const short = data.short, names = Object.keys(params);
const whole = n => data.states[state[n]] === "COMPLETE";
const breaking = new Set(data.infeasible), breaks = n => breaking.has(number[n]); // a bound on a metric
const column = name => name === "trial" ? number : name === "state" ? state.map(s => data.states[s])
  : name === "neighbours" ? data.trials.neighbours : params[Object.keys(short).find(k => short[k] === name) ?? name] ?? metrics[name] ?? (name === metric ? number.map(() => null) : undefined);

// ---- the table of trials
const PAGE = 25, TIGHT = 20; // rows; columns beyond which names may break anywhere, to fit on paper
const isLower = name => name === metric ? sign < 0 : data.lower.includes(name);
const headed = name => data.units[name]?.[0] === "money" && data.currency ? `${name}, ${data.currency}` : name;
const isFraction = name => data.units[name]?.[0] === "fraction";
const columns = ["trial", metric, ...data.columns.filter(m => m !== metric), ...(data.trials.neighbours.some(v => v !== null) ? ["neighbours"] : []), ...names.map(n => short[n]),
  ...([...number.keys()].every(whole) ? [] : ["state"])];
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
  const after = n => apart && !whole(n) ? 2 : order.by === metric && breaks(n) ? 1 : 0;
  rows.sort((a, b) => after(a) - after(b) || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (order.down ? -1 : 1) || a - b);
  page = 0;
  byId("matches").textContent = wrong.length ? `not understood: ${wrong[0].wrong}` : `${rows.length.toLocaleString("en")} of ${trials.toLocaleString("en")}`;
  board();
}

function board() {
  const top = document.createElement("thead"), head = top.appendChild(document.createElement("tr")); // printed on each sheet
  for (const name of columns) {
    const is = name === order.by, button = Object.assign(document.createElement("button"), { className: "sort" });
    button.append(...wrapping(headed(name) + (is ? (order.down ? " ↓" : " ↑") : "")));
    const th = cell(button, "n" + (is ? " sorted" : ""), "th");
    th.scope = "col";
    th.ariaSort = is ? (order.down ? "descending" : "ascending") : "none";
    th.onclick = () => {
      order = { by: name, down: is ? !order.down : name !== "trial" };
      choose();
      byId("board").querySelector("th.sorted button").focus();
    };
    head.append(th);
  }
  const body = rows.slice(page * PAGE, (page + 1) * PAGE).map(n => {
    const tr = document.createElement("tr");
    tr.className = data.states[state[n]] + (breaks(n) ? " breaks" : "");
    for (const name of columns) {
      const value = column(name)[n], sheet = name === "trial" && data.sheets.includes(value);
      const link = sheet ? Object.assign(document.createElement("a"), { href: `tearsheets/${value}.html`, textContent: value })
        : name === "trial" ? String(value) : formatted(value, data.units[name]);
      tr.append(cell(link, "n"));
    }
    return tr;
  });
  byId("board").classList.toggle("tight", columns.length > TIGHT);
  byId("board").replaceChildren(top, ...body);
  byId("previous").disabled = page === 0;
  byId("next").disabled = (page + 1) * PAGE >= rows.length;
  byId("range").textContent = rows.length ? `${page * PAGE + 1}–${Math.min(rows.length, (page + 1) * PAGE)}` : "";
}
byId("previous").onclick = () => { page--; board(); };
byId("next").onclick = () => { page++; board(); };
byId("filter").oninput = choose;
choose();
