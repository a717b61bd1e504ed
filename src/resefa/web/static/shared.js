// window.resefa: what the components of one page share. Runs once, in the page's head, before any component.
window.resefa ??= (() => {
  "use strict";

  const functions = {};
  const parts = { strips: {} };
  const session = { token: null, restoring: null };
  const TOKEN = "resefa.token", PROJECT = "resefa.project";
  const UNREACHABLE = "The server does not answer. Check that it is running, then reload the page; your work is kept.";

  // ---- elements -------------------------------------------------------------------------------------------------
  // Text from people and files enters the page here only: as textContent, never as markup.
  function make(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "text") made.textContent = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  const ICONS = {
    star: "M8 1.9l1.9 3.9 4.2.6-3 3 .7 4.3L8 11.6l-3.8 2.1.7-4.3-3-3 4.2-.6z",
    hide: "M4 4l8 8M12 4l-8 8",
    heat: "M8 1.5v2.2M8 12.3v2.2M1.5 8h2.2M12.3 8h2.2M8 4.6a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 1 0 0-6.8M8 7.3a.7.7 0 1 0 0 1.4a.7.7 0 1 0 0-1.4",
    more: "M4 6l4 4 4-4",
  };

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  }

  // One tab stop for a row of buttons; the arrow keys move within it.
  function roving(row, chosen = () => {}) {
    const buttons = () => [...row.querySelectorAll("button")].filter((button) => !button.disabled && !button.hidden);
    const only = (one) => buttons().forEach((button) => (button.tabIndex = button === one ? 0 : -1));
    row.addEventListener("focusin", (event) => only(event.target));
    row.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const all = buttons(), here = all.indexOf(event.target);
      if (here < 0 || !(step || event.key === "Home" || event.key === "End")) return;
      event.preventDefault();
      const next = step ? (here + step + all.length) % all.length : event.key === "Home" ? 0 : all.length - 1;
      all[next].focus();
      chosen(all[next]);
    });
    return { only };
  }

  // ---- numbers --------------------------------------------------------------------------------------------------
  // Two significant digits, never in powers of ten: 0.031, 0.00042.
  function figure(value) {
    if (!Number.isFinite(value)) return "–";
    if (value === 0) return "0";
    const digits = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value)))));
    return Math.abs(value) < 5e-9 ? "0" : value.toFixed(digits);
  }

  function duration(seconds) {
    if (seconds < 1.5) return "about a second";
    if (seconds < 90) return `about ${Math.round(seconds)} s`;
    return `about ${Math.round(seconds / 60)} min`;
  }

  // ---- the server -----------------------------------------------------------------------------------------------
  function join(server) {
    for (const name of Object.keys(server ?? {})) functions[name] = server[name];
  }

  const has = (name) => typeof functions[name] === "function";

  async function ask(name, data) {
    try {
      const answer = await functions[name](data);
      // Gradio only logs a failed request, and answers nothing.
      return answer && typeof answer === "object" ? answer : { error: UNREACHABLE };
    } catch (problem) {
      console.warn(`resefa: ${name}`, problem);
      return { error: UNREACHABLE };
    }
  }

  // Every call goes through here: the token is added, a lost session is reopened once, and an error is shown.
  async function call(name, data = {}) {
    let answer = await ask(name, { token: session.token, ...data });
    if (answer.gone && (await reopen())) answer = await ask(name, { ...data, token: session.token });
    if (answer.error) say(answer.error, "error");
    return answer;
  }

  function reopen() {
    session.restoring ??= (async () => {
      const answer = await ask("reopen", { project: stored().project, token: stored().token });
      if (answer.error) say(answer.error, "error");
      else apply(answer, "restored");
      // The work that the tab keeps could not be opened: the page starts again, and says why.
      if (answer.note) say(answer.note, "error");
      return !answer.error;
    })().finally(() => (session.restoring = null));
    return session.restoring;
  }

  // ---- what survives a reload -----------------------------------------------------------------------------------
  const stored = () => ({ token: sessionStorage.getItem(TOKEN), project: sessionStorage.getItem(PROJECT) });

  function adopt(token) {
    if (!token || token === session.token) return;
    session.token = token;
    sessionStorage.setItem(TOKEN, token);
  }

  async function keepProject() {
    if (!has("project") || !session.token) return;
    const answer = await call("project");
    const text = typeof answer.project === "string" ? answer.project : null;
    if (text === null) return;
    try {
      sessionStorage.setItem(PROJECT, text);
    } catch (problem) {
      if (problem.name !== "QuotaExceededError") throw problem;
      sessionStorage.removeItem(PROJECT);
      say("This work is too large for the browser to keep over a reload. Save the project file.", "error");
    }
  }

  let keeping = 0;
  function keepProjectSoon(delay = 1000) {
    clearTimeout(keeping);
    keeping = setTimeout(keepProject, delay);
  }

  // ---- between the components -----------------------------------------------------------------------------------
  // An answer that changes everything at once: reopened after a lost session, or a file that was opened.
  function apply(answer, reason) {
    if (answer.token) adopt(answer.token);
    if (answer.picture) parts.canvas?.setPicture(answer.picture);
    if (answer.deck) parts.cards?.setDeck(answer.deck, true);
    for (const [name, strip] of Object.entries(parts.strips)) {
      if (name === "samples" && answer.strip) strip.setStrip(answer.strip);
      if (name === "others") strip.setStrip(answer.others ?? { pictures: [] });
    }
    if (reason) parts.canvas?.announce(reason);
    if (answer.note) say(answer.note, "error");
  }

  function say(text, kind = "info") {
    parts.canvas ? parts.canvas.say(text, kind) : console.info(text);
  }

  // Keyframes cannot stand inside the rules that Gradio nests under a component.
  document.head.append(make("style", { text: `
    @keyframes rs-sweep { from { transform: translateX(-110%) } to { transform: translateX(440%) } }
    @keyframes rs-appear { from { opacity: 0 } }` }));

  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  return {
    parts, session, timings: [],
    make, icon, roving, figure, duration,
    join, has, call, reopen, stored, adopt, keepProject, keepProjectSoon, apply, say, calm,
  };
})();
