"""The book: the executed notebooks as a static site, with what the reader answers in a notebook made to unfold."""
