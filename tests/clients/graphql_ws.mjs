// graphql-ws: a query, a refusal, a subscription that is live, cut off and gone on with; and what it
// makes of the codes with which sockets are closed.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { buy, CANCEL, given, headers, ORDERS, PLACED, say, sockets } from './given.mjs';

const webSocketImpl = WebSocket;
let socket;
let answered;
const renewed = new Promise((resolve) => { answered = resolve; });
const client = createClient({
  url: sockets,
  webSocketImpl,
  connectionParams: headers,
  retryAttempts: 0,
  on: {
    connected: (opened) => { socket = opened; },
    pong: (_, payload) => answered(payload),
  },
});
const one = async (query, variables) => (await client.iterate({ query, variables }).next()).value;

const said = {
  query: (await one(ORDERS)).data,
  refusal: (await one(CANCEL, { id: given.order })).data,
  invalid: await one('{ nothing }').then(() => [], (errors) => errors),
};

const live = client.iterate({ query: PLACED, variables: { after: given.after } });
const first = (await live.next()).value.data.events;
socket.send(JSON.stringify({ type: 'ping', payload: headers })); // another token, as it were
said.renewed = await renewed;
await buy();
const second = (await live.next()).value.data.events;
client.terminate();
const cut = await live.next().then(() => null, (event) => event.code);
const after = client.iterate({ query: PLACED, variables: { after: first.cursor } });
said.live = [first, second];
said.again = [cut, (await after.next()).value.data.events];
await after.return();
await client.dispose();

// Slow to begin: closed with 4408, which is worth another attempt.
let closed;
const codes = [];
const slow = createClient({
  url: sockets,
  webSocketImpl,
  retryAttempts: 1,
  retryWait: async () => {},
  connectionParams: () => (codes.length ? headers : new Promise((resolve) => { closed = resolve; })),
  on: { closed: (event) => { codes.push(event.code); closed(headers); } },
});
said.slow = (await slow.iterate({ query: '{ viewer { role } }' }).next()).value.data;
await slow.dispose();
said.codes = codes;

// A token that proves nothing: 4403, for good.
const stranger = createClient({
  url: sockets, webSocketImpl, connectionParams: { authorization: 'Bearer x' }, retryAttempts: 3,
  retryWait: async () => {}, shouldRetry: (event) => event.code !== 4403,
});
said.forbidden = await stranger.iterate({ query: ORDERS }).next().then(() => 0, (end) => end.code);
say(said);
