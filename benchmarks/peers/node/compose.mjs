import { defineConfig } from "@graphql-mesh/compose-cli";
import { loadJSONSchemaSubgraph } from "@omnigraph/json-schema";

const text = { type: "string" };
const list = (items) => ({ type: "array", items });
const object = (title, properties, required = Object.keys(properties)) => ({ title, type: "object", properties, required });

const money = object("Money", { amount: text, currencyCode: text });
const order = object("Order", {
  id: text, number: text, status: text, placedAt: text, customerId: text,
  totals: object("Totals", { total: money }),
  lines: list(object("Line", { id: text, quantity: { type: "integer" }, unitPrice: money, sku: text })),
  sourceRefs: list(object("SourceRef", { system: text, stale: { type: "boolean" } })),
});
const page = object("OrderConnection", { nodes: list(order), pageInfo: object("PageInfo", { endCursor: text }) });
const customer = object("Customer", { id: text, firstName: text, email: text }, ["id"]);
const variant = object("Variant", { sku: text, title: text });
const level = object("Level", { location: object("Location", { code: text }), available: { type: "integer" } });
const stock = object("Stock", { sku: text, levels: list(level) });
const event = object("Event", { status: text, occurredAt: text, location: text }, ["status", "occurredAt"]);
const shipment = object("Shipment", {
  id: text, status: text,
  tracking: list(object("Tracking", { carrier: text })),
  deliveries: list(object("Delivery", { events: list(event) })),
});
const parcels = object("Parcels", { orderId: text, shipments: list(shipment) });

const endpoint = process.env.UPSTREAM;
const get = (field, responseSchema, argTypeMap, path = `/${field}`) => ({
  type: "Query", field, path, method: "GET", responseSchema, argTypeMap,
  queryParamArgMap: Object.fromEntries(Object.keys(argTypeMap).map((name) => [name, name])),
});
const service = (name, ...operations) => ({
  sourceHandler: loadJSONSchemaSubgraph(name, { endpoint, operations, queryStringOptions: { arrayFormat: "comma", encode: true } }),
});
const keys = { keys: list(text) };
const from = (source, key, rest = "") =>
  `@resolveTo(sourceName: "${source}", sourceTypeName: "Query", sourceFieldName: "${source}", keyField: "${key}", keysArg: "keys"${rest})`;

export const composeConfig = defineConfig({
  subgraphs: [
    service("orders", get("orders", page, { first: { type: "integer" }, after: text }), get("order", order, { id: text })),
    service("customers", get("customers", list(customer), keys)),
    service("variants", get("variants", list(variant), keys)),
    service("stock", get("stock", list(stock), keys)),
    service("shipments", get("shipments", list(parcels), keys)),
  ],
  additionalTypeDefs: /* GraphQL */ `
    extend type Order { customer: Customer ${from("customers", "customerId")} }
    extend type Line { variant: Variant ${from("variants", "sku")} }
    extend type Variant { stock: Stock ${from("stock", "sku")} }
    extend type Order { parcels: Parcels ${from("shipments", "id")} }
  `,
});
