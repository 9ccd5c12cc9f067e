// relay-runtime: what relay-compiler made of a connection at the root and of one of a node, read
// page after page into one store.
import Relay from 'relay-runtime';
import { given, headers, say } from './given.mjs';

const { commitLocalUpdate, ConnectionHandler, createOperationDescriptor } = Relay;
const { Environment, fetchQuery, Network, RecordSource, Store } = Relay;

let answered;
const network = Network.create(async ({ id, text, name }, variables) => {
  const named = given.named ? { id } : { query: text, operationName: name };
  const answer = await fetch(given.url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ ...named, variables }),
  });
  answered = await answer.json();
  return answered;
});
const environment = new Environment({ network, store: new Store(new RecordSource()) });
const compiled = async (name) => (await import(`${given.artifacts}/${name}.graphql.js`)).default;

/** Returns, after each page, the nodes that the store has under *key*. */
async function pages(query, key, ofNode) {
  const operation = await compiled(query);
  const states = [];
  for (let after = null; ;) {
    const variables = { id: ofNode, first: 2, after };
    environment.retain(createOperationDescriptor(operation, variables));
    await fetchQuery(environment, operation, variables).toPromise();
    commitLocalUpdate(environment, (store) => {
      const parent = ofNode ? store.get(ofNode) : store.getRoot();
      const edges = ConnectionHandler.getConnection(parent, key).getLinkedRecords('edges');
      states.push(edges.map((edge) => edge.getLinkedRecord('node').getDataID()));
    });
    const { orders } = answered.data.node ?? answered.data;
    if (!orders.pageInfo.hasNextPage) return states;
    after = orders.pageInfo.endCursor;
  }
}

const said = {
  root: await pages('EveryQueryOrdersQuery', 'Every_Query_orders'),
  node: await pages('EveryCustomerOrdersQuery', 'Every_Customer_orders', given.customer),
};
// Of an interface: the type and the id are all that is known of a node.
const node = await compiled('EveryNodeQuery');
await fetchQuery(environment, node, { id: given.customer }).toPromise();
said.again = answered.data.node;
await fetchQuery(environment, node, { id: 'rubbish' }).toPromise();
said.wrong = answered.errors;
say(said);
