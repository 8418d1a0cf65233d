// What every page can do: dialogs, menus, notices, copying, preferences. One listener per event, on the
// document, so that fragments work the moment they arrive. No inline code, no eval: a strict policy holds.
"use strict";
(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);

  // on("click", "[data-close]", (element, event) => …)
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const element = event.target instanceof Element && event.target.closest(selector);
      if (element) act(element, event);
    });

  const say = (text) => {
    const live = find("#live");
    if (!live) return;
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 60);
  };

  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `rc_${name}=${value}; path=/; max-age=31536000; SameSite=Lax${secure}`;
  };

  // Dialogs: focus goes in, and back to whatever opened it
  let asked = null;
  const open = (dialog, opener) => {
    if (!dialog || dialog.open) return;
    dialog.opener = opener || document.activeElement;
    dialog.showModal();
    const first = find("[autofocus]", dialog) || find(":is(.fields, .palette-in) :is(input:not([type=hidden]), select, textarea)", dialog);
    first?.focus();
  };
  on("click", "[data-open]", (element, event) => {
    event.preventDefault();
    open(document.getElementById(element.dataset.open), element);
  });
  on("click", "[data-close]", (element) => element.closest("dialog")?.close());
  on("click", "dialog[data-light]", (dialog, event) => event.target === dialog && dialog.close());
  document.addEventListener("close", ({ target }) => {
    if (!(target instanceof HTMLDialogElement)) return;
    if (target.opener?.isConnected) target.opener.focus();
    if (target.matches("[data-autoshow]")) target.remove();
  }, true);

  // Menus close on a click elsewhere and on Esc; Esc leaves them alone while a dialog is open
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", ({ target }) => menus().forEach((menu) => menu.contains(target) || (menu.open = false)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || find("dialog[open]")) return;
    menus().forEach((menu) => { menu.open = false; find("summary", menu).focus(); });
    credits?.classList.add("off");
  });
  const credits = find("#credits-menu");
  for (const type of ["mouseleave", "focusout"]) credits?.addEventListener(type, () => credits.classList.remove("off"));

  // Notices
  const leave = (toast, seconds) =>
    setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast, 2) : toast.remove()), seconds * 1000);
  on("click", "[data-dismiss]", (element) => element.closest(".toast, .banner").remove());
  document.addEventListener("toast", ({ detail }) => {
    const toast = find("#toast-template")?.content.firstElementChild.cloneNode(true);
    if (!toast) return;
    toast.classList.add(`tone-${detail.tone || "none"}`);
    const picture = { ok: "circle-check", warn: "triangle-alert", bad: "circle-x" }[detail.tone];
    const use = find("use", toast);
    if (picture) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${picture}`));
    find("p", toast).textContent = detail.text;
    const dialog = detail.tone === "bad" && find("dialog[open] .fields"); // what lies behind a dialog is not heard
    (dialog || find("#toasts")).prepend(toast);
    if (detail.tone === "ok") leave(toast, 6);
  });
  // An answer that brings its own notice needs no second one
  document.addEventListener("htmx:responseError", ({ detail }) => detail.xhr.getResponseHeader("HX-Trigger") || fail("That failed on our side. You can try again: the same request is not charged twice."));
  document.addEventListener("htmx:sendError", () => fail("No connection. Try again when you are online: the same request is not charged twice."));
  const fail = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));

  // What arrives, with the page or as a fragment
  const receive = (part) => {
    const each = (selector, act) => {
      if (part.matches?.(selector)) act(part);
      part.querySelectorAll?.(selector).forEach(act);
    };
    each("dialog[data-autoshow]", (dialog) => open(dialog, asked));
    each("[data-errors]", (summary) => summary.focus());
    each(".toast[data-seconds]:not([data-timed])", (toast) => {
      toast.dataset.timed = "";
      leave(toast, Number(toast.dataset.seconds));
    });
    each("[data-say]", (element) => say(element.dataset.say));
  };
  document.addEventListener("htmx:load", ({ target }) => receive(target));
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const within = detail.elt.closest("dialog");
    asked = within ? within.opener : detail.elt;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && detail.elt.matches("[data-closes]")) detail.elt.closest("dialog")?.close();
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.headers["X-CSRFToken"] = find("meta[name=csrf-token]")?.content || "";
  });

  on("click", "[data-copy]", async (element) => {
    const source = element.dataset.copyFrom && find(element.dataset.copyFrom);
    try {
      await navigator.clipboard.writeText(source ? source.textContent.trim() : element.dataset.copy);
      say("Copied");
      element.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { text: "Copied", tone: "ok" } }));
    } catch {
      if (source) getSelection().selectAllChildren(source);
      say("Press Ctrl C to copy");
    }
  });

  on("click", "[data-print]", () => print());

  // A receipt below its row: a second click takes it away again instead of loading it twice
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-receipt]");
    if (!link) return;
    const next = link.closest("tr").nextElementSibling;
    const shown = Boolean(next?.matches(".receipt"));
    link.setAttribute("aria-expanded", String(!shown));
    if (!shown) return;
    next.remove();
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // Preferences: applied at once; the server reads the cookies, so that the next page starts right
  on("change", "[data-theme-choice]", ({ value }) => {
    if (value === "light" || value === "dark") root.dataset.theme = value;
    else delete root.dataset.theme;
  });
  on("click", "[data-density]", (element) => {
    const compact = root.dataset.density !== "compact";
    if (compact) root.dataset.density = "compact";
    else delete root.dataset.density;
    element.setAttribute("aria-pressed", compact);
    remember("density", compact ? "compact" : "");
    say(compact ? "Rows are compact" : "Rows are comfortable");
  });
  on("change", "[data-keys-switch]", ({ checked }) => {
    if (checked) delete root.dataset.keys;
    else root.dataset.keys = "off";
    remember("keys", checked ? "" : "off");
  });

  // On a phone the tabs scroll sideways: the one that is shown is there to be seen
  find(".bar.tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  window.rollcall = { find, on, open, say };
  receive(document);
})();
