// What is drawn in widths; tabs whose panels are fetched when they are first shown and again while something moves, fragments that follow, forms that say when they
// are busy, and the order form: it shows the fields that go with the chosen type, time in force and algorithm, and
// places by key what was previewed.
"use strict";

function say(panel, text, className) {
  const line = document.createElement("p");
  line.textContent = text;
  line.className = className;
  line.setAttribute("role", className === "qt-busy" ? "status" : "alert");
  panel.replaceChildren(line);
  return line;
}

function offerRetry(panel, text) {
  const line = say(panel, text + " ", "qt-alert qt-danger");
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Try again";
  again.className = "qt-link";
  again.addEventListener("click", () => load(panel));
  line.append(again);
}

function wordsFor(response) {
  if (response.redirected) return "You are signed out. Reload the page to sign in.";
  if (response.status === 403) return "Your roles no longer open this panel.";
  if (response.status === 404) return "There is no such panel for you.";
  return `The panel could not be loaded (HTTP ${response.status}).`;
}

async function load(panel) {
  panel.setAttribute("aria-busy", "true");
  say(panel, "Loading…", "qt-busy");
  try {
    const response = await fetch(panel.dataset.source, { credentials: "same-origin" });
    if (!response.ok || response.redirected) {
      offerRetry(panel, wordsFor(response));
      return;
    }
    panel.innerHTML = await response.text();
    panel.dataset.loaded = "yes";
    panel.querySelectorAll("[data-replay]").forEach(startReplay);
    follow(panel);
  } catch (error) {
    offerRetry(panel, `The server did not answer (${error.message}).`);
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

// A panel that says so is fetched again while something moves; one that nobody sees waits.
function follow(panel) {
  const pace = panel.querySelector("[data-follow]")?.dataset.follow;
  if (pace) setTimeout(() => refresh(panel), Number(pace));
}

async function refresh(panel) {
  if (!panel.hidden && !document.hidden) {
    try {
      const response = await fetch(panel.dataset.source, { credentials: "same-origin" });
      if (response.redirected || response.status === 403 || response.status === 404) {
        offerRetry(panel, wordsFor(response));
        return;
      }
      if (response.ok) replaceQuietly(panel, await response.text());
    } catch (error) {
      // The server may be back the next time.
    }
  }
  follow(panel);
}

// What had the keyboard has it afterwards, and the panel stays where it was scrolled to.
function replaceQuietly(panel, html) {
  const focused = panel.contains(document.activeElement) ? document.activeElement.id : "";
  const { scrollLeft, scrollTop } = panel;
  panel.innerHTML = html;
  panel.scrollLeft = scrollLeft;
  panel.scrollTop = scrollTop;
  if (focused && focused !== panel.id) (document.getElementById(focused) || panel).focus({ preventScroll: true });
}

function select(tabs, chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    panel.hidden = !isChosen;
    if (isChosen && !panel.dataset.loaded) load(panel);
  }
}

function moved(tabs, current, key) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (step) return tabs[(tabs.indexOf(current) + step + tabs.length) % tabs.length];
  return { Home: tabs[0], End: tabs[tabs.length - 1] }[key];
}

function startTabs(root) {
  const tabs = [...root.querySelectorAll('[role="tab"]')];
  const named = tabs.find((tab) => `#${tab.id}` === window.location.hash);
  for (const tab of tabs) {
    tab.addEventListener("click", () => select(tabs, tab));
    tab.addEventListener("keydown", (event) => {
      const next = moved(tabs, tab, event.key);
      if (!next) return;
      event.preventDefault();
      next.focus();
      select(tabs, next);
    });
  }
  select(tabs, named || tabs[0]);
}

function sayBusy(form) {
  form.addEventListener("submit", () => {
    const buttons = form.querySelectorAll("button[type=submit]");
    // Afterwards: a button that is disabled now would not be sent with the form.
    setTimeout(() => buttons.forEach((button) => (button.disabled = true)), 0);
    if (!form.dataset.busy) return;
    const line = document.createElement("p");
    line.className = "qt-busy";
    line.setAttribute("role", "status");
    line.textContent = form.dataset.busy;
    form.append(line);
  });
}

// A fragment that is fetched again while something moves; the server says when nothing does any more.
const POLL_MS = 1000;

async function poll(fragment) {
  try {
    const response = await fetch(fragment.dataset.poll, { credentials: "same-origin" });
    if (response.redirected || response.status === 403 || response.status === 404) return;
    if (response.ok) {
      fragment.innerHTML = await response.text();
      if (response.headers.get("X-Settled") === "yes") return;
    }
  } catch (error) {
    // The server may be back the next time.
  }
  setTimeout(() => poll(fragment), POLL_MS);
}

function fits(place, form) {
  return ["type", "time_in_force", "algorithm"].every((term) => {
    const words = place.getAttribute(`data-fits-${term}`);
    return words === null || words.split(" ").includes(form.elements[term].value);
  });
}

function showWhatFits(form) {
  for (const place of form.querySelectorAll(".qt-field")) {
    const isShown = fits(place, form);
    place.hidden = !isShown;
    // What is hidden is not sent, and is there again with what was typed when it is shown.
    for (const field of place.querySelectorAll("input, select, textarea")) field.disabled = !isShown;
  }
  for (const group of form.querySelectorAll("fieldset")) group.hidden = !group.querySelector(".qt-field:not([hidden])");
}

// What is placed is what was previewed: with other terms there is nothing to place until they are previewed.
function withdrawPreview() {
  const previewed = document.querySelector("[data-previewed]");
  if (!previewed) return;
  for (const button of previewed.querySelectorAll("button, input")) button.disabled = true;
  previewed.querySelector("[role=status]").hidden = false;
}

function startTicket(form) {
  form.addEventListener("change", () => showWhatFits(form));
  form.addEventListener("input", withdrawPreview);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter") return;
    event.preventDefault();
    const place = document.querySelector("[data-previewed] button:not([disabled])");
    form.requestSubmit(place || form.querySelector("button[type=submit]"));
  });
  showWhatFits(form);
  // Browsers leave autofocus undone after some navigations, and who types must know where.
  document.querySelector("#main [autofocus]")?.focus();
}

// Steps of a timeline: up and down, or k and j, go from one to the next.
function startSteps(list) {
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    const elsewhere = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea");
    if (!step || elsewhere) return;
    const links = [...list.querySelectorAll("[data-step]")];
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)];
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.closest("li").scrollIntoView({ block: "nearest" });
  });
}

// The replay of an order: one step is shown, the others are a key away.
function startReplay(replay) {
  const steps = [...replay.querySelectorAll("[data-number]")];
  const place = replay.querySelector("[data-place]");
  let at = 0;
  const show = (wanted) => {
    at = Math.min(Math.max(wanted, 0), steps.length - 1);
    steps.forEach((step, number) => (step.hidden = number !== at));
    for (const mark of replay.querySelectorAll("[data-mark]")) {
      mark.classList.toggle("is-here", mark.dataset.mark === steps[at].dataset.number);
    }
    place.textContent = `Step ${at + 1} of ${steps.length}`;
    for (const button of replay.querySelectorAll("[data-by]")) {
      button.setAttribute("aria-disabled", String(at === (button.dataset.by === "1" ? steps.length - 1 : 0)));
    }
  };
  replay.addEventListener("click", (event) => {
    const button = event.target.closest("[data-by]");
    if (button) show(at + Number(button.dataset.by));
  });
  replay.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const wanted = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: steps.length - 1 }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    show(wanted);
  });
  show(0);
}

// Widths and places of what is drawn: the site's policy lets no style stand in the markup, a script may set one.
function draw(root) {
  for (const part of root.querySelectorAll("[data-width], [data-left], [data-grow]")) {
    const { width, left, grow } = part.dataset;
    if (width !== undefined) part.style.width = `${width}%`;
    if (left !== undefined) part.style.left = `${left}%`;
    if (grow !== undefined) part.style.flexGrow = grow;
  }
}

draw(document);
// Fragments that are fetched later are drawn when they come.
new MutationObserver((changes) => changes.forEach((change) => draw(change.target))).observe(document.body, {
  childList: true,
  subtree: true,
});
// A page that comes back from the browser's memory must not keep its buttons disabled.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
document.querySelectorAll("[data-tabs]").forEach(startTabs);
document.querySelectorAll('#main form[method="post"]').forEach(sayBusy);
document.querySelectorAll("[data-poll]").forEach((fragment) => setTimeout(() => poll(fragment), POLL_MS));
// The browser leaves it out where the page before had the keyboard.
document.querySelector("#main [autofocus]")?.focus();
document.querySelectorAll("form[data-fits]").forEach(startTicket);
document.querySelectorAll("[data-steps]").forEach(startSteps);
