// meros: reads an answer in parts as they arrive.
import { meros } from 'meros/browser'; // for fetch
import { DEFERRED, given, headers, ORDERS, say } from './given.mjs';

async function parts(query, accept) {
  const response = await fetch(given.url, {
    method: 'POST',
    headers: { ...headers, accept, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  }).then((answer) => meros(answer));
  if (!(Symbol.asyncIterator in response)) return (await response.json()).data;
  const found = [];
  for await (const { body, json } of response) found.push(json ? body : `no JSON: ${body}`);
  return found;
}

say({
  parts: await parts(DEFERRED, 'multipart/mixed'),
  whole: await parts(ORDERS, 'multipart/mixed, application/json'),
});
