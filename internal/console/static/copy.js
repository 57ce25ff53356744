import { announce } from "./fetch.js";

/**
 * Adds a button to texts that people copy.
 * @param {ParentNode} root
 */
export function copies(root) {
  if (!navigator.clipboard) return;
  const icons = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0];
  for (const text of root.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-button";
    button.setAttribute("aria-label", "Copy " + (text.getAttribute("data-copy") || text.textContent));
    button.innerHTML = '<svg class="icon" aria-hidden="true"><use/></svg>';
    button.querySelector("use")?.setAttribute("href", icons + "#copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent || "");
      announce("Copied");
      button.querySelector("use")?.setAttribute("href", icons + "#check");
      setTimeout(() => button.querySelector("use")?.setAttribute("href", icons + "#copy"), 1200);
    });
    text.after(button);
  }
}
