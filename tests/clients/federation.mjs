// Apollo Federation 2: the gateway composed with another Relay subgraph, which adds reviews to its
// orders; and a supergraph over both. One graphql for all: what they are made of is CommonJS.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { buy, given, headers, say, sockets } from './given.mjs';

const require = createRequire(import.meta.url);
const { composeServices } = require('@apollo/composition');
const { ApolloGateway, RemoteGraphQLDataSource } = require('@apollo/gateway');
const { buildSubgraphSchema } = require('@apollo/subgraph');
const { parse } = require('graphql');
const { createHandler } = require('graphql-http/lib/use/http');

const REVIEWS = parse(`
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  interface Node { id: ID! }
  type PageInfo @shareable {
    hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Review implements Node @key(fields: "id") { id: ID! text: String! order: Order }
  type ReviewEdge { cursor: String! node: Review! }
  type ReviewConnection { edges: [ReviewEdge!]! pageInfo: PageInfo! }
  type Order implements Node @key(fields: "id") {
    id: ID! reviews(first: Int, after: String): ReviewConnection! }
  type Query { node(id: ID!): Node reviews: [Review!]! }`);
const reviews = given.orders.map((id, place) => ({
  id: `review-${place}`, text: `read ${place}`, order: { __typename: 'Order', id },
}));
const page = (rows) => ({
  edges: rows.map((node) => ({ cursor: node.id, node })),
  pageInfo: { hasNextPage: false, hasPreviousPage: false },
});
const schema = buildSubgraphSchema({
  typeDefs: REVIEWS,
  resolvers: {
    Query: {
      reviews: () => reviews,
      // An id of the gateway's says by its first letters what it is of; the rest is asked of it.
      node: (_, { id }) => ({ __typename: id.startsWith('order_') ? 'Order' : 'Review', id }),
    },
    Order: { reviews: ({ id }) => page(reviews.filter(({ order }) => order.id === id)) },
  },
});
const server = createServer(createHandler({ schema }));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const other = `http://127.0.0.1:${server.address().port}/graphql`;

const post = async (url, body) => {
  const type = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers: { ...headers, ...type }, body: JSON.stringify(body) };
  return (await fetch(url, init)).json();
};
const told = await post(given.url, { query: '{ _service { sdl } }' });
const alone = composeServices([
  { name: 'commerce', url: given.url, typeDefs: parse(told.data._service.sdl) },
]);
const composed = composeServices([
  { name: 'commerce', url: given.url, typeDefs: parse(told.data._service.sdl) },
  { name: 'reviews', url: other, typeDefs: REVIEWS },
]);
const said = { errors: [alone, composed].map((one) => (one.errors ?? []).map(String)) };

const asked = [];
let plan;
class Source extends RemoteGraphQLDataSource {
  willSendRequest({ request }) {
    for (const [name, value] of Object.entries(headers)) request.http.headers.set(name, value);
    asked.push([this.url === other ? 'reviews' : 'commerce', request.query.includes('_entities')]);
  }
}
const gateway = new ApolloGateway({
  supergraphSdl: composed.supergraphSdl,
  buildService: ({ url }) => new Source({ url }),
  experimental_didResolveQueryPlan: ({ queryPlan }) => { plan = queryPlan; },
  logger: { debug() {}, info() {}, warn: console.error, error: console.error },
});
const { executor, schema: supergraph } = await gateway.load();
const ask = async (query) => {
  asked.length = 0;
  const answer = await executor({
    document: parse(query), queryHash: query, request: { query }, operationName: null,
    context: {}, metrics: {}, schema: supergraph, logger: console,
    cache: { get: async () => undefined, set: async () => undefined, delete: async () => true },
  });
  return { answer, asked: [...asked] };
};
const READ = 'reviews { edges { node { text } } pageInfo { hasNextPage } }';
said.theirs = await ask(`{ orders { nodes { number ${READ} } pageInfo { hasNextPage } } }`);
said.ours = await ask('{ reviews { text order { number lines { sku } } } }');
said.node = await ask(`{ node(id: "${given.orders[0]}") { id ... on Order { number } } }`);

// It leaves subscriptions to other routers, which do as it has planned: the event from whose field
// it is, then the entities of it from the others.
const FOLLOW = `subscription { orderUpdated(after: "${given.after}") { order { number ${READ} } } }`;
said.refused = await ask(FOLLOW).then(() => null, (error) => error.message);
const { primary, rest: { nodes: [{ node: rest }] } } = plan.node;
const client = createClient({
  url: sockets, webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0,
});
said.live = [];
for await (const { data } of client.iterate({ query: primary.operation })) {
  const { __typename, id, number } = data.orderUpdated.order;
  const variables = { representations: [{ __typename, id }] };
  const found = await post(other, { query: rest.operation, variables });
  said.live.push([primary.serviceName, rest.serviceName, number, found.data._entities[0]]);
  if (said.live.length === 2) break;
  await buy();
}
await client.dispose();
await gateway.stop();
server.close();
say(said);
process.exit(0);
