"""What each notebook says: its statements, tables and figures, a module for each story."""
