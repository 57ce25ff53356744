import { fragment } from "./fetch.js";
import { grips } from "./nest.js";

/**
 * Loads the groups in a group when it is opened.
 * @param {ParentNode} root
 */
export function trees(root) {
  for (const tree of root.querySelectorAll("[data-tree]")) {
    tree.addEventListener("toggle", (event) => void open(event), true);
    tree.addEventListener("keydown", (event) => move(/** @type {KeyboardEvent} */ (event)));
  }
}

/** @param {Event} event */
async function open(event) {
  const details = /** @type {HTMLDetailsElement} */ (event.target);
  const list = details.querySelector("ul");
  if (!details.open || !details.dataset.open || !list || details.dataset.loaded) return;
  details.dataset.loaded = "yes";
  try {
    list.replaceChildren(await fragment(details.dataset.open, "nodes"));
    grips(list);
  } catch {
    delete details.dataset.loaded; // the link in it still leads there
  }
}

/**
 * Arrow keys open, close and move, as in a tree.
 * @param {KeyboardEvent} event
 */
function move(event) {
  const at = /** @type {HTMLElement} */ (event.target);
  const details = at.closest("li")?.querySelector(":scope > details");
  if (details instanceof HTMLDetailsElement && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    details.open = event.key === "ArrowRight";
    event.preventDefault();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const tree = at.closest("[data-tree]");
    const stops = [.../** @type {NodeListOf<HTMLElement>} */ (tree?.querySelectorAll(".line > a") || [])].filter((e) => e.getClientRects().length);
    const from = stops.indexOf(at);
    stops[from + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  }
}
