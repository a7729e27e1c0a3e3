// The list of sweeps, read again every two seconds.
const LOOK = 2000, columns = ["sweep", "state", "created", "trials", "best", "verdict", "tags", "note"];

function row(sweep) {
  const tr = document.createElement("tr");
  const link = Object.assign(document.createElement("a"), { href: `sweep/${sweep.id}/`, textContent: sweep.id });
  tr.append(cell(link));
  if (sweep.error) {
    const td = cell(sweep.error, "error text");
    td.colSpan = columns.length - 1;
    tr.append(td);
    return tr;
  }
  const trials = Object.entries(sweep.trials).map(([state, n]) => `${shown(n)} ${state === "RUNNING" && !sweep.driven ? "not ended" : state}`);
  tr.append(
    cell(sweep.state, `state ${sweep.state}`), cell(sweep.created.slice(0, 16).replace("T", " ")), cell(trials.join(", ")),
    cell(sweep.best === null ? "–" : `${formatted(sweep.best, sweep.unit)} ${sweep.objective}`), cell(sweep.verdict),
    cell(Object.entries(sweep.tags).map(([name, value]) => `${name}=${value}`).join(", "), "text"), cell(sweep.note, "text"));
  return tr;
}

async function look() {
  try {
    const { sweeps } = await (await fetch("sweeps.json")).json();
    const head = document.createElement("tr");
    head.append(...columns.map(name => Object.assign(cell(name, "", "th"), { scope: "col" })));
    byId("sweeps").replaceChildren(head, ...sweeps.map(row));
    byId("error").textContent = sweeps.length ? "" : "There is no sweep yet.";
  } catch {
    byId("error").textContent = "The server does not answer: has `sweep watch` ended?";
  }
  setTimeout(look, LOOK);
}
look();
