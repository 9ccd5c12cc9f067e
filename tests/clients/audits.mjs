// graphql-http's own list of what GraphQL over HTTP asks of a server: {id: "ok" | what it expected}.
import { auditServer } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (address, given) =>
  fetch(address, { ...given, headers: { ...given?.headers, authorization: `Bearer ${token}` } });
const results = await auditServer({ url, fetchFn });
const said = (one) => (one.status === 'ok' ? 'ok' : `${one.name}: ${one.reason}`);
console.log(JSON.stringify(Object.fromEntries(results.map((one) => [one.id, said(one)]))));
