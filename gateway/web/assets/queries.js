// The tabs that GraphiQL opens with. A test runs each against the schema.

export const UNIFIED = `# One list of every system's orders, newest first.
query UnifiedOrders {
  orders(first: 10) {
    nodes {
      number
      placedAt
      channel { name kind }
      customer { firstName lastName }
      totals { total { amount currencyCode } }
      paymentStatus
      fulfillmentStatus
      sourceRefs { system connection externalId fetchedAt stale }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

export const ONE = `# One order in full: what was bought, who works on it, where its parcels are.
query OneOrder($id: ID!) {
  order(id: $id) {
    number
    status
    version
    customer {
      firstName
      lastName
      identities { system connection evidence }
      orders(first: 5) { nodes { number channel { name } } }
    }
    lines {
      title
      sku
      counters { ordered canceled fulfilled delivered returned }
      total { amount currencyCode }
      variant { inventoryLevels { location { name } available } }
    }
    fulfillmentOrders { status requestStatus stage fulfiller location { name } }
    shipments {
      status
      tracking { number carrier url }
      deliveries { status events { occurredAt status description location } }
    }
    refunds { amount { amount } status }
    events(first: 20) { nodes { occurredAt type connection } }
    sourceRefs { system externalId url }
  }
}
`;

export const STOCK = `# Stock by item and place, and what each system counts.
query Stock($skus: [String!]) {
  inventoryLevels(skus: $skus, first: 20) {
    nodes {
      sku
      location { code name type }
      quantities { onHand committed available }
      isAgreed
      counts { connection quantities { onHand } }
    }
  }
}
`;

export const LIVE = `# Press play and wait: every change of every order, as it happens. It goes on
# from any cursor that you give as "after", without a gap.
subscription LiveOrders {
  orderUpdated {
    cursor
    event { type occurredAt }
    order {
      number
      channel { name }
      paymentStatus
      fulfillmentStatus
    }
  }
}
`;

export const CANCEL = `# Cancels in the system that sold it. The same key again is the same request.
mutation Cancel($input: OrderCancelInput!) {
  orderCancel(input: $input) {
    order { number status cancelReason version }
    effects { connection command state error }
    userErrors { code message path retryable }
  }
}
`;

export const HEALTH = `# How the connected systems are, and what waits for them.
query Health {
  connections {
    id
    name
    status
    latencyMs
    errorRate
    lastOkAt
    lastError
    backlog { deliveries quarantined effects failedEffects unknownEffects }
    pulls { kind mode records completedAt }
  }
  exceptions(first: 10) {
    nodes { code severity message openedAt connection }
  }
}
`;
