/**
 * Takes the secret of a sign-in link from the fragment of the address, and
 * takes it out of the address. A click sends it.
 * @param {ParentNode} root
 */
export function links(root) {
  const form = root.querySelector("[data-link]");
  if (!(form instanceof HTMLFormElement) || location.hash.length < 2) return;
  const input = form.elements.namedItem("secret");
  if (!(input instanceof HTMLInputElement)) return;
  input.value = location.hash.slice(1);
  input.readOnly = true;
  input.type = "password";
  history.replaceState(null, "", location.pathname);
  form.querySelector("button")?.focus();
}
