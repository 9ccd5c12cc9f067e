// What the test says on stdin, the documents that all clients run, and somebody who buys.
import { text } from 'node:stream/consumers';

export const given = JSON.parse(await text(process.stdin));
export const headers = { authorization: `Bearer ${given.token}` };
export const sockets = given.url.replace('http', 'ws');

export const ORDERS = 'query Orders { orders { nodes { id number lines { id sku } } } }';
export const DEFERRED =
  'query Deferred { orders { nodes { id number ... @defer { lines { id sku } } } } }';
export const STREAMED =
  'query Streamed { orders { nodes { id number lines @stream(initialCount: 1) { id sku } } } }';
export const CANCEL = `mutation Cancel($id: ID!) {
  orderCancel(input: { idempotencyKey: "k", id: $id, reason: "OTHER" }) { userErrors { code } } }`;
export const PLACED = `subscription Placed($after: String) {
  events(types: ["order.placed"], after: $after) { id cursor type sequence subject } }`;

/** Has the shop tell the gateway of an order that somebody has placed there. */
export async function buy() {
  const { path, body, headers } = given.purchase;
  const answer = await fetch(new URL(path, given.url), { method: 'POST', body, headers });
  if (answer.status !== 202) throw new Error(`the webhook was answered with ${answer.status}`);
}

export function say(what) {
  console.log(JSON.stringify(what));
}
