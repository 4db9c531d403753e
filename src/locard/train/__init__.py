"""Training of the shipped networks (extra ``train``): data, loops, export, model cards."""
