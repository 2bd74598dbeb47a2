"""From Items to what is remembered: cutting passages, and writing them to both stores so that nothing gets lost."""
