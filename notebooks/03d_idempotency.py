# %% [markdown]
# # 03d. Idempotency: count each change once, however often it comes
#
# At the end of this lesson you can write a handler that counts each change once under duplicates and crashes, and you can say why three common attempts do not.
#
# | time | before this | needs | next |
# |---|---|---|---|
# | 45 minutes | `03b_failures`, `03c_debugging` | no AWS account, no network | `03e_large_batches` |

# %% [markdown]
# You will be able to
#
# 1. **show** what a second delivery does to a counter;
# 2. **refute** a memory that lives in the function;
# 3. **locate** the moment at which a crash loses a change or doubles it;
# 4. **build** a transaction that counts each change once, and read its cancellation reasons;
# 5. **compare** it with the idempotency of Powertools for AWS Lambda.

# %% tags=["parameters"]
seed = 7

# %%
from collections import Counter
from datetime import timedelta

import pandas as pd
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab, plots
from cdc_lab.classroom import begin, checkpoint, predict, reveal
from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.trials import Trials
from cdc_lab.patterns import process_batch, process_with_idempotency

begin("03d_idempotency")
day = load_day("2013-03-08")
hundred = day.changes()[:100]
three = hundred[:3]
truth = pd.Series(Counter(change.attributes["origin"] for change in hundred)).sort_index()
truth.to_dict()

# %% [markdown]
# ## 1. At least once
#
# A board shows how many flights each of New York's airports expects. A function adds one for each flight that is put on the schedule. The first hundred changes of the day are all of that kind, and the line above shows what the board must say in the end.
#
# Two weeks after launch somebody compares the board with the list of flights, and they differ. The logs show no error.
#
# Each change is in the stream exactly once <small>[A35]</small>. But Lambda promises to deliver each record **at least once** <small>[C15]</small>, and with `Faults(duplicates=0.5)` the lab delivers about half of the batches again, although they had succeeded.
#
# `Trials` makes two tables in a lab, `board` and `processed`. Its method `deliver` writes changes to a fresh table, lets a handler process the stream in batches of five, and returns how many flights the board counts.

# %%
lab = Lab(seed=seed, start=day.start)
trials = Trials(lab)
board = trials.board

def one_more(image):
    """The arguments of UpdateItem that add one flight to its airport."""
    return {"Key": {"origin": image["origin"]}, "UpdateExpression": "ADD flights :one",
            "ExpressionAttributeValues": {":one": 1}}

def count_all(event, context):
    return process_batch(event, lambda record: board.update_item(**one_more(record.new_image)))

# %%
predict("03d-count", answer=None)

# %%
total = trials.deliver(count_all, hundred, Faults(seed=seed, duplicates=0.5))
deliveries, outcomes = trials.trace.deliveries, set(trials.trace.invocations["outcome"])
plots.bars_by_group(pd.Series(trials.counts()), truth=truth, unit="flights", by="airport",
                    title=f"Repeated deliveries add up: {total} flights on the board, {len(hundred)} in the CSV")

# %%
reveal("03d-count", "more" if total > len(hundred) else "as many" if total == len(hundred) else "fewer")

# %% [markdown]
# No invocation failed, so there was no error to see, and the board stays wrong. A handler whose result does not change when a record comes again is called **idempotent**. `ADD` is not. What can help: a repeated record has the same `eventID` <small>[A7]</small>.

# %%
once, again = deliveries[deliveries["delivery"] == 1], deliveries[deliveries["delivery"] == 2]
checkpoint(1, {
    "each change was delivered, and some came twice": lambda: len(once) == len(hundred) and len(again) > 0,
    "the second time under the same eventID": lambda: set(again["event_id"]) <= set(once["event_id"]),
    "every invocation succeeded": lambda: outcomes == {"success"},
})

# %% [markdown]
# ## 2. A memory in the function
#
# The shortest memory is a set at module level that holds the ids of the records that were counted. In a test it works.

# %%
lab = Lab(seed=seed, start=day.start)
trials = Trials(lab)
board = trials.board
seen = set()

def count_if_not_seen(record):
    if record.event_id not in seen:
        board.update_item(**one_more(record.new_image))
        seen.add(record.event_id)

def with_a_set(event, context):
    return process_batch(event, count_if_not_seen)

trials.deliver(with_a_set, hundred, Faults(seed=seed, duplicates=0.5))

# %% [markdown]
# On AWS a module's variables live as long as one **execution environment**, the small machine that Lambda starts for your function. Lambda starts and ends environments as it likes, and there may be many at a time. The lab imitates that: with `cold_starts=0.8`, most invocations begin in a fresh environment.

# %%
predict("03d-memory", answer=None)

# %%
with_cold_starts = trials.deliver(with_a_set, hundred, Faults(seed=seed, duplicates=0.5), cold_starts=0.8)
reveal("03d-memory", "more" if with_cold_starts > 100 else "as many" if with_cold_starts == 100 else "fewer")
with_cold_starts

# %% [markdown]
# What an environment remembers ends with it, and other environments never knew it <small>[C13, E7]</small>. The test passed because there was only one environment. So the memory belongs outside of the function, in a table.

# %%
checkpoint(2, {"the set did not survive cold starts": lambda: with_cold_starts > len(hundred)})

# %% [markdown]
# ## 3. A memory in a table
#
# Now there are two writes: the key goes into `processed`, and the flight is added to `board`. In which order? You find both in production code.

# %%
lab = Lab(seed=seed, start=day.start)
trials = Trials(lab)
board, processed = trials.board, trials.processed

def key_first(record):
    try:
        processed.put_item(
            Item={"event_id": record.event_id}, ConditionExpression="attribute_not_exists(event_id)")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return  # counted before
        raise
    board.update_item(**one_more(record.new_image))

def count_first(record):
    if "Item" not in processed.get_item(Key={"event_id": record.event_id}, ConsistentRead=True):
        board.update_item(**one_more(record.new_image))
        processed.put_item(Item={"event_id": record.event_id})

def handler_key_first(event, context):
    return process_batch(event, key_first)

def handler_count_first(event, context):
    return process_batch(event, count_first)

# %% [markdown]
# Duplicates alone harm neither. But an environment can end at any moment: by a timeout, for want of memory, by a crash. `Faults(crash_after=n)` ends it right after the n-th call to AWS took effect. Lambda then delivers the batch again. Three flights are enough to see what happens. We try a crash after each call in turn.

# %%
predict("03d-keyfirst", answer=None)

# %%
table = pd.DataFrame(index=pd.RangeIndex(1, 10, name="crash after call"))
table["key first"] = trials.crash_after_each_step(handler_key_first, three)
table["key first"].to_frame().T

# %%
reveal("03d-keyfirst", int(table["key first"].iloc[0]))

# %% [markdown]
# The crash came between the two writes. The retry found the key, took the flight for counted, and skipped it: the change is **lost**. And the other order?

# %%
predict("03d-effectfirst", answer=None)

# %%
table["count first"] = trials.crash_after_each_step(handler_count_first, three)
reveal("03d-effectfirst", int(table["count first"].max()))
table.T

# %% [markdown]
# Count first, and a crash between the two writes **doubles** the change. Key first, and it loses it <small>[D19]</small>. Neither order is right, because between two writes there is always a moment to crash in.

# %%
checkpoint(3, {
    "key first loses a flight at some moments": lambda: table["key first"].min() == 2,
    "count first doubles one": lambda: table["count first"].max() == 4,
})

# %% [markdown]
# ## 4. Both writes or neither
#
# DynamoDB can carry out up to 100 writes as one **transaction**: all of them or none <small>[D19]</small>. So put the key and the count into one `TransactWriteItems`. The condition says that the key is not there yet. If the condition fails, DynamoDB cancels the whole transaction, and boto3 raises `TransactionCanceledException`. The exception has a list that tells why: `CancellationReasons`.

# %%
lab = Lab(seed=seed, start=day.start)
trials = Trials(lab)
processed = trials.processed
client = processed.meta.client  # the client of a boto3 resource takes Python values
flights = lab.create_table("flights", "flight_id")
three[0].write(flights)
record = lab.read_stream(flights)[0]

def count_once(record):
    client.transact_write_items(TransactItems=[
        {"Put": {"TableName": "processed", "Item": {"event_id": record.event_id},
                 "ConditionExpression": "attribute_not_exists(event_id)"}},
        {"Update": {"TableName": "board", **one_more(record.new_image)}},
    ])

count_once(record)

# %%
predict("03d-reasons", answer=None)

# %%
with lab.expect(ClientError) as caught:
    count_once(record)
reasons = [reason["Code"] for reason in caught.error.response["CancellationReasons"]]
reveal("03d-reasons", reasons)
reasons

# %% [markdown]
# There is one reason for each write, in the order of the writes, and `None` for a write that was not the cause. So a handler must look at the **first** reason. `ConditionalCheckFailed` there means that the record was counted before: return, and all is well. Any other reason means that nothing was written, and the error must get out so that the record comes again. The most common one is `TransactionConflict`: another invocation is writing the same row. boto3 does not retry it <small>[D33]</small>, so your code must.
#
# `process_with_idempotency` of `cdc_lab.patterns` does all of this, and it retries conflicts while the function has time left.

# %%
def in_one_transaction(event, context):
    def count(record):
        effect = {"Update": {"TableName": "board", **one_more(record.new_image)}}
        process_with_idempotency(record, processed, [effect], context=context)

    return process_batch(event, count)

table["transaction"] = trials.crash_after_each_step(in_one_transaction, three)
plots.counted_grid(table.T, len(three), title="Only the transaction counts three flights after every crash")

# %% [markdown]
# Three details decide whether it holds in production:
#
# - **The key** is the `eventID` of the record. Do not use the batch, whose borders move with each retry, and do not use a hash of the content, which two real changes may share. If several functions share the table `processed`, give each its own `consumer=` name, or the first one hides the record from the others.
# - **The row must outlive the last delivery.** A stream delivers a record for up to 24 hours <small>[A38]</small>. The helper keeps the row for 48, then time to live deletes it. `ClientRequestToken`, which DynamoDB offers against repeated transactions, is remembered for ten minutes only <small>[D20]</small>.
# - **The cost.** A transaction counts as two writes of each item <small>[D43]</small>.

# %%
checkpoint(4, {
    "a second delivery is cancelled by the key, not by the count":
        lambda: reasons == ["ConditionalCheckFailed", "None"],
    "no crash changes the count": lambda: set(table["transaction"]) == {3},
})

# %% [markdown]
# ## 5. Powertools beside it
#
# A transaction only holds writes to DynamoDB. For other effects, such as an e-mail or a payment, many teams use the idempotency decorator of **Powertools for AWS Lambda**. It keeps a row for each key: `INPROGRESS` before your function runs, `COMPLETED` after it, and no row if your function raised <small>[D15]</small>. A second run that finds `INPROGRESS` is refused until that row expires, which is after the timeout of the invocation that wrote it <small>[D17]</small>.

# %%
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function)

lab = Lab(seed=seed, start=day.start)
trials = Trials(lab)
board = trials.board

def with_powertools(seconds):
    """A handler whose rows are kept for so many seconds."""
    config = IdempotencyConfig(expires_after_seconds=seconds)
    store = DynamoDBPersistenceLayer(table_name="processed", key_attr="event_id", expiry_attr="expires_at")

    @idempotent_function(data_keyword_argument="event_id", config=config, persistence_store=store)
    def count(event_id, image):
        board.update_item(**one_more(image))

    def handler(event, context):
        config.register_lambda_context(context)
        return process_batch(event, lambda record: count(event_id=record.event_id, image=record.new_image))

    return handler

# %%
predict("03d-powertools", answer=None)

# %%
table["Powertools"] = trials.crash_after_each_step(with_powertools(86_400), three)
reveal("03d-powertools", sorted(set(table["Powertools"].tolist())))
table[["transaction", "Powertools"]].T

# %% [markdown]
# Between the count and the row `COMPLETED` there is a moment to crash in, as in section 3. The row stays `INPROGRESS` and expires, then a retry counts the flight again. So Powertools is *count first*, with a guard against two runs at once. It works for any effect, and it may repeat that effect after a crash: give the payment service the same key, and it can refuse the second payment.
#
# The retries must last longer than the row `INPROGRESS`. With a small `MaximumRetryAttempts` they may all be refused, and then the record is given up. So set an on-failure destination.
#
# How long must the key be kept? A record without an airport, a **poison record**, is stuck behind two good flights. The handler below raises, so the whole batch comes again for 90 minutes.

# %%
def that_raises(handler):
    def raising(event, context):
        if handler(event, context)["batchItemFailures"]:
            raise RuntimeError("a record failed")

    return raising

def stuck_for_90_minutes(seconds):
    """What the board counts when two good flights come again and again for 90 minutes."""
    poison = Faults(poison=(f"flight_id={three[2].flight_id}",))
    return trials.deliver(that_raises(with_powertools(seconds)), three, poison, until=timedelta(minutes=90))

# %%
predict("03d-retention", answer=None)

# %%
counts = {seconds: stuck_for_90_minutes(seconds) for seconds in (600, 3600, 86_400)}
reveal("03d-retention", [seconds for seconds, count in counts.items() if count == 2])
counts

# %% [markdown]
# The default of Powertools is 3,600 seconds. A stream may deliver a record for 24 hours, so for streams set at least 86,400 <small>[D16]</small>. And report the failed record instead of raising: then its good neighbours do not come again at all.

# %%
checkpoint(5, {
    "Powertools doubles a flight at some moments": lambda: set(table["Powertools"]) == {3, 4},
    "keys that are kept for an hour do not protect for 90 minutes": lambda: counts[3600] > 2,
    "keys that are kept for a day do": lambda: counts[86_400] == 2,
})

# %% [markdown]
# ## 6. The whole handler
#
# This is the complete `handler.py`. It counts all hundred flights once, under duplicates, cold starts, lost acknowledgements and three crashes. Its role needs the rights to put into `processed`, to update `board` and to read the stream.

# %%
lab = Lab(seed=seed, start=day.start)
trials = Trials(lab)

# %%
# handler.py
import os

import boto3

from cdc_lab.patterns import process_batch, process_with_idempotency

dynamodb = boto3.resource("dynamodb")
processed_table = dynamodb.Table(os.environ.get("PROCESSED_TABLE", "processed"))
BOARD_TABLE = os.environ.get("BOARD_TABLE", "board")


def one_more_flight(record):
    """The write that counts a flight which was put on the schedule; no write for other changes."""
    if record.event_name != "INSERT":
        return []
    return [{
        "Update": {
            "TableName": BOARD_TABLE,
            "Key": {"origin": record.new_image["origin"]},
            "UpdateExpression": "ADD flights :one",
            "ExpressionAttributeValues": {":one": 1},
        }
    }]


def handler(event, context):
    def count(record):
        writes = one_more_flight(record)
        if writes:
            process_with_idempotency(record, processed_table, writes, consumer="board", context=context)

    return process_batch(event, count)

# %% [markdown]
# `process_batch` stops at the first failure and reports it. Without `ReportBatchItemFailures` in the mapping, Lambda would ignore that report and count the batch as done: every failed record would be lost.

# %%
storm = Faults(seed=seed, duplicates=0.5, lost_acks=0.2, crash_after=(3, 11, 30))
total = trials.deliver(
    handler, hundred, storm, timeout=30, cold_starts=0.5, BatchSize=10, MaximumRetryAttempts=10,
    BisectBatchOnFunctionError=True, FunctionResponseTypes=["ReportBatchItemFailures"],
)
rows = trials.processed.scan()["Items"]
checkpoint(6, {
    "under all faults the board equals the CSV": lambda: trials.counts() == truth.to_dict(),
    "each record left one row": lambda: len(rows) == len(hundred),
})

# %% [markdown]
# ## You can now
#
# - **show** a second delivery with `Faults`, in a run without any error;
# - **refute** a set at module level with cold starts;
# - **locate** the moment between two writes: key first loses, count first doubles;
# - **build** one transaction of key and count, and read its cancellation reasons;
# - **compare** Powertools, which works for any effect and may repeat it after a crash.
#
# Practise with the drills: [drills_03_handlers](exercises/drills_03_handlers.ipynb).
#
# A handler that may be repeated costs little when three records come again, and much when it is a thousand. How large should a batch be? That is `03e_large_batches`.
