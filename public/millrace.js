"use strict";
// Comfort only: every page works without it.

// The viewer's zone, so that the next page shows times in it.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes("tz=" + encodeURIComponent(zone))) {
  document.cookie = "tz=" + encodeURIComponent(zone) + "; Path=/; Max-Age=31536000; SameSite=Lax";
}

// Buttons that copy the code beside them. On plain http browsers keep the clipboard closed: then the text is selected instead.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code, pre");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.dataset.done = "";
      setTimeout(() => delete button.dataset.done, 1500);
    } catch {
      getSelection().selectAllChildren(code);
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
