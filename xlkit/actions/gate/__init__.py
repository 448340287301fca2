"""The mailbox gate: ``run`` takes messages in; the rest is what it does with them, and what is done by hand."""
