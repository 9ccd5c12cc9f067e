"""The parts of the simulator: its state, its shoppers, its GraphQL, its writes, its webhooks."""
