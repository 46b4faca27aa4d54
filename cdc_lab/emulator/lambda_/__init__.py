"""Lambda: functions, their environments, invocations, and event source mappings."""
