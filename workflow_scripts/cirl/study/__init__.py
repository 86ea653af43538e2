"""A study: its names, its files, and the tables that its stages hand on."""
