"""The places where secondme is used. Each holds a `Me` and adds nothing to what it knows."""
