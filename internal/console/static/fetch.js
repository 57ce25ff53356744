// Fragments are parts of pages, made by the same templates.

/**
 * Fetches a fragment of a page.
 * @param {string} address of the page
 * @param {string} fragment its name
 * @param {AbortSignal} [signal]
 * @returns {Promise<DocumentFragment>}
 */
export async function fragment(address, fragment, signal) {
  const url = new URL(address, location.href);
  url.searchParams.set("fragment", fragment);
  const reply = await fetch(url, { signal, headers: { Accept: "text/html" } });
  if (reply.redirected) location.assign(location.href); // the session has ended
  if (!reply.ok) throw new Error("the server answered " + reply.status);
  const template = document.createElement("template");
  template.innerHTML = await reply.text();
  return template.content;
}

/**
 * Says something to people who use a screen reader.
 * @param {string} text
 */
export function announce(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}
