/**
 * Closes menus by Escape and by a click elsewhere.
 * @param {ParentNode} root
 */
export function menus(root) {
  const open = () => [...root.querySelectorAll("details.menu[open]")];
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.removeAttribute("open");
      menu.querySelector("summary")?.focus();
    }
  });
}
