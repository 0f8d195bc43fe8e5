"""Where the network is heading: growth curves, a count process, and how well it all foresaw."""
