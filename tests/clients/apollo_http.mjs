// Apollo Client without a socket: a subscription whose events are parts of one answer.
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { buy, given, headers, PLACED, say } from './given.mjs';

const types = [];
const noting = (uri, given) =>
  fetch(uri, given).then((answer) => {
    types.push(answer.headers.get('content-type'));
    return answer;
  });
const client = new ApolloClient({
  link: new HttpLink({ uri: given.url, headers, fetch: noting }),
  cache: new InMemoryCache(),
});
const live = await new Promise((resolve, reject) => {
  const heard = [];
  client.subscribe({ query: gql(PLACED), variables: { after: given.after } }).subscribe({
    next: async ({ data, error }) => {
      if (error) reject(error);
      if (heard.push(data.events) === 1) await buy();
      else resolve(heard);
    },
    error: reject,
  });
});
say({ types, live });
process.exit(0);
