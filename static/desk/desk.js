// Keys: j and k move in a list, Enter opens, "/" or Ctrl-K searches; the drawer on narrow screens.
(() => {
  const rows = () => [...document.querySelectorAll("tbody tr[data-href]")];
  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement.closest?.("tr[data-href]"));
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
    next.tabIndex = -1;
    next.focus();
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if ((event.ctrlKey || event.metaKey) && event.key === "k" || (!typing && event.key === "/")) {
      event.preventDefault();
      document.getElementById("search")?.focus();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (event.key === "j" || event.key === "ArrowDown") {
      if (rows().length) event.preventDefault();
      move(1);
    } else if (event.key === "k" || event.key === "ArrowUp") {
      if (rows().length) event.preventDefault();
      move(-1);
    } else if (event.key === "Enter" && event.target.dataset?.href) {
      location.href = event.target.dataset.href;
    }
  });
  document.addEventListener("click", (event) => {
    const rail = document.getElementById("rail");
    if (event.target.closest("#menu")) {
      event.preventDefault();
      rail.classList.toggle("open");
    } else if (rail && !event.target.closest("#rail")) {
      rail.classList.remove("open");
    }
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, select, label") && !getSelection().toString()) {
      location.href = row.dataset.href;
    }
    const copied = event.target.closest("[data-copy]");
    if (copied) navigator.clipboard?.writeText(copied.dataset.copy);
  });
  // One click, one request: a form that is on its way cannot be sent again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (form.method === "post") form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((f) => delete f.dataset.sent));
})();
