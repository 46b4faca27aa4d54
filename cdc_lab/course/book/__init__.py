"""The book: the executed notebooks as a static site, on which questions, hints and solutions unfold."""
