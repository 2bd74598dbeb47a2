"""Mail: messages, mailboxes, and what is in them."""
