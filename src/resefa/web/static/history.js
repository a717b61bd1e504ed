// One history for the region and the sliders: snapshots of {shapes, feather, positions}.
window.resefa.history ??= (() => {
  "use strict";
  const { parts } = window.resefa;
  const LIMIT = 200, SAME_HAND = 1000;
  let past = [], future = [], present = null, last = { key: null, when: 0 };

  const snapshot = () => JSON.stringify({
    ...(parts.canvas?.region() ?? { shapes: [], feather: 0 }),
    positions: parts.cards?.positions() ?? {},
  });

  function changed() {
    parts.canvas?.historyChanged();
    parts.cards?.historyChanged();
  }

  function reset() {
    past = []; future = []; present = snapshot(); last = { key: null, when: 0 };
    changed();
  }

  // Steps of the same slider within a second are one step back.
  function commit(key = null) {
    const now = snapshot();
    if (now === present) return;
    const together = key !== null && key === last.key && performance.now() - last.when < SAME_HAND;
    if (!together && present !== null) past.push(present);
    if (past.length > LIMIT) past.shift();
    present = now; future = []; last = { key, when: performance.now() };
    changed();
  }

  // What the server changes (new cards, restored positions) is no step of the user.
  function absorb() {
    present = snapshot();
  }

  function go(from, to) {
    if (!from.length) return false;
    to.push(present);
    present = from.pop();
    last = { key: null, when: 0 };
    const { shapes, feather, positions } = JSON.parse(present);
    parts.cards?.restore(positions);
    parts.canvas?.restore(shapes, feather);
    changed();
    return true;
  }

  const undo = () => go(past, future);
  const redo = () => go(future, past);

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const typing = event.target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || !parts.canvas) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) undo();
    else if ((key === "z" && event.shiftKey) || key === "y") redo();
    else return;
    event.preventDefault();
  });

  return {
    reset, commit, absorb, undo, redo,
    get canUndo() { return past.length > 0; },
    get canRedo() { return future.length > 0; },
  };
})();
