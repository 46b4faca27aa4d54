"""Templates, policies and folders."""
