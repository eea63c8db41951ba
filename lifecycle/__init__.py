"""The explicit state machines: states, rules, guards and deadlines as data, and the pure functions over them."""
