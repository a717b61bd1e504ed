"use strict";
document.documentElement.classList.add("js");

/** One card: its slider, its filmstrip and the large picture always show the same strength. */
function makeCard(element) {
  const find = (selector) => element.querySelector(selector);
  const slider = find(".one"), output = find("output"), stage = find(".stage"), before = find(".before");
  const items = [...element.querySelectorAll(".strip li")];
  const strengths = items.map((item) => Number(item.dataset.strength));
  const original = Number(element.dataset.original), last = items.length - 1;
  // All frames lie in the stage, decoded; to swap them is to change which ones are visible, so no frame comes late.
  const frames = items.map((item) => {
    const frame = item.querySelector("img").cloneNode();
    frame.alt = find("h3").textContent + ", " + frame.alt;
    frame.draggable = false;
    return frame;
  });
  const badge = document.createElement("span");
  badge.className = "badge";
  stage.replaceChildren(...frames, badge);
  let current = original;

  /** Show the frame at a place between 0 and the last; a place between two frames blends them. */
  function reveal(place) {
    const low = Math.floor(place), share = place - low;
    frames.forEach((frame, i) => {
      frame.classList.toggle("face", i === low || (i === low + 1 && share > 0));
      frame.style.opacity = i === low + 1 ? share : 1;
    });
    const caption = items[Math.round(place)].dataset.caption;
    badge.textContent = caption ?? "";
    badge.hidden = !caption;
  }
  function show(place) {
    // Near a frame the frame itself is shown.
    const whole = Math.round(place);
    current = Math.abs(place - whole) < 0.06 ? whole : place;
    reveal(current);
    items.forEach((item, i) => item.classList.toggle("on", i === whole));
    const low = Math.min(Math.floor(current), Math.max(0, last - 1)), share = current - low;
    const strength = strengths[low] + share * ((strengths[low + 1] ?? strengths[low]) - strengths[low]);
    const label = current === whole ? items[whole].querySelector("span").textContent : signed(strength);
    slider.value = strength;
    slider.setAttribute("aria-valuetext", "strength " + label + (items[whole].dataset.caption ? ", " + items[whole].dataset.caption : ""));
    output.textContent = label;
  }
  /** The place of a strength among the frames; a strength beyond the ends stays at the end. */
  function placeOf(strength) {
    if (strength <= strengths[0]) return 0;
    for (let i = 1; i <= last; i++) {
      if (strength <= strengths[i]) return i - 1 + (strength - strengths[i - 1]) / (strengths[i] - strengths[i - 1]);
    }
    return last;
  }
  const showStrength = (strength) => show(placeOf(strength));
  const clamp = (place) => Math.max(0, Math.min(last, place));

  slider.addEventListener("input", () => showStrength(Number(slider.value)));
  byKeys(slider, (step) => show(clamp(step > 0 ? Math.floor(current + 1e-9) + step : Math.ceil(current - 1e-9) + step)));
  items.forEach((item, i) => item.addEventListener("click", () => show(i)));
  const back = () => reveal(current);
  for (const held of [stage, before]) {
    held.addEventListener("pointerdown", (event) => event.button === 0 && reveal(original));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) held.addEventListener(end, back);
    held.addEventListener("contextmenu", (event) => event.pointerType === "touch" && event.preventDefault());
  }
  before.addEventListener("keydown", (event) => (event.key === " " || event.key === "Enter") && reveal(original));
  for (const end of ["keyup", "blur"]) before.addEventListener(end, back);
  show(original);
  return { showStrength, strengths };
}

function signed(strength) {
  const text = Math.abs(strength).toFixed(2);
  return Number(text) === 0 ? "0" : (strength < 0 ? "−" : "+") + text;
}

/** Arrow keys move a slider by whole pictures: ``move`` takes the number of pictures. */
function byKeys(slider, move) {
  const steps = { ArrowRight: 1, ArrowUp: 1, PageUp: 2, ArrowLeft: -1, ArrowDown: -1, PageDown: -2 };
  slider.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(steps[event.key]);
  });
}

/** One section: the master slider moves all of its cards, the button runs it back and forth. */
function makeSection(element) {
  const cards = [...element.querySelectorAll(".card")].map(makeCard);
  const slider = element.querySelector(".all"), button = element.querySelector(".play");
  const least = Number(slider.min), most = Number(slider.max);
  const halfPeriod = 1900; // Milliseconds from one end of the sweep to the other.
  const stops = [...new Set(cards.flatMap((card) => card.strengths))].sort((a, b) => a - b);
  let request = 0;

  function stop() {
    cancelAnimationFrame(request);
    request = 0;
    button.textContent = "Play";
  }
  function move(strength) {
    slider.value = strength;
    slider.setAttribute("aria-valuetext", "strength " + signed(strength));
    cards.forEach((card) => card.showStrength(strength));
  }
  function play(rounds) {
    // A cosine lingers at both ends, where the edit is seen best. It starts where the slider stands.
    const from = Number(slider.value), range = most - least || 1;
    const phase = Math.acos(Math.max(-1, Math.min(1, 1 - 2 * (from - least) / range)));
    let start = null;
    button.textContent = "Pause";
    request = requestAnimationFrame(function step(now) {
      start ??= now;
      const turned = Math.PI * (now - start) / halfPeriod;
      if (turned >= 2 * Math.PI * rounds) {
        move(from);
        return stop();
      }
      move(least + range * (1 - Math.cos(phase + turned)) / 2);
      request = requestAnimationFrame(step);
    });
  }

  slider.addEventListener("input", () => move(Number(slider.value)));
  byKeys(slider, (step) => {
    const at = Number(slider.value);
    const nearest = stops.reduce((best, stop, i) => (Math.abs(stop - at) < Math.abs(stops[best] - at) ? i : best), 0);
    move(stops[Math.max(0, Math.min(stops.length - 1, nearest + step))]);
  });
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
