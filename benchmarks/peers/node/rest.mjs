// The upstream: five services that speak REST, in one process, each answer from memory.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";

const { orders, ...by } = JSON.parse(readFileSync(process.env.DATA, "utf8"));
const at = new Map(orders.map((order) => [order.id, order]));
const each = (name) => (query) => query.get("keys").split(",").map((key) => by[name][key]);
const services = {
  "/orders": (query) => {
    const begin = Number(query.get("after") || 0);
    const nodes = orders.slice(begin, begin + Number(query.get("first")));
    return { nodes, pageInfo: { endCursor: String(begin + nodes.length) } };
  },
  "/order": (query) => at.get(query.get("id")),
  "/customers": each("customers"),
  "/variants": each("variants"),
  "/stock": each("stock"),
  "/shipments": each("shipments"),
};

createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const found = services[url.pathname]?.(url.searchParams);
  const body = JSON.stringify(found ?? {});
  response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
  response.end(body);
}).listen(Number(process.env.PORT), "127.0.0.1");
