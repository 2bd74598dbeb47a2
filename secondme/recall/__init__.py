"""From a question to passages, and from passages to an answer that rests on them or says that it can't."""
