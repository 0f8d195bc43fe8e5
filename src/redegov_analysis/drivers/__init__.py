"""Who joins, and what goes with joining: size, means, place and neighbours."""
