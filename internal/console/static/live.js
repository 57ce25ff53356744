// One page of a browser listens for changes, and tells the others: a browser
// has few connections to a server. When that page is closed, another listens.

/**
 * Shows a bar when the directory has changed since the page was loaded.
 * @param {ParentNode} root
 */
export function lives(root) {
  const bar = root.querySelector("[data-live]");
  if (!(bar instanceof HTMLElement)) return;
  const [life, loaded] = (bar.dataset.live || "").split("-").map(Number);
  const told = (/** @type {string} */ at) => {
    const [now, revision] = at.split("-").map(Number);
    if (now === life && revision <= loaded) return;
    const count = revision - loaded;
    const text = bar.querySelector("[data-live-text]");
    if (text) text.textContent = now !== life ? "The directory was restored" : count === 1 ? "1 change" : count.toLocaleString("en") + " changes";
    bar.hidden = false;
  };
  const channel = new BroadcastChannel("cohort-live");
  channel.addEventListener("message", (event) => told(event.data));
  const listen = () => {
    const events = new EventSource("/ui/events");
    events.addEventListener("revision", (event) => {
      told(event.data);
      channel.postMessage(event.data);
    });
  };
  if (navigator.locks) void navigator.locks.request("cohort-live", () => new Promise(listen));
  else listen();
}
