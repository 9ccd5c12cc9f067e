// Apollo Client 4: queries over HTTP, persisted and whole; answers in parts, in both of the formats
// that it knows; subscriptions over graphql-ws.
import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import {
  buy, CANCEL, DEFERRED, given, headers, ORDERS, PLACED, say, sockets, STREAMED,
} from './given.mjs';

const http = new HttpLink({ uri: given.url, headers });
const client = (link, incrementalHandler) =>
  new ApolloClient({ link, cache: new InMemoryCache(), incrementalHandler });
const whole = client(http);
const said = {
  query: (await whole.query({ query: gql(ORDERS) })).data,
  refusal: (await whole.mutate({ mutation: gql(CANCEL), variables: { id: given.order } })).data,
};

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const sent = [];
const noted = (uri, given) => {
  sent.push(Object.keys(JSON.parse(given.body)).filter((name) => name === 'query').length);
  return fetch(uri, given);
};
const byHash = new PersistedQueryLink({ sha256 }).concat(
  new HttpLink({ uri: given.url, headers, fetch: noted }),
);
said.persisted = [];
for (const _ of [1, 2]) {
  said.persisted.push((await client(byHash).query({ query: gql(ORDERS) })).data);
}
said.sent = sent; // by its hash alone, then with the document, then by its hash

/** All that is shown on the way to the whole answer, and the type in which it comes. */
async function shown(handler, query) {
  const types = [];
  const noting = (uri, given) =>
    fetch(uri, given).then((answer) => {
      types.push(answer.headers.get('content-type'));
      return answer;
    });
  const link = new HttpLink({ uri: given.url, headers, fetch: noting });
  const states = [];
  await new Promise((resolve, reject) => {
    const watched = client(link, handler).watchQuery({ query: gql(query) });
    watched.subscribe({
      next: (result) => {
        if (result.error) reject(result.error);
        if (result.data?.orders) states.push(result.data);
        if (result.dataState === 'complete') resolve();
      },
      error: reject,
    });
  });
  return { types, states };
}
said.deferred = {
  legacy: await shown(new Defer20220824Handler(), DEFERRED),
  current: await shown(new GraphQL17Alpha9Handler(), DEFERRED),
};
said.streamed = {
  legacy: await shown(new Defer20220824Handler(), STREAMED),
  current: await shown(new GraphQL17Alpha9Handler(), STREAMED),
};

const socket = createClient({ url: sockets, webSocketImpl: WebSocket, connectionParams: headers });
const live = client(new GraphQLWsLink(socket));
said.live = await new Promise((resolve, reject) => {
  const heard = [];
  const following = live.subscribe({ query: gql(PLACED), variables: { after: given.after } });
  following.subscribe({
    next: async ({ data, error }) => {
      if (error) reject(error);
      if (heard.push(data.events) === 1) await buy();
      else resolve(heard);
    },
    error: reject,
  });
});
await socket.dispose();
say(said);
process.exit(0);
