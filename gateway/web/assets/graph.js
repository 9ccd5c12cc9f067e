// Asks the graph: queries by fetch, subscriptions as server-sent events over fetch, which, unlike
// EventSource, can send a token.

const KEY = "gateway-token";
const written = document.querySelector('meta[name="gateway-token"]').content;

export class Unauthenticated extends Error {}

export const token = () => written || sessionStorage.getItem(KEY) || "";
export const keepToken = (value) => sessionStorage.setItem(KEY, value);
export const dropToken = () => sessionStorage.removeItem(KEY);

/** Return the data of one operation. Throws Unauthenticated, or an Error with the first message. */
export async function ask(query, variables = {}) {
  const answer = await post({ query, variables }, "application/json");
  return dataOf(await answer.json());
}

/** Give every response of a subscription until the stream ends or `signal` aborts it. */
export async function* subscribe(request, { signal, onOpen, headers } = {}) {
  const answer = await post(request, "text/event-stream", { signal, headers });
  onOpen?.();
  for await (const frame of frames(answer.body)) {
    if (frame.event === "complete") return;
    if (frame.event === "next") yield JSON.parse(frame.data);
  }
}

/** Return the data of a response. Throws as `ask` does. */
export function dataOf(response) {
  const [error] = response.errors ?? [];
  if (!error) return response.data;
  if (error.extensions?.code === "UNAUTHENTICATED") throw new Unauthenticated(error.message);
  throw new Error(error.message);
}

export async function post(request, accept, { signal, headers } = {}) {
  const answer = await fetch("/graphql", {
    method: "POST",
    signal,
    headers: {
      "content-type": "application/json",
      accept,
      ...(token() && { authorization: `Bearer ${token()}` }),
      ...headers,
    },
    body: JSON.stringify(request),
  });
  if (answer.status === 401) throw new Unauthenticated("the token is not valid");
  if (!answer.ok && !isJson(answer)) throw new Error(`the gateway answered ${answer.status}`);
  if (!answer.ok && accept === "text/event-stream") dataOf(await answer.json());
  return answer;
}

const isJson = (answer) => (answer.headers.get("content-type") ?? "").includes("json");

/** Split a body into events. Source: HTML Standard, "Interpreting an event stream". */
async function* frames(body) {
  let text = "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const parts = text.split("\n\n");
      text = parts.pop();
      yield* parts.map(frame);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function frame(text) {
  const found = { event: "", data: "" };
  for (const line of text.split("\n")) {
    const at = line.indexOf(":");
    const name = line.slice(0, at);
    if (name in found) found[name] += line.slice(at + 1).trimStart();
  }
  return found;
}
