"""How things are shown in a notebook: tables, records, expected errors."""
