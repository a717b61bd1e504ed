// Downloads, and files that are opened. Files travel as base64 text in answers: no path of the server is involved.
const { parts, session, join, call, apply } = window.resefa;
const root = element, find = (selector) => root.querySelector(selector);
join(server);
const LARGEST = 16 * 1024 * 1024;
const WORKING = { png: "Preparing the picture…", gif: "Drawing the loop…", mp4: "Drawing the video…", directions: "Preparing the directions…", project: "Preparing the project…" };

let forget = 0;
function tell(text, bad = false) {
  find(".state").textContent = text;
  find(".state").classList.toggle("error", bad);
  clearTimeout(forget);
}

// What was saved is true of the picture that was saved: the message goes with time, and with the next change of the picture.
function done(text) {
  tell(text);
  forget = setTimeout(tell, 10000, "");
}

parts.out = { changed: () => { if (!root.querySelector("[aria-busy=true], .state.error")) tell(""); } };

function download({ name, type, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement("a");
  link.href = address; link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function busy(button, text, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  tell(text);
  try { await work(); } finally { button.removeAttribute("aria-busy"); }
}

for (const button of root.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", () => busy(button, WORKING[button.dataset.kind], async () => {
    const answer = await call("save", { kind: button.dataset.kind });
    if (answer.error) { tell(answer.error, true); return; }
    download(answer);
    done(`Saved as ${answer.name}.`);
  }));
}

const open = find(".open"), picker = find("input[type=file]");
open.addEventListener("click", () => picker.click());
picker.addEventListener("change", () => {
  const file = picker.files[0];
  picker.value = "";
  if (file) take(file);
});

function take(file) {
  if (file.size > LARGEST) { tell(`${file.name} has ${Math.ceil(file.size / 1048576)} MB; at most 16 MB can be opened.`, true); return; }
  busy(open, `Opening ${file.name}…`, async () => {
    const data = await base64(file);
    const answer = await call("open", { name: file.name, data });
    if (answer.error) { tell(answer.error, true); return; }
    apply(answer, "opened");
    props.value = { token: session.token };
    done(`${file.name} is open.`);
  });
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

// A file dropped anywhere on the page is opened, too.
document.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  const file = event.dataTransfer?.files[0];
  if (!file || !root.isConnected) return;
  event.preventDefault();
  take(file);
});
