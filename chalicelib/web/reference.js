
"use strict";
// Swagger UI shows openapi.json. What is changed of it here: descriptions are text, never HTML, as
// the page's policy wants it; tokens come from the login above; a link leads to an operation.

const root = document.documentElement.dataset.root; // the path before the API, such as /dev
const dark = matchMedia("(prefers-color-scheme: dark)");
const PATIENCE = 20; // for how many seconds the document is asked for again by itself where the API is busy
let ui;

if (globalThis.SwaggerUIBundle) start();
else if (document.querySelector("script[src]")) fail("Swagger UI could not be loaded.", () => location.reload());
// else the page says how to get it

async function start() {
  dark.addEventListener("change", paint);
  paint();
  await startLogin();
  const spec = await described();
  if (!spec) return fail("openapi.json could not be read.", start);
  ui = globalThis.SwaggerUIBundle({
    domNode: document.getElementById("ui"),
    spec,
    plugins: [ours],
    deepLinking: false, // it takes _ for a blank; ours is in `ours`
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    validatorUrl: null, // nothing is sent elsewhere
    requestInterceptor: withToken,
    onComplete() {
      addEventListener("hashchange", follow);
      follow();
    },
  });
}

/** The document, asked for again when a busy API says so; null where it cannot be had, or not soon. */
async function described() {
  for (let left = PATIENCE; ;) {
    const response = await fetch(`${root}/openapi.json`).catch(() => null);
    if (response?.ok) return response.json().catch(() => null);
    const seconds = Number(response?.headers.get("Retry-After"));
    left -= seconds;
    if (!(seconds > 0 && left >= 0)) return null;
    tell("The API is busy: it is asked again by itself.");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

function tell(...told) {
  document.getElementById("ui").replaceChildren(el("p", { class: "hint", role: "alert" }, ...told));
}

function fail(told, again) {
  tell(told, " ", el("button", { type: "button", onclick: again }, "Try again"));
}

/** Swagger UI's own dark colours go by a class; style.css goes by what the reader prefers. */
function paint() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

/** A token given in the dialog wins over that of the login. */
function withToken(request) {
  const ours = new URL(request.url, location.href).origin === location.origin;
  const sent = Date.now();
  request.headers = { ...(ours && authorization()), ...request.headers };
  request.responseInterceptor = (response) => noted(response, sent); // of this one: there may be others
  return request;
}

function noted(response, sent) {
  response.duration = Date.now() - sent; // it says so by itself only where an answer is no error
  noteRefusal(response.status, response.obj?.code);
  return response;
}

/* A link such as /docs#create_user opens that operation */

function follow() {
  const id = location.hash.slice(1); // names of views need no encoding
  for (const operation of ui.specSelectors.taggedOperations().toList().flatMap((tag) => tag.get("operations"))) {
    if (operation.getIn(["operation", "operationId"]) !== id) continue;
    const tag = operation.getIn(["operation", "tags", 0]);
    ui.layoutActions.show(["operations", tag, id], true);
    reach(`operations-${tag}-${id}`);
  }
}

/** Show an element once it is drawn, which takes a page that has just been opened some frames. */
function reach(id, frames = 300) {
  const drawn = document.getElementById(id);
  if (drawn) drawn.scrollIntoView();
  else if (frames) requestAnimationFrame(() => reach(id, frames - 1));
}

function ours({ React }) {
  const { createElement } = React;

  /** Text with `code` in it, and with lists. */
  function Markdown({ source }) {
    if (!source) return null;
    const lines = String(source).trim().split("\n").filter(Boolean);
    const listed = lines.filter((line) => line.startsWith("- "));
    return createElement("div", { className: "markdown" },
      ...lines.filter((line) => !line.startsWith("- ")).map((line) => createElement("p", null, ...coded(line))),
      listed.length ? createElement("ul", null, ...listed.map((line) => createElement("li", null, ...coded(line.slice(2))))) : null);
  }

  function coded(text) {
    return text.split("`").map((part, index) => (index % 2 ? createElement("code", null, part) : part));
  }

  const nothing = () => () => null;
  const named = (Shown) => (given) => createElement(Shown, { "aria-label": "Request body", ...given });
  const labelled = (Shown) => (given) =>
    createElement("label", null, createElement("span", { className: "unseen" }, "Example"), createElement(Shown, given));
  return {
    components: { Markdown },
    wrapComponents: {
      InfoContainer: nothing, // the name stands above
      ServersContainer: nothing, // there is one, this
      // Who logs in above needs no dialog; where nobody is asked, no operation has a lock.
      authorizeBtn: offered ? nothing : (shown) => shown,
      authorizeOperationBtn: nothing,
      TextArea: named, // else a screen reader says nothing of it
      ExamplesSelect: labelled, // nor of which problem an example is of
    },
    statePlugins: {
      layout: {
        wrapActions: {
          show: (show) => (path, open) => {
            const [what, , id] = path;
            if (what === "operations" && id && open) history.replaceState(null, "", `#${id}`);
            return show(path, open);
          },
        },
      },
    },
  };
}
