import Fastify from "fastify";
import mercurius from "mercurius";
import { resolvers, typeDefs } from "./memory.mjs";

const app = Fastify();
// jit: 1 compiles a document, with graphql-jit, the second time it is asked for.
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
