
"use strict";
// The login: OpenID Connect, authorization code flow with PKCE (RFC 7636), as a public client.
// Where the stage is open, `offered` is null, and nothing of this is on show.

const offered = JSON.parse(document.documentElement.dataset.login ?? "null");
const bar = document.getElementById("login");
const here = `${location.origin}${document.documentElement.dataset.root}/`; // where the issuer sends back to
const told = document.createElement("p");

// sessionStorage: a reload keeps the token, and closing the tab ends it. localStorage would leave it
// behind on the disk, for every tab.
const kept = {
  get: (name) => sessionStorage.getItem(`${name} ${here}`),
  set: (name, value) => sessionStorage.setItem(`${name} ${here}`, value),
  take(name) {
    const value = kept.get(name);
    sessionStorage.removeItem(`${name} ${here}`);
    return value;
  },
};

/** Show the login, once what the issuer sent the browser back with is exchanged for a token. */
async function startLogin() {
  if (!offered) return;
  told.className = "hint";
  told.setAttribute("role", "status");
  bar.hidden = false;
  showLogin(kept.take("note"));
  if (location.origin + location.pathname !== here) return; // the issuer sends back to the first page alone
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return;
  const begun = JSON.parse(kept.take("login") ?? "{}");
  const back = new URL(begun.back ?? here + location.hash);
  const elsewhere = back.origin + back.pathname !== here;
  history.replaceState(null, "", elsewhere ? here : back); // no code in the history
  const note = await outcome(answer, begun);
  if (!elsewhere) return showLogin(note);
  kept.set("note", note);
  location.replace(back);
}

/** Take what the issuer answered; what went wrong, or nothing. */
async function outcome(answer, begun) {
  const ours = begun.state && begun.state === answer.get("state");
  if (!ours || (answer.get("iss") ?? offered.issuer) !== offered.issuer) return "That login was not begun in this tab.";
  if (answer.has("error")) return answer.get("error_description") ?? answer.get("error");
  return exchanged(answer.get("code"), begun.verifier);
}

/** Get the token for a code; what went wrong, or nothing. */
async function exchanged(code, verifier) {
  try {
    const response = await fetch(offered.token_endpoint, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code", code, code_verifier: verifier,
        client_id: offered.client_id, redirect_uri: here,
        ...(offered.resource && { resource: offered.resource }), // else some give a token for themselves
      }),
    });
    const answer = await response.json();
    if (!answer.access_token) return `No token: ${answer.error_description ?? answer.error ?? response.status}`;
    kept.set("token", answer.access_token);
    return "";
  } catch {
    return `${new URL(offered.token_endpoint).host} gave no answer, or allows none to ${location.origin} (CORS).`;
  }
}

async function logIn() {
  const [verifier, state] = [random(), random()];
  kept.set("login", JSON.stringify({ verifier, state, back: location.href }));
  const address = new URL(offered.authorization_endpoint);
  const { client_id, scope, audience, resource } = offered;
  const asked = {
    response_type: "code", redirect_uri: here, client_id, scope, state, audience,
    code_challenge: await challenge(verifier), code_challenge_method: "S256",
    ...(resource && { resource }),
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

/** What goes with a request of the page. */
function authorization() {
  const token = offered && kept.get("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Note that a token was not accepted, so that another one can be had. */
function noteRefusal(status, code) {
  if (!offered || status !== 401) return;
  const had = kept.take("token");
  showLogin(code === "token_expired" ? "Your login has expired." : had ? "Your token is not accepted." : "This needs a token.");
}

function showLogin(note) {
  const token = kept.get("token");
  bar.replaceChildren(...(token ? whoIsIn(token) : canLogIn() ? [logInButton()] : [pasteField()]), told);
  told.textContent = note || (!token && !canLogIn() && whyNot()) || "";
}

/** Why the page takes a token, instead of getting one. */
function whyNot() {
  if (offered.away) return `${offered.issuer} does not answer just now.`;
  // crypto.subtle is there on https and on localhost; a plain http:// address has none.
  if (offered.client_id) return "By plain http, browsers log in on localhost only.";
  return `Paste one of ${offered.issuer}.`;
}

function canLogIn() {
  return offered.authorization_endpoint && crypto.subtle;
}

function logInButton() {
  return el("button", { class: "send", type: "button", onclick: logIn }, "Log in");
}

function whoIsIn(token) {
  return [
    el("span", {}, "Logged in as ", el("b", { title: claims(token)?.sub }, claims(token)?.sub ?? "?")),
    el("button", { type: "button", onclick: (event) => copyToken(event.target) }, "Copy token"),
    el("button", { type: "button", onclick: () => { kept.take("token"); showLogin(); } }, "Log out"),
  ];
}

async function copyToken(button) {
  try {
    await navigator.clipboard.writeText(kept.get("token"));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => { button.textContent = "Copy token"; }, 1500);
}

function pasteField() {
  const field = el("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false" });
  const take = (event) => {
    event.preventDefault();
    const token = field.value.trim().replace(/^bearer +/i, "");
    if (!claims(token)) {
      told.textContent = "That is no JSON Web Token: three parts, with dots between them.";
      return;
    }
    kept.set("token", token);
    showLogin();
    dispatchEvent(new Event("login")); // for what waits for one
  };
  return el("form", { onsubmit: take }, el("label", { for: "token" }, "Token"), field, el("button", {}, "Use"));
}

/** What stands in a token. Nobody has checked it: it is for show alone. */
function claims(token) {
  try {
    const [, payload, signature] = token.split(".");
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return signature && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
