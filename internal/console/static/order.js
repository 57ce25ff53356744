import { effect } from "./effect.js";
import { announce } from "./fetch.js";

/**
 * Moves rows in the order of rank, by pointer and by keyboard: Space lifts,
 * arrows move, Space drops, Escape cancels.
 * @param {ParentNode} root
 */
export function orders(root) {
  for (const table of root.querySelectorAll("table[data-order]")) {
    const body = table.querySelector("tbody");
    if (body) for (const row of body.querySelectorAll("tr")) handle(body, row);
  }
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {HTMLTableRowElement} row
 */
function handle(body, row) {
  const grip = document.createElement("button");
  grip.type = "button";
  grip.className = "button small plain grip";
  grip.setAttribute("aria-label", "Move " + row.dataset.name + ", now at rank " + row.dataset.rank);
  const icons = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0];
  grip.innerHTML = '<svg class="icon" aria-hidden="true"><use/></svg>';
  grip.querySelector("use")?.setAttribute("href", icons + "#grip");
  row.querySelector("form.move")?.prepend(grip);
  /** @type {Element | null} where the row was */
  let home = null;
  let lifted = false;

  const place = () => [...body.rows].indexOf(row);
  const lift = () => {
    lifted = true;
    home = row.nextElementSibling;
    row.classList.add("lifted");
    announce(row.dataset.name + " lifted, " + (place() + 1) + " of " + body.rows.length);
  };
  const cancel = () => {
    lifted = false;
    row.classList.remove("lifted");
    body.insertBefore(row, home);
  };
  const drop = () => {
    lifted = false;
    row.classList.remove("lifted");
    grip.focus();
    if (row.nextElementSibling === home) return;
    const below = /** @type {HTMLElement | null} */ (row.nextElementSibling);
    const above = /** @type {HTMLElement | null} */ (row.previousElementSibling);
    const own = Number(row.dataset.rank);
    let rank = below ? Number(below.dataset.rank) : Number(above?.dataset.rank);
    if (below && rank > own) rank--; // it leaves a gap above
    void put(row, rank);
  };
  const step = (/** @type {number} */ by) => {
    const next = by < 0 ? row.previousElementSibling : row.nextElementSibling?.nextElementSibling;
    if (by < 0 && !next) return;
    if (by > 0 && !row.nextElementSibling) return;
    body.insertBefore(row, next || null);
    grip.focus();
    announce(row.dataset.name + ", " + (place() + 1) + " of " + body.rows.length);
  };
  grip.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      if (lifted) drop();
      else lift();
    } else if (lifted && event.key === "Escape") {
      cancel();
      grip.focus();
      announce("Cancelled");
    } else if (lifted && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      step(event.key === "ArrowUp" ? -1 : 1);
    }
  });
  grip.addEventListener("blur", () => setTimeout(() => lifted && document.activeElement !== grip && cancel()));
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    lift();
  });
  /** @type {HTMLTableRowElement | null} the row that is pointed at */
  let over = null;
  const point = (/** @type {HTMLTableRowElement | null} */ at, before = false) => {
    over?.classList.remove("drop-above", "drop-below");
    over = at;
    over?.classList.add(before ? "drop-above" : "drop-below");
  };
  // The row itself moves when it is dropped: moving it under the pointer would
  // end the capture.
  grip.addEventListener("pointermove", (event) => {
    if (!lifted || !grip.hasPointerCapture(event.pointerId)) return;
    for (const other of body.rows) {
      const box = other.getBoundingClientRect();
      if (event.clientY < box.top || event.clientY > box.bottom) continue;
      point(other === row ? null : other, event.clientY < box.top + box.height / 2);
    }
  });
  grip.addEventListener("pointerup", () => {
    if (!lifted) return;
    if (over) body.insertBefore(row, over.classList.contains("drop-above") ? over : over.nextElementSibling);
    point(null);
    drop();
  });
  grip.addEventListener("pointercancel", () => {
    point(null);
    cancel();
  });
}

/**
 * Puts a move into the draft and shows what the draft would do.
 * @param {HTMLTableRowElement} row
 * @param {number} rank
 */
function put(row, rank) {
  return effect(location.href, { group: row.dataset.group || "", rank: String(rank) }, row.dataset.name + " goes to rank " + rank);
}
