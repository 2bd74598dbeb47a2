"""Plain text, PDF and Word documents."""
