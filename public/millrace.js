"use strict";
// Comfort only: every page works without it.

// The viewer's zone, so that the next page shows times in it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes("tz=" + encodeURIComponent(zone))) {
  document.cookie = "tz=" + encodeURIComponent(zone) + "; Path=/; Max-Age=31536000; SameSite=Lax";
}

// Buttons that copy an address, or the code beside them. On plain http browsers keep the clipboard closed: then the text is selected
// instead.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const link = button.dataset.copy && new URL(button.dataset.copy, location.href).href;
    const code = link ? document.createElement("code") : button.parentElement.querySelector("code, pre");
    if (link) code.textContent = link;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.dataset.done = "";
      setTimeout(() => delete button.dataset.done, 1500);
    } catch {
      if (link) button.after(code);
      getSelection().selectAllChildren(code);
      if (document.execCommand("copy")) button.dataset.done = "";
    }
  });
}

// One checkbox that picks all rows of its table.
for (const all of document.querySelectorAll("[data-pick-all]")) {
  const boxes = () => all.closest("table").querySelectorAll("tbody .pick input");
  all.hidden = false;
  all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
  all.closest("table").addEventListener("change", (event) => {
    if (event.target === all) return;
    const picked = [...boxes()].filter((box) => box.checked).length;
    all.checked = picked > 0 && picked === boxes().length;
    all.indeterminate = picked > 0 && !all.checked;
  });
}

// Small forms that need no button.
for (const form of document.querySelectorAll("[data-submit-on-change]")) {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

// Browsers that cannot hold the navigation open by style.
const wide = matchMedia("(min-width: 62rem)");
const nav = document.querySelector("details.nav");
if (nav && wide.matches && !CSS.supports("selector(::details-content)")) nav.open = true;

// A menu closes by Escape, and when something else is used.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.activeElement?.closest("details.menu[open], details.nav[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
for (const kind of ["pointerdown", "focusin"]) {
  document.addEventListener(kind, (event) => {
    for (const open of document.querySelectorAll("details.menu[open], details.nav[open]")) {
      if (!open.contains(event.target) && !(open === nav && wide.matches)) open.open = false;
    }
  });
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent !== undefined) event.preventDefault();
    form.dataset.sent = "";
  });
}
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));

// A result that was read goes away.
for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    button.parentElement.remove();
  });
}

// The search of the top bar lists what it finds while one types; Enter without a choice leads to the page of all.
const find = document.querySelector("[data-find]");
if (find) {
  const field = find.querySelector("input");
  const list = document.createElement("div");
  Object.assign(list, { id: "found", className: "found", hidden: true, role: "listbox", ariaLabel: field.placeholder });
  find.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list" })) field.setAttribute(name, value);
  let asked = 0;
  let timer;
  const options = () => [...list.children];
  const show = (shown) => {
    list.hidden = !shown;
    field.setAttribute("aria-expanded", String(shown));
    if (!shown) field.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const look = async () => {
    const now = ++asked;
    const answer = await fetch("/find.json?q=" + encodeURIComponent(field.value)).catch(() => undefined);
    // Signed out meanwhile, or a later question is on its way.
    if (!answer?.ok || answer.redirected || now !== asked || document.activeElement !== field) return;
    list.replaceChildren(...(await answer.json()).map((found, at) => {
      const option = document.createElement("div");
      const kind = document.createElement("small");
      Object.assign(option, { id: "found-" + at, role: "option", textContent: found.name });
      option.setAttribute("aria-selected", "false");
      option.dataset.address = found.address;
      kind.textContent = found.kind;
      option.append(kind);
      return option;
    }));
    show(list.children.length > 0);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 120);
  });
  field.addEventListener("focus", look);
  field.addEventListener("blur", () => show(false));
  // Before the field loses the focus and the list its options.
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
  field.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.ariaSelected === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !list.hidden) {
      event.preventDefault();
      choose(all[(at < 0 && step < 0 ? all.length - 1 : at + step + all.length) % all.length]);
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(all[at].dataset.address);
    } else if (event.key === "Escape") {
      show(false);
    }
  });
}

// Keys; the page /help tells them, and is shown over the page by `?`.
const showHelp = async () => {
  const answer = await fetch("/help").catch(() => undefined);
  if (!answer?.ok || answer.redirected) return location.assign("/help");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const dialog = document.createElement("dialog");
  dialog.className = "help";
  dialog.append(...page.querySelector("main").children);
  dialog.setAttribute("aria-label", dialog.querySelector("h1").textContent);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};
const places = { o: "/", t: "/topics", g: "/groups", m: "/messages" };
let before = "";
document.addEventListener("keydown", (event) => {
  const { key } = event;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && key.toLowerCase() === "k" && find) {
    event.preventDefault();
    find.querySelector("input").select();
    find.querySelector("input").focus();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  const second = before === "g" ? places[key] : undefined;
  before = key;
  if (second) {
    location.assign(second);
  } else if (key === "/") {
    const search = document.querySelector("main [type=search]") ?? find?.querySelector("input");
    if (!search) return;
    event.preventDefault();
    search.focus();
  } else if (key === "?" && find) {
    showHelp();
  }
});

// Copies the original bytes of a text, fetched, not what is shown of it. Where the clipboard is closed the shown text is selected.
for (const button of document.querySelectorAll("[data-copy-from]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      const answer = await fetch(button.dataset.copyFrom);
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      await navigator.clipboard.writeText(await answer.text());
      button.dataset.done = "";
      setTimeout(() => delete button.dataset.done, 1500);
    } catch {
      const shown = button.closest(".message").querySelector(".code > :is(pre, .json)");
      if (shown) getSelection().selectAllChildren(shown);
    }
  });
}

// Live tail: asks once a second what came, until it is stopped, the page is hidden, or the server says that it is over.
const tail = document.querySelector("[data-tail]");
if (tail) {
  const [at, words] = tail.querySelectorAll("p > *");
  const [button, link] = tail.querySelectorAll(".actions > *");
  const list = tail.parentElement.querySelector(".messages tbody");
  const LISTED_MAX = 500;
  let [address, id, timer] = [tail.dataset.tail, 0, 0];
  const stop = (why) => {
    clearTimeout(timer);
    timer = 0;
    words.textContent = why;
    button.textContent = button.dataset.go;
  };
  const show = (came) => {
    const query = new URLSearchParams(address.split("?")[1]);
    query.set("after", came.after);
    address = address.split("?")[0] + "?" + query;
    link.href = link.pathname + "?" + query;
    list.insertAdjacentHTML("afterbegin", came.rows);
    while (list.rows.length > LISTED_MAX) list.lastElementChild.remove();
    at.textContent = came.at;
    if (came.count) words.textContent = came.words;
  };
  const look = async () => {
    const mine = id;
    try {
      const answer = await fetch(address + "&id=" + id);
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const came = await answer.json();
      if (!timer || mine !== id) return;
      if (came.ended) return stop(came.ended);
      show(came);
      timer = setTimeout(look, 1000);
    } catch {
      if (timer && mine === id) stop(tail.dataset.lost);
    }
  };
  const go = () => {
    id = crypto.getRandomValues(new Uint32Array(1))[0];
    button.textContent = button.dataset.stop;
    timer = setTimeout(look, 0);
  };
  button.hidden = false;
  button.addEventListener("click", () => (timer ? stop(tail.dataset.stopped) : go()));
  document.addEventListener("visibilitychange", () => document.hidden && timer && stop(tail.dataset.hidden));
  go();
}

// Charts: the values under the pointer, or where the arrow keys lead, read off the lines.
const chart = (svg) => {
  const figure = svg.closest("figure");
  const [from, to, low, high] = svg.dataset.plot.split(" ").map(Number);
  const names = [...figure.querySelectorAll(":scope > table tbody th")].map((name) => name.textContent);
  const lines = [...svg.querySelectorAll(".line")].map((path) => new Map([...path.getAttribute("d").matchAll(/([\d.]+) ([\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])])));
  const places = [...new Set(lines.flatMap((line) => [...line.keys()]))].sort((a, b) => a - b);
  if (places.length === 0) return;
  const [box, rule, words] = ["div", "i", "div"].map((name) => document.createElement(name));
  box.className = "readout";
  words.setAttribute("role", "status");
  box.append(rule, words);
  let at = places.length - 1;
  const show = () => {
    const x = places[at];
    const time = new Date(Math.round(from + (x / 100) * (to - from)) * 60000);
    const clock = { timeZone: svg.dataset.zone, hour12: false, hour: "2-digit", minute: "2-digit" };
    const day = to - from > 1440 ? { month: "2-digit", day: "2-digit" } : {};
    const rows = lines.map((line, i) => {
      const row = document.createElement("span");
      const y = line.get(x);
      const value = y === undefined ? "\u2014" : (high - (y / 100) * (high - low)).toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 4 }) + " " + svg.dataset.unit;
      row.className = "s" + (i + 1);
      row.textContent = names[i] + " " + value;
      return row;
    });
    const head = document.createElement("b");
    head.textContent = time.toLocaleString(document.documentElement.lang, { ...day, ...clock });
    words.replaceChildren(head, ...rows);
    rule.style.left = x + "%";
    words.style.left = x > 50 ? "auto" : x + 1 + "%";
    words.style.right = x > 50 ? 101 - x + "%" : "auto";
    if (!box.isConnected) svg.after(box);
  };
  svg.tabIndex = 0;
  svg.addEventListener("pointermove", (event) => {
    const frame = svg.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * 100;
    at = places.reduce((best, place, i) => (Math.abs(place - x) < Math.abs(places[best] - x) ? i : best), 0);
    show();
  });
  svg.addEventListener("focus", show);
  for (const kind of ["pointerleave", "blur"]) svg.addEventListener(kind, () => box.remove());
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -places.length, End: places.length }[event.key];
    if (!step) return;
    event.preventDefault();
    at = Math.min(Math.max(at + step, 0), places.length - 1);
    show();
  });
};
document.querySelectorAll("[data-plot]").forEach(chart);

// New samples come by themselves, in their places; a chart that somebody looks into stays as it is.
for (const part of document.querySelectorAll("[data-refresh]")) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!part.querySelector("figure") && page.querySelector("[data-plot]")) return location.reload();
    for (const old of part.querySelectorAll("figure")) {
      const next = page.getElementById(old.id);
      if (!next || old.matches(":hover, :focus-within")) continue;
      next.querySelector("details").open = old.querySelector("details").open;
      old.replaceWith(next);
      chart(next.querySelector("[data-plot]"));
    }
    const head = document.querySelector("[data-fresh]");
    const fresh = page.querySelector("[data-fresh]");
    if (head && fresh) head.replaceWith(fresh);
  }, part.dataset.refresh * 1000);
}
