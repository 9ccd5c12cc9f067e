// The schema, and resolvers that look rows up in memory: no store, no authorization.
import { readFileSync } from "node:fs";

export const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");
const data = JSON.parse(readFileSync(process.env.DATA, "utf8"));

const by = (rows, key) => new Map(rows.map((row) => [row[key], row]));
const grouped = (rows, key) => {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(row[key]);
    group ? group.push(row) : groups.set(row[key], [row]);
  }
  return (value) => groups.get(value) ?? [];
};

const orders = by(data.orders, "id");
const customers = by(data.customers, "id");
const variants = by(data.variants, "sku");
const lines = grouped(data.order_lines, "order_id");
const shipments = grouped(data.shipments, "order_id");
const sources = grouped(data.source_refs, "order_id");
const levels = grouped(data.levels, "sku");
const trackings = grouped(data.trackings, "shipment_id");
const deliveries = grouped(data.deliveries, "shipment_id");
const events = grouped(data.events, "delivery_id");

export const resolvers = {
  Query: {
    orders: (_, { first, after }) => {
      const begin = Number(after ?? 0);
      const nodes = data.orders.slice(begin, begin + first);
      return { nodes, pageInfo: { endCursor: String(begin + nodes.length) } };
    },
    order: (_, { id }) => orders.get(id),
  },
  Order: {
    placedAt: (order) => order.placed_at,
    totals: (order) => ({ total: { amount: order.amount, currencyCode: order.currency_code } }),
    customer: (order) => customers.get(order.customer_id),
    lines: (order) => lines(order.id),
    shipments: (order) => shipments(order.id),
    sourceRefs: (order) => sources(order.id),
  },
  Customer: { firstName: (customer) => customer.first_name },
  Line: {
    unitPrice: (line) => ({ amount: line.unit_amount, currencyCode: line.currency_code }),
    variant: (line) => variants.get(line.sku),
  },
  Variant: { inventoryLevels: (variant) => levels(variant.sku) },
  Level: { location: (level) => ({ code: level.location_code }) },
  Shipment: {
    tracking: (shipment) => trackings(shipment.id),
    deliveries: (shipment) => deliveries(shipment.id),
  },
  Delivery: { events: (delivery) => events(delivery.id) },
  Event: { occurredAt: (event) => event.occurred_at },
};
