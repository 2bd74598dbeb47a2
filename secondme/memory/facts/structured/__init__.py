"""Facts out of what is laid out: fields and tables, contacts and events, tasks, and values that show by their shape."""
