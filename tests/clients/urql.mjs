// urql: its Accept header lists every transport there is; subscriptions over graphql-ws.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { buy, CANCEL, DEFERRED, given, headers, ORDERS, PLACED, say, sockets } from './given.mjs';

const asked = [];
const socket = createClient({ url: sockets, webSocketImpl: WebSocket, connectionParams: headers });
const client = new Client({
  url: given.url,
  preferGetMethod: false,
  fetchOptions: { headers },
  fetch: async (url, options) => {
    const answer = await fetch(url, options);
    asked.push([options.headers.accept, answer.headers.get('content-type')]);
    return answer;
  },
  exchanges: [
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
    fetchExchange,
  ],
});
const ok = (result) => {
  if (result.error) throw result.error;
  return result.data;
};
const said = {
  query: ok(await client.query(ORDERS, {}).toPromise()),
  refusal: ok(await client.mutation(CANCEL, { id: given.order }).toPromise()),
  accept: asked[0],
};
said.deferred = await new Promise((resolve, reject) => {
  const states = [];
  client.query(DEFERRED, {}).subscribe((result) => {
    if (result.error) reject(result.error);
    states.push(structuredClone(result.data));
    if (!result.hasNext) resolve(states);
  });
});
said.live = await new Promise((resolve, reject) => {
  const heard = [];
  client.subscription(PLACED, { after: given.after }).subscribe(async (result) => {
    if (result.error) reject(result.error);
    if (heard.push(result.data.events) === 1) await buy();
    else resolve(heard);
  });
});
await socket.dispose();
say(said);
process.exit(0);
