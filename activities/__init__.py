"""What touches the world: one module per external step, thin: check, call a provider, say what came of it."""
