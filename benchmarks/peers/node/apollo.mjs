import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { resolvers, typeDefs } from "./memory.mjs";

const listen = { host: "127.0.0.1", port: Number(process.env.PORT) };
await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), { listen });
