"use strict";
document.documentElement.classList.add("js");

/** One card: its slider, its filmstrip and the large picture always show the same strength. */
function makeCard(element) {
  const find = (selector) => element.querySelector(selector);
  const slider = find(".one"), output = find("output"), stage = find(".stage");
  const items = [...element.querySelectorAll(".strip li")];
  const original = Number(element.dataset.original);
  // All frames lie in the stage, decoded; to swap them is to change which one is visible, so no frame comes late.
  const frames = items.map((item) => {
    const frame = item.querySelector("img").cloneNode();
    frame.alt = find("h3").textContent + ", " + frame.alt;
    frame.draggable = false;
    return frame;
  });
  stage.replaceChildren(...frames);
  let current = original;

  const reveal = (index) => frames.forEach((frame, i) => frame.classList.toggle("face", i === index));
  function show(index) {
    current = index;
    reveal(index);
    items.forEach((item, i) => item.classList.toggle("on", i === index));
    const strength = items[index].querySelector("span").textContent;
    slider.value = index;
    slider.setAttribute("aria-valuetext", "strength " + strength);
    output.textContent = strength;
  }

  slider.addEventListener("input", () => show(Number(slider.value)));
  items.forEach((item, i) => item.addEventListener("click", () => show(i)));
  stage.addEventListener("pointerdown", (event) => event.button === 0 && reveal(original));
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) stage.addEventListener(end, () => reveal(current));
  stage.addEventListener("contextmenu", (event) => event.pointerType === "touch" && event.preventDefault());
  show(original);
  return { showShare: (share) => show(Math.round(share * (frames.length - 1))) };
}

/** One section: the master slider moves all of its cards, the button runs it back and forth. */
function makeSection(element) {
  const cards = [...element.querySelectorAll(".card")].map(makeCard);
  const slider = element.querySelector(".all"), button = element.querySelector(".play");
  const last = Math.max(1, Number(slider.max));
  const halfPeriod = 1900; // Milliseconds from one end of the sweep to the other.
  let request = 0;

  function stop() {
    cancelAnimationFrame(request);
    request = 0;
    button.textContent = "Play";
  }
  function play(rounds) {
    // A cosine lingers at both ends, where the edit is seen best. It starts where the slider stands.
    const phase = Math.acos(1 - 2 * Number(slider.value) / last);
    let start = null, shown = null;
    button.textContent = "Pause";
    request = requestAnimationFrame(function step(now) {
      start ??= now;
      const turned = Math.PI * (now - start) / halfPeriod;
      const over = turned >= 2 * Math.PI * rounds;
      const share = (1 - Math.cos(phase + (over ? 0 : turned))) / 2;
      const index = Math.round(share * last);
      if (index !== shown) {
        shown = index;
        slider.value = index;
        cards.forEach((card) => card.showShare(share));
      }
      if (over) stop();
      else request = requestAnimationFrame(step);
    });
  }

  slider.addEventListener("input", () => cards.forEach((card) => card.showShare(Number(slider.value) / last)));
  button.addEventListener("click", () => (request ? stop() : play(Infinity)));
  for (const touch of ["pointerdown", "keydown"]) {
    element.addEventListener(touch, (event) => event.target !== button && event.key !== "Tab" && request && stop());
  }
  // One round when the section is first seen, so that a visitor notices that the pictures move.
  if (matchMedia("(prefers-reduced-motion: no-preference)").matches) {
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      if (!request) play(1);
    }, { threshold: 0.5 }).observe(element.querySelector(".stage") ?? element);
  }
}

document.querySelectorAll("section").forEach(makeSection);
