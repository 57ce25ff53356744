import { fragment, announce } from "./fetch.js";

/**
 * Puts an edit into the draft and shows what the draft would do.
 * @param {string} address of the page that takes the form
 * @param {Record<string, string>} fields of the form
 * @param {string} text what happens, in words
 */
export async function effect(address, fields, text) {
  const reply = await fetch(address, { method: "POST", body: new URLSearchParams(fields) });
  const place = document.querySelector("[data-effect]");
  const show = (/** @type {string} */ said, /** @type {string} */ href) => {
    if (!(place instanceof HTMLElement)) return;
    const link = document.createElement(href ? "a" : "span");
    link.textContent = said;
    if (href) link.setAttribute("href", href);
    place.replaceChildren(link);
  };
  if (!reply.ok) {
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const problem = page.querySelector("[role=alert]")?.textContent || "It was refused.";
    show(problem, "");
    return announce(problem);
  }
  announce(text + " when the draft is committed");
  const draft = await fragment("/ui/draft?preview=1", "preview");
  const impact = (draft.querySelector(".impact, .empty, [role=alert]")?.textContent || "").replace(/\s+/g, " ").trim();
  show("In the draft: " + impact, "/ui/draft");
  announce(impact);
}
