// GraphiQL over this gateway, with queries that are worth a look.

import { ask, post, subscribe } from "./graph.js";
import { CANCEL, HEALTH, LIVE, ONE, STOCK, UNIFIED } from "./queries.js";

const { React, ReactDOM, GraphiQL } = window;

const RECENT = `query Recent {
  newest: orders(first: 1) { nodes { id } }
  open: orders(first: 1, filter: { status: [CONFIRMED], fulfillmentStatus: [UNFULFILLED, IN_PROGRESS] }) {
    nodes { id }
  }
  sent: orders(first: 1, filter: { fulfillmentStatus: [FULFILLED, PARTIALLY_FULFILLED] }) {
    nodes { id }
  }
}`;

/** Answer GraphiQL: one response, or an iterable of a subscription's. */
function fetcher(request, { headers, documentAST } = {}) {
  if (isSubscription(request, documentAST)) return live(request, headers);
  return post(request, "application/json", { headers }).then((answer) => answer.json());
}

function isSubscription({ operationName }, document) {
  return document?.definitions.some((one) => one.operation === "subscription" &&
    (!operationName || one.name?.value === operationName)) ?? false;
}

/** A subscription that can be stopped while it waits: a generator could not be. */
function live(request, headers) {
  const stop = new AbortController();
  const events = subscribe(request, { signal: stop.signal, headers });
  const over = { done: true, value: undefined };
  return {
    [Symbol.asyncIterator]() { return this; },
    next: () => events.next().catch((error) => {
      if (stop.signal.aborted) return over;
      throw error;
    }),
    return: async () => { stop.abort(); return over; },
  };
}

/** Ids to begin with, where whoever looks may see orders. */
async function recent() {
  try {
    const { newest, open, sent } = await ask(RECENT);
    const [any] = newest.nodes;
    return { open: (open.nodes[0] ?? any)?.id, sent: (sent.nodes[0] ?? any)?.id };
  } catch {
    return {};
  }
}

const json = (value) => JSON.stringify(value, null, 2);

async function main() {
  const { open = "", sent = "" } = await recent();
  const named = new URLSearchParams(location.hash.slice(1)).get("order");
  const input = { idempotencyKey: crypto.randomUUID?.() ?? `${Date.now()}`, id: open, reason: "CUSTOMER" };
  const tabs = [
    { query: UNIFIED },
    { query: ONE, variables: json({ id: named ?? sent }) },
    { query: STOCK, variables: json({ skus: null }) },
    { query: LIVE },
    { query: CANCEL, variables: json({ input }) },
    { query: HEALTH },
  ];
  const home = React.createElement("a", { className: "home", href: "/" }, "Unified commerce");
  const props = {
    fetcher,
    defaultTabs: named ? [tabs[1], ...tabs.filter((one) => one !== tabs[1])] : tabs,
    storage: nothingKept(),
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: "variables",
  };
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, props, React.createElement(GraphiQL.Logo, null, home)),
  );
}

/** Tabs are made anew: ids of yesterday's demo would only be in the way. */
function nothingKept() {
  const held = new Map();
  return {
    get length() { return held.size; },
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => held.set(key, value),
    removeItem: (key) => held.delete(key),
    clear: () => held.clear(),
  };
}

main();
