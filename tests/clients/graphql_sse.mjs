// graphql-sse, in distinct connections mode.
import { createClient } from 'graphql-sse';
import { buy, CANCEL, given, headers, ORDERS, PLACED, say } from './given.mjs';

const client = createClient({ url: given.url, headers, retryAttempts: 0 });
const one = async (query, variables) => {
  const found = [];
  for await (const answer of client.iterate({ query, variables })) found.push(answer);
  return found; // it ends by itself
};

const query = (await one(ORDERS)).map((answer) => answer.data);
const refusal = (await one(CANCEL, { id: given.order })).map((answer) => answer.data);
const live = client.iterate({ query: PLACED, variables: { after: given.after } });
const first = (await live.next()).value.data.events;
await buy();
const second = (await live.next()).value.data.events;
await live.return();
const after = client.iterate({ query: PLACED, variables: { after: first.cursor } });
const again = (await after.next()).value.data.events;
await after.return();
say({ query, refusal, live: [first, second], again });
client.dispose();
