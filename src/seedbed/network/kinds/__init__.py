"""The layers, one file for each kind; ``seedbed.network.layers`` gathers them."""
