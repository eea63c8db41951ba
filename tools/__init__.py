"""Programs beside the system: for its bundles and its documentation."""
