"""Who the owner is, and who others are: cards and themes, made of current facts and never kept."""
