collect_ignore = ["services"]  # each is a project of its own: test_services runs them from a wheel
