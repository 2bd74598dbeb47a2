"""Conversations: phone chats, work chats, assistants."""
