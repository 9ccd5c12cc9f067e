// The first page: a snapshot, then every change as it happens.

import { Unauthenticated, ask, dataOf, dropToken, keepToken, subscribe, token } from "./graph.js";

const ROWS = 40;
const POLL_MS = 4000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const TOO_LONG_AWAY_MS = 60_000; // then a new snapshot is quicker than every event since

const ROW = `fragment Row on Order {
  id number version status fulfillmentStatus paymentStatus placedAt updatedAt
  channel { name } customer { firstName lastName } lines { title quantity }
  totals { total { amount currencyCode } } sourceRefs { system connection }
}`;
const ORDERS = `query FirstPage($first: Int!) { orders(first: $first) { nodes { ...Row } } } ${ROW}`;
const LIVE = `subscription LiveOrders($after: String) {
  orderUpdated(after: $after) { cursor event { type } order { ...Row } }
} ${ROW}`;
const AROUND = `query Around {
  connections {
    id system name kinds status latencyMs lastOkAt lastError
    backlog { deliveries quarantined effects failedEffects unknownEffects }
  }
  exceptions(first: 5) { nodes { id code severity message openedAt connection occurrences } }
  deliveries(first: 9) {
    nodes { id trackingNumber carrier status updatedAt version order { id number } }
  }
}`;

// What people read in place of the graph's words.
const WORDS = {
  UNFULFILLED: "Open", IN_PROGRESS: "In work", PARTIALLY_FULFILLED: "Partly sent",
  FULFILLED: "Sent", DELIVERED: "Delivered", PARTIALLY_DELIVERED: "Partly there",
  READY_FOR_PICKUP: "Ready", ON_HOLD: "On hold", SCHEDULED: "Later",
  PAID: "Paid", PENDING: "Pending", UNPAID: "Unpaid", AUTHORIZED: "Authorized",
  REFUNDED: "Refunded", PARTIALLY_REFUNDED: "Partly back", VOIDED: "Voided",
  LABEL_CREATED: "Label made", CARRIER_PICKED_UP: "Picked up", IN_TRANSIT: "On its way",
  OUT_FOR_DELIVERY: "Out for delivery", ATTEMPTED: "Nobody home", DELAYED: "Delayed",
  UNKNOWN: "Announced", CANCELED: "Canceled", OK: "OK",
};
const TONES = {
  good: ["DELIVERED", "PAID", "OK"],
  busy: ["IN_PROGRESS", "FULFILLED", "PARTIALLY_FULFILLED", "PARTIALLY_DELIVERED", "IN_TRANSIT",
    "OUT_FOR_DELIVERY", "CARRIER_PICKED_UP", "AUTHORIZED"],
  warn: ["PENDING", "ON_HOLD", "DEGRADED", "MEDIUM", "ATTEMPTED", "DELAYED", "PARTIALLY_REFUNDED"],
  bad: ["DOWN", "PAUSED", "HIGH", "CRITICAL", "CANCELED", "VOIDED", "FAILED", "LOST", "REFUNDED"],
};
const STEPS = ["LABEL_CREATED", "CARRIER_PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"];

const $ = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
const rows = new Map(); // order id -> { order, news, element }
const seenParcels = new Map(); // delivery id -> version

main();

async function main() {
  $("sign-in").addEventListener("submit", signIn);
  if (!token()) return askForToken("");
  watchOrders();
  watchAround();
  setInterval(tellTimes, 1000);
}

// Signing in ----------------------------------------------------------------------------------

function askForToken(problem) {
  dropToken();
  $("sign-in").hidden = false;
  $("main").hidden = true;
  $("problem").textContent = problem;
  setLive("waiting", "Signed out");
  $("token").focus();
}

function signIn(event) {
  event.preventDefault();
  keepToken($("token").value.trim());
  location.reload();
}

// Orders --------------------------------------------------------------------------------------

async function watchOrders() {
  let after = null;
  let lastAt = Date.now();
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      const isNew = after === null;
      const stream = subscribe(
        { query: LIVE, variables: { after } },
        { onOpen: () => { setLive("live", "Live"); if (isNew) loadOrders().catch(tell); } },
      );
      for await (const response of stream) {
        const { cursor, event, order } = dataOf(response).orderUpdated;
        [after, lastAt, wait] = [cursor, Date.now(), FIRST_WAIT_MS];
        show(order, event?.type);
      }
    } catch (error) {
      if (tell(error)) return;
    }
    setLive("waiting", "Reconnecting…");
    await sleep(wait);
    if (Date.now() - lastAt > TOO_LONG_AWAY_MS) after = null;
  }
}

async function loadOrders() {
  const { orders } = await ask(ORDERS, { first: ROWS });
  for (const order of orders.nodes) show(order, null, { isNews: false });
  $("no-orders").hidden = rows.size > 0;
}

function show(order, type, { isNews = true } = {}) {
  const held = rows.get(order.id);
  if (held && held.order.version > order.version) return;
  const news = type ? { type, at: new Date().toISOString() } : held?.news ?? null;
  const element = held?.element ?? document.createElement("tr");
  rows.set(order.id, { order, news, element });
  element.replaceChildren(...cells(order, news));
  if (!held) place(order, element);
  if (isNews && element.isConnected) flash(element, held ? "changed" : "new");
  $("no-orders").hidden = true;
}

function cells(order, news) {
  const { amount, currencyCode } = order.totals.total;
  const id = make("a", { href: `/graphiql#order=${order.id}`, title: "See all of it in GraphiQL" },
    order.number.length > 12 ? `…${order.number.slice(-6)}` : order.number);
  const name = [order.customer?.firstName, order.customer?.lastName].filter(Boolean).join(" ");
  return [
    make("th", { scope: "row" }, id, time(order.placedAt)),
    make("td", {}, badge(order)),
    make("td", {}, name || make("span", { class: "faint" }, "no name")),
    make("td", { class: "wide bought" }, bought(order.lines)),
    make("td", { class: "number" }, money(amount, currencyCode)),
    make("td", { class: "paid" }, pill(order.paymentStatus)),
    make("td", {}, pill(order.status === "CANCELED" ? "CANCELED" : order.fulfillmentStatus)),
    make("td", { class: "wide news" }, ...(news ? [told(news.type), time(news.at)] : [])),
  ];
}

/** "fulfillment_order.opened" as people say it. */
const told = (type) => capitalized(type.replace(/[._]/g, " "));
const bought = (lines) => lines.map((one) => `${one.quantity} × ${one.title}`).join(", ");

function badge(order) {
  const [ref] = order.sourceRefs;
  const title = ref ? `${ref.system} (${ref.connection})` : "";
  return make("span", { class: "badge", title }, order.channel.name);
}

/** Newest first; the table stays as long as the page that it began with. */
function place(order, element) {
  const body = $("orders");
  const later = [...rows.values()]
    .filter((one) => one.element.isConnected && one.order.placedAt < order.placedAt)
    .sort((one, other) => other.order.placedAt.localeCompare(one.order.placedAt));
  body.insertBefore(element, later[0]?.element ?? null);
  while (body.rows.length > ROWS) {
    const last = body.rows[body.rows.length - 1];
    for (const [id, one] of rows) if (one.element === last) rows.delete(id);
    last.remove();
  }
}

function flash(element, kind) {
  if (isStill) return;
  const colour = getComputedStyle(document.documentElement).getPropertyValue(`--${kind}`);
  const frames = [{ backgroundColor: colour }, { backgroundColor: "transparent" }];
  element.animate(frames, { duration: 2600, easing: "ease-out" });
}

// Systems, parcels, exceptions ------------------------------------------------------------------

async function watchAround() {
  for (;;) {
    if (!document.hidden) await look();
    await sleep(POLL_MS);
  }
}

async function look() {
  try {
    const { connections, deliveries, exceptions } = await ask(AROUND);
    tell(null);
    fill("systems", connections, system);
    fill("parcels", deliveries.nodes, parcel);
    fill("exceptions", exceptions.nodes, exception);
  } catch (error) {
    tell(error);
  }
}

/** Say what went wrong, if it is for people; true when only another token can help. */
function tell(error) {
  if (error instanceof Unauthenticated) {
    askForToken("That token is not valid.");
    return true;
  }
  const isAway = error instanceof TypeError; // what fetch throws while nobody answers
  $("trouble").textContent = error && !isAway ? error.message : "";
  return false;
}

function fill(id, nodes, render) {
  $(id).replaceChildren(...nodes.map(render));
  $(`no-${id}`).hidden = nodes.length > 0;
}

function system(one) {
  const { deliveries, effects, quarantined, failedEffects, unknownEffects } = one.backlog;
  const waits = [
    [deliveries, "to read"], [effects, "to send"], [quarantined, "unreadable"],
    [failedEffects, "refused"], [unknownEffects, "unknown"],
  ].filter(([count]) => count).map(([count, what]) => `${count} ${what}`);
  return make("li", { class: "card system" },
    make("div", { class: "system-head" }, make("strong", {}, one.name), pill(one.status)),
    make("p", { class: "faint" }, `${one.id} · ${one.kinds.join(", ")}`),
    make("p", { class: "facts" },
      make("span", {}, one.latencyMs === null ? "not asked yet" : `${Math.round(one.latencyMs)} ms`),
      make("span", {}, waits.join(", ") || "in step"),
      one.lastOkAt && time(one.lastOkAt)),
  );
}

function parcel(one) {
  const step = STEPS.indexOf(one.status);
  const bar = make("div", { class: "steps", "aria-hidden": "true" },
    ...STEPS.map((_, at) => make("i", { class: at <= step ? "done" : "" })));
  const label = one.order ? `Order ${one.order.number}` : one.trackingNumber;
  const element = make("li", { "data-step": step },
    make("div", { class: "parcel-head" }, make("span", {}, label), pill(one.status)),
    bar,
    make("p", { class: "faint" }, `${one.carrier ?? ""} ${one.trackingNumber}`, time(one.updatedAt)),
  );
  const before = seenParcels.get(one.id);
  seenParcels.set(one.id, one.version);
  if (before !== undefined && before !== one.version) queueMicrotask(() => flash(element, "changed"));
  return element;
}

function exception(one) {
  return make("li", {},
    make("div", { class: "parcel-head" },
      make("strong", {}, capitalized(one.code.toLowerCase().replaceAll("_", " "))), pill(one.severity)),
    make("p", {}, one.message),
    make("p", { class: "faint" }, one.connection ?? "", time(one.openedAt)),
  );
}

// Words and elements ----------------------------------------------------------------------------

function pill(word) {
  const tone = Object.keys(TONES).find((name) => TONES[name].includes(word)) ?? "plain";
  const text = WORDS[word] ?? capitalized(word.toLowerCase().replaceAll("_", " "));
  return make("span", { class: `pill ${tone}` }, text);
}

const capitalized = (text) => text[0].toUpperCase() + text.slice(1);
const money = (amount, currency) =>
  new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);

function time(iso) {
  const element = make("time", { datetime: iso, title: new Date(iso).toLocaleString() });
  element.textContent = ago(iso);
  return element;
}

function tellTimes() {
  for (const one of document.querySelectorAll("time")) one.textContent = ago(one.dateTime);
}

function ago(iso) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(iso)) / 1000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

function setLive(state, text) {
  $("live").dataset.state = state;
  $("live").textContent = text;
}

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((one) => one !== null && one !== undefined && one !== ""));
  return element;
}
