// The picture, the region drawn on it, and the live numbers.
const { parts, session, make, roving, figure, join, has, reopen, adopt, overlay, blend, history, Drawing } = window.resefa;
const find = (selector) => root.querySelector(selector);
const root = element;
join(server);

const stage = find(".stage"), viewport = find(".viewport"), well = find(".well");
const pictureCanvas = find(".picture"), overlayCanvas = find(".overlay");
const context = pictureCanvas.getContext("2d");
const SEND_STROKES_AFTER = 700, MOST_SHAPES = 200, STATUS_STAYS = 6000, LARGEST_OVERLAY = 2400;

let picture = null, shapes = [], feather = 0, sent = null, sending = 0;
let zoom = 1, fitted = { width: 0, height: 0 };
let regionShown = true, comparing = false, sliding = false, adding = false, hovered = null, drawnOnce = false;
let original = null;
const masks = new overlay.Masks();

// ---- drawing --------------------------------------------------------------------------------------------------------
const drawing = new Drawing(stage, viewport, {
  picture: () => picture,
  locked: () => comparing,
  redraw,
  say: (text) => say(text),
  finish: finished,
  zoomBy: (factor, x, y) => setZoom(zoom * factor, x, y),
  brush: (factor) => setBrush(drawing.radius * factor),
});
let shift = false;
for (const name of ["pointerdown", "pointermove", "pointerup"]) viewport.addEventListener(name, (event) => (shift = event.shiftKey), true);
stage.addEventListener("keydown", () => (shift = false), true);

// A closed shape of the region replaces the earlier region; with "Add to region" or Shift it adds to it.
const replaces = (shape) => shape.kind !== "stroke" && !shape.open && shape.mode === "edit" && !(adding || shift);
const others = () => shapes.filter((one) => one.mode !== "edit" && one.mode !== "erase");

function finished(shape) {
  const before = replaces(shape) ? others() : shapes;
  if (before.length >= MOST_SHAPES) { say(`A region holds at most ${MOST_SHAPES} shapes. Clear it, then draw again.`, "error"); return; }
  shapes = [...before, shape];
  regionShown = true; sliding = false;
  changed(shape.kind === "stroke" ? SEND_STROKES_AFTER : 0);
}

function changed(delay = 0) {
  drawnOnce ||= shapes.length > 0;
  history.commit();
  refresh();
  redraw();
  sendSoon(delay);
}

function sendSoon(delay) {
  clearTimeout(sending);
  if (delay) sending = setTimeout(send, delay); else send();
}

function send() {
  const value = { token: session.token, shapes, feather };
  const text = JSON.stringify([shapes, feather]);
  if (text === sent) return;
  sent = text;
  props.value = value;
  trigger("input");
}

// ---- painting -------------------------------------------------------------------------------------------------------
// The finished shapes, painted once; a shape in progress is sketched over them.
const finishedLayer = document.createElement("canvas");
let finishedKey = "";
function committed(kept, presets, width, height, ratio) {
  const key = JSON.stringify([kept, feather, width, height, picture.presets?.length]);
  if (key !== finishedKey) {
    finishedKey = key;
    finishedLayer.width = width; finishedLayer.height = height;
    masks.draw(kept, presets, width, height);
    overlay.paint(finishedLayer.getContext("2d"), masks, { scale: ratio, feather });
  }
  return finishedLayer;
}

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; paintOverlay(); });
}

function paintOverlay() {
  const ratio = Math.min(window.devicePixelRatio || 1, LARGEST_OVERLAY / Math.max(stage.clientWidth, stage.clientHeight));
  const width = Math.round(stage.clientWidth * ratio), height = Math.round(stage.clientHeight * ratio);
  if (!picture || !width) return;
  if (overlayCanvas.width !== width || overlayCanvas.height !== height) { overlayCanvas.width = width; overlayCanvas.height = height; }
  const surface = overlayCanvas.getContext("2d");
  surface.clearRect(0, 0, width, height);
  stage.classList.toggle("away", (sliding || comparing) && !drawing.busy);
  const draft = drawing.draft, presets = picture.presets ?? [];
  if (regionShown || drawing.busy) {
    surface.drawImage(committed(draft && replaces(draft) ? others() : shapes, presets, width, height, ratio), 0, 0);
    if (draft && !draft.open) overlay.sketch(surface, draft, ratio);
  }
  const dashed = (shape) => {
    overlay.trace(surface, shape, width, height);
    surface.lineJoin = "round";
    for (const [wide, colour, dash] of [[3 * ratio, "rgba(255,255,255,.9)", []], [1.6 * ratio, overlay.LOOKS[shape.mode ?? "edit"].line, [6 * ratio, 4 * ratio]]]) {
      surface.lineWidth = wide; surface.strokeStyle = colour; surface.setLineDash(dash); surface.stroke();
    }
    surface.setLineDash([]);
  };
  if (hovered) overlay.resolved({ kind: "preset", mode: drawing.mode, name: hovered }, presets).forEach(dashed);
  if (draft?.open) {
    surface.save(); dashed({ ...draft, kind: "stroke", points: draft.points }); surface.restore();
    for (const [row, col] of draft.points) dot(surface, row * height, col * width, 3.5 * ratio, overlay.LOOKS[draft.mode].line);
  }
  const ring = drawing.tool === "brush" || drawing.tool === "erase";
  const at = drawing.cursor ?? (ring ? drawing.pointer : null);
  if (at) ring ? circle(surface, at, width, height, ratio) : cross(surface, at, width, height, ratio);
}

function dot(surface, y, x, radius, colour) {
  surface.beginPath(); surface.arc(x, y, radius, 0, 7);
  surface.fillStyle = "#ffffff"; surface.fill();
  surface.lineWidth = radius / 2; surface.strokeStyle = colour; surface.stroke();
}

function twice(surface, ratio) {
  surface.lineWidth = 3 * ratio; surface.strokeStyle = "rgba(255,255,255,.9)"; surface.stroke();
  surface.lineWidth = 1.2 * ratio; surface.strokeStyle = "#15151c"; surface.stroke();
}

function circle(surface, [row, col], width, height, ratio) {
  surface.beginPath(); surface.arc(col * width, row * height, Math.max(2 * ratio, drawing.radius * height), 0, 7);
  twice(surface, ratio);
}

function cross(surface, [row, col], width, height, ratio) {
  const x = col * width, y = row * height, arm = 12 * ratio;
  surface.beginPath();
  surface.moveTo(x - arm, y); surface.lineTo(x + arm, y); surface.moveTo(x, y - arm); surface.lineTo(x, y + arm);
  twice(surface, ratio);
}

function paintPicture() {
  if (!picture) return;
  if (comparing && original) context.putImageData(new ImageData(original, picture.width, picture.height), 0, 0);
  else blend.paint(context, parts.cards?.positions() ?? {}, parts.cards?.active() ?? null);
  parts.cards?.mirror(pictureCanvas);
}

// ---- size and zoom --------------------------------------------------------------------------------------------------
function layout() {
  if (!picture) return;
  const wide = well.clientWidth, high = window.innerHeight, above = well.getBoundingClientRect().top + window.scrollY;
  // The whole picture and the buttons below it fit on the first screen where that leaves the picture large.
  const tall = wide < 560 ? 0.6 * high : Math.min(960, Math.max(220, 0.56 * high, Math.min(0.76 * high, high - above - 134)));
  const scale = Math.min(wide / picture.width, tall / picture.height);
  fitted = { width: Math.floor(picture.width * scale), height: Math.floor(picture.height * scale) };
  viewport.style.height = `${fitted.height}px`;
  stage.style.width = `${Math.round(fitted.width * zoom)}px`;
  stage.style.height = `${Math.round(fitted.height * zoom)}px`;
  redraw();
}

function setZoom(wanted, x = null, y = null) {
  const frame = viewport.getBoundingClientRect(), before = stage.getBoundingClientRect();
  x ??= frame.left + frame.width / 2; y ??= frame.top + frame.height / 2;
  const col = (x - before.left) / before.width, row = (y - before.top) / before.height;
  zoom = Math.min(8, Math.max(1, wanted));
  if (zoom < 1.04) zoom = 1;
  layout();
  // The buttons that make it smaller leave: the keyboard stays among them.
  if (zoom === 1 && find(".zoom").contains(document.activeElement)) find("[data-do=in]").focus({ preventScroll: true });
  const after = stage.getBoundingClientRect();
  viewport.scrollBy(after.left + col * after.width - x, after.top + row * after.height - y);
  refresh();
}

new ResizeObserver(layout).observe(well);
window.addEventListener("resize", layout);
viewport.addEventListener("wheel", (event) => {
  if (!event.ctrlKey || !picture) return;
  event.preventDefault();
  setZoom(zoom * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
}, { passive: false });

// ---- controls -------------------------------------------------------------------------------------------------------
function check(row, chosen) {
  for (const button of row.querySelectorAll("button")) {
    button.setAttribute("aria-checked", String(button === chosen));
    button.tabIndex = button === chosen ? 0 : -1;
  }
}

function radios(selector, pick) {
  const row = find(selector);
  const choose = (button) => { check(row, button); pick(button.dataset); };
  roving(row, choose);
  row.addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) choose(button); });
  check(row, row.querySelector("[aria-checked=true]"));
}

radios(".tools", ({ tool }) => { drawing.choose(tool, drawing.mode); refresh(); });
radios(".modes", ({ mode }) => {
  drawing.choose(drawing.tool, mode);
  say({ edit: "Marks what may change.", protect: "Marks what must stay. Everything you leave unmarked may then change with the edit.",
    ignore: "Marks what may change or stay, as it comes." }[mode]);
});

function setBrush(radius) {
  drawing.radius = Math.min(0.15, Math.max(0.01, radius));
  find(".size input").value = drawing.radius * 100;
  redraw();
}
find(".size input").addEventListener("input", (event) => setBrush(event.target.value / 100));

const featherInput = find(".feather input");
featherInput.addEventListener("input", () => { feather = Number(featherInput.value) / 100; refresh(); redraw(); });
featherInput.addEventListener("change", () => changed());

function undo() { if (!drawing.back()) history.undo(); }
const actions = {
  undo, redo: () => history.redo(),
  clear: () => { drawing.cancel(); if (shapes.length) { shapes = []; changed(); say("Region cleared."); } },
  in: () => setZoom(zoom * 1.5), out: () => setZoom(zoom / 1.5), fit: () => setZoom(1),
};
for (const button of root.querySelectorAll("[data-do]")) button.addEventListener("click", () => actions[button.dataset.do]());

// After a slider moved the region stays out of the picture's way until someone turns to the picture or the region again.
function reveal() {
  if (!sliding) return;
  sliding = false;
  refresh(); redraw();
}
for (const name of ["pointerenter", "pointerdown"]) viewport.addEventListener(name, reveal);
stage.addEventListener("focus", reveal);
find(".show").addEventListener("click", () => { if (sliding) regionShown = false; regionShown = !regionShown; sliding = false; refresh(); redraw(); });
find(".add").addEventListener("click", () => { adding = !adding; refresh(); });
find(".tune").addEventListener("click", () => { find(".drawer").hidden = !find(".drawer").hidden; refresh(); });

const compare = find(".compare");
function hold(on) {
  if (comparing === on) return;
  comparing = on;
  compare.classList.toggle("held", on);
  find(".badge").hidden = !on;
  paintPicture(); redraw();
}
compare.addEventListener("pointerdown", (event) => { compare.setPointerCapture(event.pointerId); hold(true); });
for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) compare.addEventListener(name, () => hold(false));
compare.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); hold(true); } });
compare.addEventListener("keyup", () => hold(false));
compare.addEventListener("contextmenu", (event) => event.preventDefault());

const presetRow = find(".presets");
roving(presetRow);
function togglePreset(name) {
  const on = shapes.some((shape) => shape.kind === "preset" && shape.name === name);
  if (on) { shapes = shapes.filter((shape) => !(shape.kind === "preset" && shape.name === name)); changed(); return; }
  shift = false;
  finished({ kind: "preset", mode: drawing.mode, name });
}

function drawPresets() {
  presetRow.replaceChildren(...(picture.presets ?? []).map(({ name }, i) => {
    const preview = (on) => () => { hovered = on ? name : null; redraw(); };
    return make("button", { type: "button", text: name.replaceAll("-", " "), "data-name": name, "aria-pressed": "false", tabindex: i ? -1 : 0,
      onclick: () => { togglePreset(name); unfold(false); }, onpointerenter: preview(true), onpointerleave: preview(false), onblur: preview(false) });
  }));
  find(".parts").hidden = !presetRow.children.length;
  fades();
}
const all = find(".all");
function unfold(open) {
  presetRow.classList.toggle("open", open);
  all.setAttribute("aria-expanded", String(open));
  all.textContent = open ? "Fewer" : "All parts";
  fades();
}
all.addEventListener("click", () => unfold(!presetRow.classList.contains("open")));
function fades() {
  if (presetRow.scrollWidth > presetRow.clientWidth + 4) all.hidden = false; presetRow.classList.toggle("fades", presetRow.scrollLeft + presetRow.clientWidth < presetRow.scrollWidth - 4);
}
presetRow.addEventListener("scroll", fades, { passive: true });
new ResizeObserver(fades).observe(presetRow);

function refresh() {
  const region = shapes.some((shape) => shape.mode === "edit");
  viewport.dataset.tool = drawing.tool;
  stage.classList.toggle("drawing", picture !== null);
  find(".size").hidden = drawing.tool !== "brush" && drawing.tool !== "erase";
  find("[data-do=clear]").disabled = !shapes.length;
  find(".hint").hidden = !picture || drawnOnce || shapes.length > 0;
  find(".blank").hidden = picture !== null;
  well.classList.toggle("empty", !picture);
  well.classList.toggle("zoomed", zoom > 1);
  find(".show").setAttribute("aria-pressed", String(regionShown && !sliding));
  find(".add").setAttribute("aria-pressed", String(adding));
  find(".add").hidden = !region;
  find(".tune").setAttribute("aria-expanded", String(!find(".drawer").hidden));
  find(".zoom").hidden = !picture;
  find("[data-do=out]").hidden = find("[data-do=fit]").hidden = zoom <= 1;
  find("[data-do=fit]").textContent = `Fit · ${Math.round(zoom * 100)} %`;
  featherInput.value = feather * 100;
  find(".feather output").textContent = `${Number((feather * 100).toFixed(1))} %`;
  for (const chip of presetRow.children) {
    chip.setAttribute("aria-pressed", String(shapes.some((shape) => shape.kind === "preset" && shape.name === chip.dataset.name)));
  }
}

// ---- words and numbers ----------------------------------------------------------------------------------------------
let clearing = 0;
function say(text, kind = "info") {
  const line = find(".status");
  line.textContent = text;
  line.classList.toggle("error", kind === "error");
  clearTimeout(clearing);
  if (kind !== "error") clearing = setTimeout(() => { if (line.textContent === text) line.textContent = ""; }, STATUS_STAYS);
}

function numbers(inside, outside) {
  const edited = Number.isFinite(inside) && inside + outside > 0;
  find(".numbers .text").textContent = edited ? `Change inside ${figure(inside)} · outside ${figure(outside)}` : "No edit yet";
  find(".meter i").style.width = edited ? `${(100 * inside) / (inside + outside)}%` : "0";
  compare.disabled = !edited;
}

// ---- what Python and the other components ask -----------------------------------------------------------------------
// Another picture is on its way: the picture shown is no longer the chosen one.
function busy(on) { stage.classList.toggle("leaving", on); stage.setAttribute("aria-busy", String(on)); }

async function setPicture(next) {
  adopt(next.token);
  const another = !picture || next.original !== picture.original;
  picture = JSON.parse(JSON.stringify(next));
  shapes = picture.shapes ?? [];
  feather = picture.feather ?? 0;
  sent = JSON.stringify([shapes, feather]);
  clearTimeout(sending);
  props.value = { token: session.token, shapes, feather };
  if (another) zoom = 1;
  drawing.cancel();
  stage.classList.add("filled");
  busy(false);
  stage.setAttribute("aria-label", `${picture.label || "Picture"}. Arrow keys move a cursor, Enter starts a box.`);
  drawPresets(); refresh(); layout();
  if (another) original = await blend.pixels(picture.original ?? picture.src, picture.width, picture.height);
  await exact(picture.src, parts.cards?.measured() ?? {}, picture.inside, picture.outside);
  history.reset();
}

async function exact(source, positions, inside, outside) {
  const newest = await blend.setExact(source, picture.width, picture.height, positions);
  if (!newest) return;
  if (pictureCanvas.width !== picture.width || pictureCanvas.height !== picture.height) {
    pictureCanvas.width = picture.width; pictureCanvas.height = picture.height;
  }
  numbers(inside, outside);
  paintPicture();
}

parts.canvas = {
  say, numbers, exact, setPicture, busy, paint: paintPicture, stage,
  region: () => ({ shapes, feather }),
  // The same region is searched again, after a search that was cancelled or failed.
  again() { sent = null; send(); },
  size: () => (picture ? { width: picture.width, height: picture.height } : null),
  sliding() { if (!sliding) { sliding = true; refresh(); redraw(); } },
  restore(next, soft) {
    if (JSON.stringify([next, soft]) === JSON.stringify([shapes, feather])) return;
    shapes = next; feather = soft;
    refresh(); redraw(); sendSoon(0);
  },
  historyChanged() { find("[data-do=undo]").disabled = !history.canUndo; find("[data-do=redo]").disabled = !history.canRedo; },
  announce(reason) {
    props.value = { token: session.token, shapes, feather };
    trigger(reason === "opened" ? "opened" : "restored");
  },
};

watch("picture", () => { if (props.picture) setPicture(props.picture); });
refresh();
if (props.picture) setPicture(props.picture);
else if (has("reopen")) reopen();
