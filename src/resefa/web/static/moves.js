// The exact image once a slider rests: at most one request under way, and the newest positions win.
window.resefa.moves ??= (() => {
  "use strict";
  const { parts, call, has, timings, keepProjectSoon } = window.resefa;
  const STILL = 60, REST = 400, KEPT_TIMINGS = 1000;
  let timer = 0, resting = 0, flying = false, again = false, serial = 0, refused = 0;

  function soon(delay = STILL) {
    parts.out?.changed();
    clearTimeout(resting);
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  }

  async function send() {
    timer = 0;
    if (flying) { again = true; return; }
    flying = true; again = false;
    const positions = parts.cards.measured(), started = performance.now();
    serial += 1;
    const answer = await call("move", { positions, serial });
    if (answer.src && !answer.error && parts.canvas) {
      await parts.canvas.exact(answer.src, positions, answer.inside, answer.outside);
      timings.push(performance.now() - started);
      if (timings.length > KEPT_TIMINGS) timings.shift();
    } else refused = serial;
    flying = false;
    if (again) send();
    else if (!timer) { clearTimeout(resting); resting = setTimeout(rest, REST); }
  }

  // Other samples follow when the hand has rested; then the work is kept for a reload.
  async function rest() {
    if (refused === serial) return;
    const strip = parts.strips.others;
    if (strip && has("others")) {
      const asked = serial;
      strip.busy(true);
      const answer = await call("others");
      strip.busy(false);
      if (asked === serial && answer.pictures) strip.setStrip(answer);
    }
    keepProjectSoon(500);
  }

  // The hand lets go: a hand that rested before has asked for these positions already.
  function settle() {
    if (timer || refused === serial) soon(0);
  }

  return { soon, settle, now: () => soon(0), get busy() { return flying || timer !== 0; } };
})();
