"""Streams: shards and the records they hold, iterators, trimming; what comes out of a table, in order."""
