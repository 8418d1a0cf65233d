// Passkeys: when the browser refuses or the person cancels, say so on the page instead of in the console.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.getElementById("key-problem");
  if (problem) problem.hidden = false;
});
