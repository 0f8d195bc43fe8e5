"""From raw tables to tables that can be trusted, with every refused row kept and explained."""
