"""Pages: tables and sentences, as HTML."""
