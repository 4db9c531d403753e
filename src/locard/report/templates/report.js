"use strict";
const stage = document.querySelector(".stage");
const slider = document.querySelector("#opacity");
slider.closest("[hidden]").hidden = false;
slider.addEventListener("input", () => stage.style.setProperty("--opacity", slider.value / 100));

for (const link of document.querySelectorAll("[data-layer]")) {
  link.addEventListener("click", () => {
    document.querySelector("#show-" + link.dataset.layer).checked = true;
  });
}

function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const details = target && (target.matches("details") ? target : target.querySelector("details"));
  if (details) details.open = true;
}
addEventListener("hashchange", reveal);
reveal();

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open]):not(.file)")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});
