import { fragment, announce } from "./fetch.js";

let count = 0;

/**
 * Shows what a text finds under its box, as the combobox pattern has it.
 * @param {ParentNode} root
 */
export function comboboxes(root) {
  for (const element of root.querySelectorAll("[data-combobox]")) {
    const input = element instanceof HTMLInputElement ? element : element.querySelector("input");
    if (input instanceof HTMLInputElement) combobox(input, /** @type {HTMLElement} */ (element).dataset.combobox || "");
  }
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key !== "/" || event.ctrlKey || event.metaKey || target.closest("input, textarea, select")) return;
    const box = document.querySelector("[data-slash]");
    if (box instanceof HTMLInputElement) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
}

/**
 * @param {HTMLInputElement} input
 * @param {string} address where to search
 */
function combobox(input, address) {
  const pick = "pick" in input.dataset;
  const list = document.createElement("div");
  list.className = "hits";
  list.id = "hits-" + ++count;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What was found");
  list.hidden = true;
  input.parentElement?.append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) {
    input.setAttribute(name, value);
  }
  let timer = 0;
  let asked = new AbortController();
  let current = -1;

  const options = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const close = () => {
    list.hidden = true;
    current = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (/** @type {number} */ next) => {
    const all = options();
    if (!all.length) return;
    current = (next + all.length) % all.length;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === current)));
    input.setAttribute("aria-activedescendant", all[current].id);
    all[current].scrollIntoView({ block: "nearest" });
  };
  const choose = (/** @type {HTMLElement} */ option) => {
    close();
    if (!pick) return location.assign(option.dataset.href || "");
    input.value = option.dataset.name || "";
    input.dataset.chosen = option.dataset.value;
    input.focus();
  };
  const show = async () => {
    asked.abort();
    asked = new AbortController();
    delete input.dataset.chosen;
    if (!input.value.trim()) return close();
    const url = new URL(address, location.href);
    url.searchParams.set("q", input.value);
    try {
      const found = await fragment(url.href, "hits", asked.signal);
      const marked = options()[current]?.dataset.href;
      list.replaceChildren(found);
      options().forEach((option, i) => (option.id = list.id + "-" + i));
      list.hidden = !list.children.length;
      current = -1;
      const again = options().findIndex((option) => option.dataset.href === marked);
      if (again >= 0) mark(again);
      input.setAttribute("aria-expanded", String(!list.hidden));
      announce(list.children.length + " found");
    } catch {
      close(); // typed on, or the server does not answer: Enter still searches
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(show, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      mark(current + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      choose(options()[current]);
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => {
    const option = /** @type {HTMLElement} */ (event.target).closest("[role=option]");
    if (option instanceof HTMLElement) {
      event.preventDefault();
      choose(option);
    }
  });
  input.form?.addEventListener("submit", () => {
    if (input.dataset.chosen) input.value = input.dataset.chosen; // the id, so that two of one name are no question
  });
}
