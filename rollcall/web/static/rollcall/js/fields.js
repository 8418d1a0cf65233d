// Fields that are more than an input: the stepper, and several short values as tokens.
"use strict";
(() => {
  const { find, on, say } = window.rollcall;
  const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

  on("click", "[data-step]", (button) => {
    const input = find("input", button.parentElement);
    if (!input.value) input.value = input.min || 0;
    else if (button.dataset.step > 0) input.stepUp();
    else input.stepDown();
    changed(input);
  });

  const values = (box) => [...box.querySelectorAll(".tok input")].map((input) => input.value.toLowerCase());

  const add = (box, text) => {
    const entry = find(":scope > input", box);
    const fresh = text.split(/[,;\n\t]/).map((part) => part.trim()).filter(Boolean);
    for (const value of fresh) {
      if (values(box).includes(value.toLowerCase())) continue;
      const token = find("template", box).content.firstElementChild.cloneNode(true);
      find("span", token).textContent = find("input", token).value = value;
      find("button", token).setAttribute("aria-label", `Remove ${value}`);
      entry.before(token);
    }
    entry.value = "";
    if (fresh.length) {
      say(`Added ${fresh.join(", ")}`);
      changed(box);
    }
  };

  const remove = (box, token) => {
    say(`Removed ${find("input", token).value}`);
    token.remove();
    find(":scope > input", box).focus();
    changed(box);
  };

  on("click", "[data-untoken]", (button) => remove(button.closest("[data-tokens]"), button.closest(".tok")));
  on("click", "[data-tokens]", (box, { target }) => target === box && find(":scope > input", box).focus());
  on("keydown", "[data-tokens] > input", (entry, event) => {
    const box = entry.parentElement;
    if (event.key === "Enter" || (event.key === "," && entry.value.trim())) {
      event.preventDefault();
      add(box, entry.value);
    } else if (event.key === "Backspace" && !entry.value) {
      const last = [...box.querySelectorAll(".tok")].pop();
      if (last) remove(box, last);
    }
  });
  on("paste", "[data-tokens] > input", (entry, event) => {
    const text = event.clipboardData.getData("text");
    if (!/[,;\n\t]/.test(text)) return;
    event.preventDefault();
    add(entry.parentElement, entry.value + text);
  });
  on("focusout", "[data-tokens] > input", (entry) => entry.value.trim() && add(entry.parentElement, entry.value));
})();
