"""Lambda's event source mappings: between a DynamoDB stream and a function, or an SQS queue and one.

``lifecycle`` is what all mappings share: states, updates, deletion. ``queue_mapping`` is that of a queue:
a ``queue_poller`` receives messages and gathers batches, a ``queue_delivery`` brings one to the function.
Everything else is for streams.

``mapping`` holds the state of one mapping and starts a ``poller`` for each shard that may be read; a
poller reads through a ``source``, gathers batches (``batcher``), and brings them to the function
(``delivery``), whose answers are judged by ``responses``. ``filters``, ``windows``, ``destinations``,
``checkpoint`` and ``parameters`` are one concern each; ``gate`` is how a process waits
so that it can be stopped.

What AWS does not tell, and what is done here instead:

- The backoff between retries doubles from 0.25 s to 60 s; it agrees with the one measurement (C22).
- A bisect halves the batch, the first half being the longer one (C21). Half a batch that fails is
  retried after the shortest backoff.
- A partial response without progress counts as a failed attempt, so that bisect halves the batch (C33).
- A mix of good and bad identifiers fails the whole batch (C31).
- Items go to lanes by a hash of their primary key (C14); a poller reads ahead by one batch for each
  lane; the checkpoint of several lanes is below the oldest record that is not done.
- Records that are too old leave a batch one by one, from the front; the rest goes on.
- Where a batching window passes without a record, the next one starts with the first record read.
- A mapping spends one second in each state of transition; LATEST is the moment when polling starts.
- Tumbling windows together with several lanes are refused (C62).
- A message that is due is received at once: the time of a poll of SQS is not emulated.
- Lambda's stepping back from a queue whose batches fail (fewer at a time) is not emulated.
- Of three or more readers of a shard, two are admitted in each poll interval, in turns (B15).
"""
