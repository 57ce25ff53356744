import { fragment, announce } from "./fetch.js";

/**
 * Loads the preview of the draft, and opens editors in their rows.
 * @param {ParentNode} root
 */
export function drafts(root) {
  const place = root.querySelector("[data-preview]");
  if (place instanceof HTMLElement && place.querySelector("a.button")) void preview(place);
  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("a[data-edit], a[data-cancel]");
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void swap(link);
  });
  document.addEventListener("keydown", (event) => {
    const editor = /** @type {HTMLElement} */ (event.target).closest("[data-editor]");
    const cancel = editor?.querySelector("[data-cancel]");
    if (event.key === "Escape" && cancel instanceof HTMLAnchorElement) cancel.click();
  });
}

/** @param {HTMLElement} place */
async function preview(place) {
  place.setAttribute("aria-busy", "true");
  try {
    place.replaceChildren(await fragment(place.dataset.preview || "", "preview"));
    announce(place.querySelector(".impact")?.textContent || "");
  } catch {
    // the button is still there
  }
  place.removeAttribute("aria-busy");
}

/**
 * Shows a row as a form, or a form as its row.
 * @param {HTMLAnchorElement} link
 */
async function swap(link) {
  const row = link.closest("tr");
  if (!row) return location.assign(link.href);
  try {
    const rows = await fragment(link.href, "rows");
    const fresh = rows.querySelector("#" + CSS.escape(row.id));
    if (!(fresh instanceof HTMLElement)) return location.assign(link.href);
    const form = fresh.querySelector("form");
    if (form) form.action = link.href; // what is refused is shown in this row
    row.replaceWith(fresh);
    const first = fresh.querySelector("[autofocus], a[data-edit]");
    if (first instanceof HTMLElement) first.focus();
  } catch {
    location.assign(link.href);
  }
}
