import { effect } from "./effect.js";
import { announce } from "./fetch.js";

/**
 * Moves groups into others in a tree, by pointer and by keyboard: Space lifts,
 * arrows choose where to, Space drops, Escape cancels.
 * @param {ParentNode} root
 */
export function nests(root) {
  grips(root);
  for (const tree of root.querySelectorAll("[data-tree]")) if (tree instanceof HTMLElement) nest(tree);
}

/**
 * Shows the handles: without a script they would do nothing.
 * @param {ParentNode} root
 */
export function grips(root) {
  for (const grip of root.querySelectorAll("[data-grip]")) grip.removeAttribute("hidden");
}

/** @param {HTMLElement} tree */
function nest(tree) {
  /** @type {HTMLElement | null} the group that is moved */
  let lifted = null;
  /** @type {HTMLElement | null} where it would go */
  let target = null;

  const groupOf = (/** @type {EventTarget | Element | null} */ at) =>
    /** @type {HTMLElement | null} */ (/** @type {Element | null} */ (at)?.closest("[data-group]") || null);
  const aim = (/** @type {HTMLElement | null} */ at) => {
    target?.classList.remove("drop-into");
    target = at && lifted && !lifted.contains(at) ? at : null;
    target?.classList.add("drop-into");
  };
  const end = () => {
    aim(null);
    lifted?.classList.remove("lifted");
    lifted = null;
  };
  const lift = (/** @type {HTMLElement} */ group) => {
    lifted = group;
    group.classList.add("lifted");
    announce(group.dataset.name + " lifted");
  };
  const drop = () => {
    const [group, to] = [lifted, target];
    end();
    if (!group || !to || to.dataset.group === group.dataset.in) return announce("Nothing is moved");
    const fields = { do: "move", parent: to.dataset.group || "", from: group.dataset.in || "" };
    void effect("/ui/groups/" + group.dataset.group + "/nesting", fields, group.dataset.name + " goes into " + to.dataset.name);
  };
  tree.addEventListener("pointerdown", (event) => {
    const grip = /** @type {Element} */ (event.target).closest("[data-grip]");
    const group = groupOf(grip);
    if (event.button !== 0 || !(grip instanceof HTMLElement) || !group) return;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    lift(group);
  });
  tree.addEventListener("pointermove", (event) => {
    if (lifted) aim(groupOf(document.elementFromPoint(event.clientX, event.clientY)));
  });
  tree.addEventListener("pointerup", () => lifted && drop());
  tree.addEventListener("pointercancel", end);
  tree.addEventListener("focusout", () => setTimeout(() => lifted && !lifted.contains(document.activeElement) && end()));
  tree.addEventListener("keydown", (event) => {
    const grip = /** @type {Element} */ (event.target).closest("[data-grip]");
    const group = groupOf(grip);
    if (!grip || !group) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === " ") {
      event.preventDefault();
      if (lifted) drop();
      else lift(group);
    } else if (event.key === "Escape" && lifted) {
      end();
      announce("Cancelled");
    } else if (step && lifted) {
      event.preventDefault();
      event.stopPropagation();
      const places = [tree, ...tree.querySelectorAll("[data-group]")].filter((e) => e instanceof HTMLElement && e.dataset.group && e.getClientRects().length);
      const free = /** @type {HTMLElement[]} */ (places).filter((e) => !group.contains(e));
      const above = free.findLastIndex((e) => e.compareDocumentPosition(group) & Node.DOCUMENT_POSITION_FOLLOWING);
      const next = target ? free.indexOf(target) + step : step < 0 ? above : above + 1;
      aim(free[Math.max(0, Math.min(free.length - 1, next))]);
      announce("Into " + target?.dataset.name);
    }
  }, true);
}
