// Keys, the palette, selection and the drawer. Everything here has a way without it.
(() => {
  const at = (id) => document.getElementById(id);
  const rows = () => [...document.querySelectorAll("main tbody tr[data-href], main tbody tr[data-ref]")];
  const current = () => document.activeElement.closest?.("main tbody tr");

  // Lists: j and k (or arrows) move, Enter opens, Space selects, x too.
  const move = (by) => {
    const all = rows();
    if (!all.length) return false;
    const index = all.indexOf(current());
    const next = all[index < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, index + by))];
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  // On the board, left and right (or h and l) move between the numbers of a row.
  const along = (by) => {
    const row = current();
    if (!row?.closest("table.board")) return false;
    const all = [...row.querySelectorAll("a, button")];
    const index = all.indexOf(document.activeElement);
    const next = all[index < 0 ? (by > 0 ? 0 : all.length - 1) : index + by];
    (next ?? row).focus();
    return true;
  };
  const chosen = () => [...document.querySelectorAll("input[name=reference]:checked")];
  const showBar = () => {
    const bar = at("bulk");
    if (!bar) return;
    const count = chosen().length;
    bar.hidden = !count;
    for (const box of document.querySelectorAll("input[name=reference]")) {
      box.closest("tr").classList.toggle("chosen", box.checked);
    }
    const said = bar.querySelector("[data-count]");
    if (said) said.textContent = String(count);
    const all = at("choose-all");
    if (all) all.checked = count > 0 && count === document.querySelectorAll("input[name=reference]").length;
  };
  const choose = (row) => {
    const box = row?.querySelector("input[name=reference], input[data-units]");
    if (!box) return false;
    box.checked = !box.checked;
    showBar();
    showBalance();
    return true;
  };

  // The workbench: what is chosen on both sides comes to so much, exactly, in minor units.
  const showBalance = () => {
    const bar = at("balance");
    if (!bar) return;
    const digits = Number(bar.dataset.digits);
    const sum = (name) => [...document.querySelectorAll(`input[name=${name}][data-units]:checked`)]
      .reduce((before, box) => before + BigInt(box.dataset.units), 0n);
    const written = (units) => {
      const text = String(units < 0n ? -units : units).padStart(digits + 1, "0");
      const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
      return (units < 0n ? "\u2212" : "") + whole + (digits ? (document.documentElement.lang === "ru" ? "," : ".") + text.slice(-digits) : "");
    };
    const sums = { line: sum("line"), entry: sum("entry") };
    sums.rest = sums.line - sums.entry;
    for (const each of bar.querySelectorAll("[data-sum]")) each.textContent = written(sums[each.dataset.sum]);
    for (const box of document.querySelectorAll("input[data-units]")) box.closest("tr").classList.toggle("chosen", box.checked);
  };

  // Palette: Ctrl-K or "/"; what is typed is asked of the server, arrows choose, Enter goes.
  const palette = at("palette");
  const query = at("palette-query");
  const found = at("palette-found");
  let asked = 0;
  const hits = () => [...found.querySelectorAll("a")];
  const mark = (hit) => {
    for (const each of hits()) each.setAttribute("aria-selected", String(each === hit));
    if (hit) {
      query.setAttribute("aria-activedescendant", hit.id);
      hit.scrollIntoView({ block: "nearest" });
    } else query.removeAttribute("aria-activedescendant");
  };
  const look = async () => {
    const number = ++asked;
    const answer = await fetch(`${palette.dataset.url}?q=${encodeURIComponent(query.value)}`, { credentials: "same-origin" });
    if (number !== asked || !answer.ok || answer.redirected) return;
    found.innerHTML = await answer.text();
    mark(hits()[0]);
  };
  const openPalette = () => {
    if (!palette || !at("search")) return false;
    query.value = "";
    found.innerHTML = "";
    palette.showModal();
    query.focus();
    look();
    return true;
  };
  query?.addEventListener("input", look);
  query?.addEventListener("keydown", (event) => {
    const all = hits();
    const index = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) mark(all[(index + by + all.length) % all.length]);
    } else if (event.key === "Enter" && all[index]) {
      event.preventDefault();
      location.href = all[index].href;
    }
  });
  palette?.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    const acting = event.target.closest("a, button, summary, input");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" || (!typing && event.key === "/")) {
      if (openPalette()) event.preventDefault();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey || palette?.open) {
      return;
    } else if (event.key === "j" || event.key === "ArrowDown") {
      if (move(1)) event.preventDefault();
    } else if (event.key === "k" || event.key === "ArrowUp") {
      if (move(-1)) event.preventDefault();
    } else if (["l", "h", "ArrowRight", "ArrowLeft"].includes(event.key)) {
      if (along(["l", "ArrowRight"].includes(event.key) ? 1 : -1)) event.preventDefault();
    } else if (event.key === "x" || (event.key === " " && !acting)) {
      if (choose(current())) event.preventDefault();
    } else if (/^[a-z]$/.test(event.key) && current()?.querySelector(`[data-key="${event.key}"]`)) {
      event.preventDefault();
      current().querySelector(`[data-key="${event.key}"]`).click();
    } else if (event.key === "Enter" && event.target.dataset?.form) {
      at(event.target.dataset.form)?.requestSubmit();
    } else if (event.key === "Enter" && at("balance") && event.target.matches("tr")) {
      at("match").requestSubmit();
    } else if (event.key === "Enter" && event.target.dataset?.href) {
      location.href = event.target.dataset.href;
    } else if (event.key === "Escape") {
      for (const each of document.querySelectorAll("details[open].more, details[open].person")) each.open = false;
      drawer(false);
    }
  });

  // A queue stands still while somebody has chosen rows of it, or is at one of them.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const queue = event.target.id === "work" ? event.target : null;
    if (queue && (chosen().length || queue.contains(document.activeElement))) event.preventDefault();
  });

  const drawer = (open) => {
    at("rail")?.classList.toggle("open", open);
    at("menu")?.setAttribute("aria-expanded", String(open));
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#menu")) drawer(!at("rail").classList.contains("open"));
    else if (!event.target.closest("#rail")) drawer(false);
    for (const each of document.querySelectorAll("details[open].more, details[open].person")) {
      if (!each.contains(event.target)) each.open = false;
    }
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, select, label, summary") && !getSelection().toString()) {
      if (event.ctrlKey || event.metaKey) open(row.dataset.href);
      else location.href = row.dataset.href;
    }
    const copied = event.target.closest("[data-copy]");
    if (copied) {
      navigator.clipboard?.writeText(copied.dataset.copy);
      copied.classList.add("copied");
      setTimeout(() => copied.classList.remove("copied"), 1200);
    }
  });
  // Of a new deal only the fields of its product are seen.
  const fit = () => {
    const product = at("f-product")?.value;
    for (const each of document.querySelectorAll("[data-only]")) each.hidden = Boolean(product) && !each.dataset.only.split(" ").includes(product);
  };
  document.addEventListener("change", (event) => {
    if (event.target.id === "f-product") fit();
    if (event.target.id === "choose-all") {
      for (const box of document.querySelectorAll("input[name=reference]")) box.checked = event.target.checked;
    }
    if (event.target.matches("#choose-all, input[name=reference]")) showBar();
    if (event.target.matches("input[data-units]")) showBalance();
    if (event.target.id === "known-slider") location.href = JSON.parse(event.target.dataset.stops)[Number(event.target.value)];
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "known-slider") return;
    at("known-said").textContent = JSON.parse(event.target.dataset.names)[Number(event.target.value)];
  });

  // One click, one request: a form that is on its way cannot be sent again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (form.method === "post") form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form").forEach((form) => delete form.dataset.sent);
    showBar();
    showBalance();
    fit();
    // The open tab of many is seen without looking for it.
    const tab = document.querySelector(".tabs a[aria-current]");
    if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 24;
  });

  // What another deal had goes into inputs that are empty.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-fill]");
    if (!button) return;
    const form = button.closest("form");
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.fill))) {
      const input = form?.elements.namedItem(name);
      if (input && !input.value) input.value = value;
    }
    form?.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
