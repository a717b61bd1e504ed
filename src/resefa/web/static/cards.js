// The list of cards, the progress of a search, and the sliders' way to the picture.
const { parts, calm, duration, join, call, reopen, say, keepProjectSoon, blend, history, moves, Card } = window.resefa;
const root = element, find = (selector) => root.querySelector(selector);
join(server);

const list = find(".list"), progress = find(".progress"), peek = find(".peek");
const cards = new Map();
let order = [], deck = {}, current = null, sliding = false, peekTimer = 0, finishedSearch = null, seenSearch = null;

// ---- sliders --------------------------------------------------------------------------------------------------------
let asked = false;
function repaint() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; parts.canvas?.paint(); });
}

const host = {
  warm: (card) => blend.warm(card.id),
  deck: (next) => setDeck(next),
  slide(card, position) {
    current = card.id;
    sliding = true;
    parts.canvas?.sliding();
    card.place(position);
    showPeek(card);
    blend.warm(card.id).then(repaint);
    repaint();
    moves.soon();
    buttons();
  },
  settle(card) {
    sliding = false;
    history.commit(card.id);
    moves.settle();
  },
  async hide(card) {
    const was = card.position !== 0;
    const answer = await call("hide", { id: card.id });
    if (answer.error) return;
    order = order.filter((id) => id !== card.id);
    const place = [...list.children].indexOf(card.node);
    if (answer.deck) setDeck(answer.deck); else { drop(card.id); arrange(); }
    (list.children[Math.min(place, list.children.length - 1)]?.querySelector(".hide") ?? find("[data-do=undo]")).focus({ preventScroll: true });
    if (was) moves.now();
    history.absorb();
  },
};

function positions() {
  return Object.fromEntries(order.filter((id) => cards.has(id)).map((id) => [id, cards.get(id).position]));
}

// What the server can render: a card whose range is not measured yet moves in the browser only, and follows once it is.
function measured() {
  const all = positions();
  for (const id of Object.keys(all)) if (cards.get(id).data.state === "preview") all[id] = 0;
  return all;
}

function restore(wanted) {
  if (order.every((id) => (cards.get(id)?.position ?? 0) === (wanted[id] ?? 0))) return;
  for (const [id, card] of cards) card.place(wanted[id] ?? 0);
  current = null;
  repaint();
  blendAgain();
  buttons();
}

// ---- the picture in sight while a slider far from it moves (phones) ---------------------------------------------------
function stageInSight() {
  const frame = parts.canvas?.stage.getBoundingClientRect();
  return !frame || Math.min(frame.bottom, window.innerHeight) - Math.max(frame.top, 0) > 0.45 * frame.height;
}

function showPeek(card) {
  peek.hidden = stageInSight();
  if (peek.hidden) return;
  const frame = card.node.getBoundingClientRect();
  peek.classList.toggle("low", frame.top + frame.height / 2 < window.innerHeight / 2);
  clearTimeout(peekTimer);
  peekTimer = setTimeout(() => (peek.hidden = true), 2500);
}

function mirror(source) {
  if (peek.hidden) return;
  const canvas = peek.firstElementChild;
  if (canvas.width !== source.width || canvas.height !== source.height) { canvas.width = source.width; canvas.height = source.height; }
  canvas.getContext("2d").drawImage(source, 0, 0);
}

// ---- the deck from Python ---------------------------------------------------------------------------------------------
function setDeck(next, replace = false) {
  // The server has forgotten the session, for example because it was restarted: the tab's work comes back, the last step does not.
  if (next.gone) {
    parts.canvas?.busy(false);
    reopen().then((restored) => restored && say("The editor was restarted, and your work is restored. Repeat the last step."));
    return;
  }
  deck = { ...next };
  if (next.state === "error") parts.canvas?.busy(false);
  if (replace) for (const id of [...cards.keys()]) drop(id);
  let due = false;
  for (const data of next.cards ?? []) {
    let card = cards.get(data.id);
    const fresh = !card, early = card?.data.state === "preview";
    if (fresh) cards.set(data.id, (card = new Card(data.id, host)));
    const plain = JSON.parse(JSON.stringify(data));
    card.show(plain);
    if (plain.frames?.length) blend.setCard(data.id, plain.places, plain.frames);
    if (early && card.position !== 0) due ||= plain.state !== "preview";
    else if (fresh || (!moves.busy && !sliding && typeof plain.position === "number")) card.place(plain.position ?? 0);
  }
  if (next.order) order = [...next.order];
  for (const id of [...cards.keys()]) if (!order.includes(id)) drop(id);
  blend.keepOnly(new Set(order));
  arrange();
  showProgress();
  history.absorb();
  if (due) blendAgain();
  repaint();
  if (deck.state === "done" && deck.search !== finishedSearch) {
    finishedSearch = deck.search;
    keepProjectSoon(200);
    find(".news").textContent = order.length ? `${order.length} ${order.length === 1 ? "edit" : "edits"} found.` : "No edit found here.";
  } else if (deck.state in WORKING) find(".news").textContent = "";
  tell();
}

function blendAgain() {
  Promise.all([...cards.values()].filter((card) => card.position !== 0).map((card) => blend.warm(card.id))).then(repaint);
  moves.now();
}

// On a phone the cards lie below the first screen: a button tells of them and leads there.
const jump = find(".jump");
let inSight = true;
new IntersectionObserver(([entry]) => { inSight = entry.isIntersecting; tell(); }, { rootMargin: "0px 0px -90px 0px" }).observe(root);
jump.addEventListener("click", () => root.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" }));

function tell() {
  const working = deck.state in WORKING, below = !inSight && root.getBoundingClientRect().top > window.innerHeight - 91;
  const count = list.children.length, fresh = deck.state === "done" && finishedSearch !== seenSearch && count > 0;
  if (inSight && deck.state === "done") seenSearch = finishedSearch;
  jump.hidden = !below || !(working || fresh);
  jump.textContent = working && !count ? "Looking for edits…" : `See ${count} ${count === 1 ? "edit" : "edits"} ↓`;
}

function drop(id) { cards.get(id).remove(); cards.delete(id); }

// Cards glide to their new places. Under a hand or a focus they stay where they are: new ones come last, and the order follows later.
const attended = () => sliding || list.matches(":hover") || list.contains(document.activeElement);
for (const name of ["pointerleave", "focusout"]) list.addEventListener(name, () => setTimeout(() => { if (!attended()) arrange(); }, 150));

function arrange() {
  const shown = order.filter((id) => cards.has(id)).map((id) => cards.get(id).node);
  const here = [...list.children].filter((node) => shown.includes(node));
  const nodes = attended() ? [...here, ...shown.filter((node) => !here.includes(node))] : shown;
  if (nodes.length === list.children.length && nodes.every((node, i) => list.children[i] === node)) { around(nodes.length); return; }
  const before = new Map(nodes.map((node) => [node, node.isConnected ? node.getBoundingClientRect() : null]));
  nodes.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null); });
  while (list.children.length > nodes.length) list.lastElementChild.remove();
  if (!calm.matches) for (const [node, was] of before) {
    const now = node.getBoundingClientRect();
    if (!was) node.animate([{ opacity: 0, transform: "translateY(8px)" }, { opacity: 1, transform: "none" }], { duration: 220, easing: "ease-out" });
    else if (was.top !== now.top || was.left !== now.left) {
      node.animate([{ transform: `translate(${was.left - now.left}px, ${was.top - now.top}px)` }, { transform: "none" }], { duration: 240, easing: "ease-out" });
    }
  }
  around(nodes.length);
}

function around(count) {
  find(".empty").hidden = count > 0 || ["waiting", "searching", "measuring"].includes(deck.state);
  find(".count").textContent = count ? String(count) : "";
  find(".more").hidden = !deck.more || !count;
  buttons();
}

const WORKING = { waiting: "Waiting for a free place", searching: "Looking for edits", measuring: "Measuring how far each edit goes" };
function showProgress() {
  const { state, message } = deck, { fraction = null, seconds_left = null, before = 0 } = deck.progress ?? {};
  const working = state in WORKING, said = working || state === "error" || state === "cancelled";
  progress.hidden = !said;
  progress.classList.toggle("bad", state === "error");
  if (!said) return;
  let text = message || WORKING[state] || (state === "cancelled" ? "Cancelled." : "The search failed.");
  if (state === "waiting" && before > 0 && !message) text = before === 1 ? "Another search runs first" : `${before} other searches run first`;
  if (working && seconds_left !== null) text = `${text.replace(/[.…]$/, "")} · ${duration(seconds_left)} left`;
  if (find(".what").textContent !== text) find(".what").textContent = text;
  find("[data-do=cancel]").hidden = !working;
  find("[data-do=again]").hidden = working || !parts.canvas?.region().shapes.length;
  const track = find(".track");
  track.hidden = !working;
  track.classList.toggle("vague", fraction === null);
  if (fraction === null) track.removeAttribute("aria-valuenow"); else track.setAttribute("aria-valuenow", String(Math.round(fraction * 100)));
  track.firstElementChild.style.width = fraction === null ? "" : `${Math.round(fraction * 100)}%`;
}

// ---- buttons ----------------------------------------------------------------------------------------------------------
function buttons() {
  find("[data-do=reset]").disabled = ![...cards.values()].some((card) => card.position !== 0);
  find("[data-do=undo]").disabled = !history.canUndo;
  find("[data-do=redo]").disabled = !history.canRedo;
}
const actions = {
  undo: () => history.undo(), redo: () => history.redo(),
  reset: () => { restore({}); history.commit(); },
  again: () => parts.canvas.again(),
  cancel: async () => { find("[data-do=cancel]").disabled = true; await call("cancel"); find("[data-do=cancel]").disabled = false; },
};
for (const button of root.querySelectorAll("[data-do]")) button.addEventListener("click", () => actions[button.dataset.do]());
find(".more").addEventListener("click", () => trigger("more"));

parts.cards = { positions, measured, restore, setDeck, mirror, active: () => current, historyChanged: buttons };
watch("deck", () => { if (props.deck) setDeck(props.deck); });
if (props.deck) setDeck(props.deck);
