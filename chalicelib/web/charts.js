
"use strict";
// The form makes a description of the table, and shows what the API draws of it. Nothing is kept
// until the button is pressed. Whatever came from a server goes into the page as text.

const root = document.documentElement.dataset.root; // the path before the API, such as /dev
const at = (id) => document.getElementById(id);
const WAIT = 300; // milliseconds after the last key

const EXAMPLES = {
  "Burndown of a sprint": {
    type: "line", title: "Burndown of sprint 42", x_title: "Day", y_title: "Points left", colors: "gray, #1f5fae",
    data: "Day, Ideal, Left\n0, 40, 40\n1, 36, 40\n2, 32, 37\n3, 28, 33\n4, 24, 33\n5, 20, 26\n6, 16, 21\n7, 12, \n8, 8, \n9, 4, \n10, 0, ",
  },
  "Sales by quarter": {
    type: "stacked_bar", title: "Sales", y_title: "1,000 €",
    data: "Quarter, Αθήνα, Москва, 東京 🗼\nQ1, 12, 8, 14\nQ2, 15, 9, 11\nQ3, 9, 12, 16\nQ4, 18, 11, 19",
  },
  "Where visitors come from": {
    type: "pie", title: "Visitors",
    data: "From, Visitors\nSearch, 540\nLinks, 210\nMail, 130\nElsewhere, 90",
  },
  "Height and weight": {
    type: "scatter", x_title: "Height (cm)", y_title: "Weight (kg)",
    data: "Height, Adults, Children\n168, 63, \n175, 72, \n181, 84, \n159, 55, \n190, 88, \n121, , 24\n134, , 31\n143, , 38",
  },
};
const TEXTS = ["type", "title", "data", "x_title", "y_title", "colors"];
let waiting, asked;

for (const name of Object.keys(EXAMPLES)) at("example").append(new Option(name));
at("example").addEventListener("change", fill);
at("form").addEventListener("input", (event) => { if (event.target !== at("example")) soon(); });
at("form").addEventListener("submit", make);
fill();

function fill() {
  const example = EXAMPLES[at("example").value];
  for (const name of TEXTS) at(name).value = example[name] ?? "";
  preview();
}

function soon() {
  clearTimeout(waiting);
  at("preview").classList.add("old");
  waiting = setTimeout(preview, WAIT);
}

/** The description that the form stands for; what is no number is sent as it is, for the API to judge. */
function description() {
  const text = at("data").value;
  const [names, ...rows] = text.split("\n").filter((line) => line.trim()).map((line) => {
    return line.split(text.includes("\t") ? "\t" : ",").map((cell) => cell.trim());
  });
  const type = at("type").value;
  const colors = at("colors").value.split(",").map((word) => word.trim()).filter(Boolean);
  const datasets = (names ?? []).slice(1).map((label, index) => {
    const cells = rows.map((row) => number(row[index + 1] ?? ""));
    if (type === "scatter") {
      const points = rows.map((row, place) => ({ x: number(row[0]), y: cells[place] }));
      return { label, data: points.filter(({ y }) => y !== null), ...color(colors[index]) };
    }
    return { label, data: cells, ...(type === "pie" ? { colors } : color(colors[index])) };
  });
  const pie = type === "pie";
  return {
    type,
    ...(type !== "scatter" && { labels: rows.map((row) => row[0]) }),
    datasets: pie ? datasets.slice(0, 1) : datasets,
    title: at("title").value,
    ...(!pie && { x_title: at("x_title").value, y_title: at("y_title").value }),
    width: number(at("width").value), height: number(at("height").value), format: at("format").value,
  };
}

function color(name) {
  return name ? { color: name } : {};
}

function number(text) {
  if (text === "") return null;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

async function preview() {
  clearTimeout(waiting);
  asked?.abort();
  asked = new AbortController();
  const chart = description();
  at("request").textContent = `POST ${root}/charts\nContent-Type: application/json\n\n${JSON.stringify(chart, null, 1)}`;
  at("made").replaceChildren();
  try {
    const response = await post("/charts/preview", chart, asked.signal);
    if (!response.ok) return await refused(response);
    const image = at("preview");
    image.src = `data:image/svg+xml,${encodeURIComponent(await response.text())}`;
    image.alt = `${at("type").selectedOptions[0].text} chart: ${chart.title || "without a title"}`;
    image.hidden = false;
    image.classList.remove("old");
    at("faults").replaceChildren();
  } catch (error) {
    if (error.name !== "AbortError") faults(["The API gave no answer. Is it running?"]);
  }
}

async function make(event) {
  event.preventDefault();
  at("make").disabled = true;
  try {
    const response = await post("/charts", description());
    if (!response.ok) return await refused(response);
    const link = document.createElement("a");
    link.href = link.textContent = (await response.json()).url;
    at("faults").replaceChildren();
    at("made").replaceChildren("Made: ", link);
  } catch {
    faults(["The API gave no answer. Is it running?"]);
  } finally {
    at("make").disabled = false;
  }
}

function post(path, body, signal) {
  // What the first page logged in with, in this tab.
  const token = sessionStorage.getItem(`token ${location.origin}${root}/`);
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  return fetch(root + path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

async function refused(response) {
  const problem = await response.json();
  if (response.status === 401) return faults(["Log in on the page with the routes, in this tab, and come back."]);
  const errors = (problem.errors ?? []).slice(0, 8).map(({ pointer, detail }) => `${pointer || "all"}: ${detail}`);
  return faults(errors.length ? errors : [problem.detail]);
}

function faults(lines) {
  const items = lines.map((line) => Object.assign(document.createElement("li"), { textContent: line }));
  at("faults").replaceChildren(...items);
}
