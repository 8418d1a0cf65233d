// Search or jump to: a combobox over the links that the menu, the tabs and the page already show.
"use strict";
(() => {
  const { find, on, open } = window.rollcall;
  const palette = find("#palette");
  if (!palette) return;
  const input = find("input", palette);
  const list = find(".palette-list", palette);
  let places = [];
  let at = 0;

  const gather = () => {
    const links = [...document.querySelectorAll(".side-nav .nav a, .side .foot a, .bar.tabs a, [data-palette]")];
    places = links.filter((link) => link.href && !link.dataset.open).map((link) => ({
      text: (find(".t", link) || link).firstChild.textContent.trim(),
      group: link.closest("[aria-labelledby]") ? "Segment" : link.closest(".tabs") ? "This page" : "",
      url: link.href,
    }));
  };

  const point = (index) => {
    const options = list.querySelectorAll("a");
    if (!options.length) return input.removeAttribute("aria-activedescendant");
    at = (index + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", i === at));
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  };

  const option = ({ text, group, url }, index) => {
    const link = document.createElement("a");
    Object.assign(link, { href: url, id: `place-${index}`, tabIndex: -1 });
    link.setAttribute("role", "option");
    for (const part of [text, group]) {
      link.append(Object.assign(document.createElement("span"), { textContent: part }));
    }
    return link;
  };

  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = places.filter(({ text, group }) => words.every((word) => `${text} ${group}`.toLowerCase().includes(word)));
    if (words.length && palette.dataset.search) {
      const url = `${palette.dataset.search}?${new URLSearchParams({ q: input.value.trim() })}`;
      found.push({ text: `Search for “${input.value.trim()}”`, group: "", url });
    }
    list.replaceChildren(...found.slice(0, 40).map(option));
    find("[role=status]", palette).textContent = found.length ? "" : "Nothing found";
    point(0);
  };

  const start = (opener) => {
    gather();
    input.value = "";
    show();
    open(palette, opener);
  };

  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp") point(at - 1);
    else if (event.key === "Enter") list.querySelectorAll("a")[at]?.click();
    else return;
    event.preventDefault();
  });
  on("click", "[data-palette-open]", (link, event) => {
    event.preventDefault();
    start(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (palette.open) palette.close();
    else if (!find("dialog[open]")) start();
  });
})();
