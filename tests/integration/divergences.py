"""Where DynamoDB Local itself is not DynamoDB: each divergence with the fact that says so.

What DynamoDB Local showed is put right here before it judges. Everything that is not in this table
is compared to the letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..strategies import Call
from . import corrections
from .running import Outcome, Run


@dataclass(frozen=True)
class Divergence:
    """One place where DynamoDB Local 1.25.1 is not the service.

    ``fact`` is an id of the fact sheet, ``SDK`` for the API reference inside botocore, or names the
    third party that tested against AWS. Without
    ``outcome`` or ``value`` the field is not compared with DynamoDB Local at all, but with the fact.
    """

    what: str
    local: str
    service: str
    fact: str
    outcome: Callable[[Call, Outcome], Outcome] | None = None
    value: Callable[[Any], Any] | None = None


KNOWN = (
    Divergence("ApproximateCreationDateTime", local="whole minutes", service="whole seconds", fact="A9"),
    Divergence("awsRegion", local="always ddblocal", service="the region that was asked", fact="A5"),
    Divergence(
        "eventID", local="a UUID with dashes", service="32 hexadecimal digits in the example", fact="A7"
    ),
    Divergence(
        "SequenceNumber",
        local="one counter a server, from 1, padded with zeros",
        service="21 to 40 digits, with gaps",
        fact="A8",
    ),
    Divergence(
        "a number that an update computes",
        local="keeps zeros that say nothing: 370.3680",
        service="trimmed",
        fact="A18",
        value=corrections.plain_numbers,
    ),
    Divergence(
        "a transaction with an update that its item does not allow",
        local="ValidationException",
        service="TransactionCanceledException, with ValidationError among the reasons",
        fact="SDK",
        outcome=corrections.cancelled_by_an_item,
    ),
    Divergence(
        "ConsumedCapacity that nobody asked for",
        local="comes with DeleteItem of a missing item",
        service="comes when it is asked for",
        fact="SDK",
        outcome=corrections.no_capacity_unasked,
    ),
    Divergence(
        "UPDATED_OLD and UPDATED_NEW of an update inside an attribute",
        local="the whole attribute",
        service="what stands at the path, inside the maps and lists that lead there",
        fact="third party: nubo-db/dynoxide issue 36, ExtendDB issue 98",
        outcome=corrections.only_fragments,
    ),
    Divergence(
        "which of several errors of an update is named",
        local="follows a hash of the names",
        service="not established",
        fact="not established",
        outcome=corrections.which_of_several,
    ),
    Divergence(
        "a PartiQL INSERT of an item that is there, in a transaction",
        local="ValidationError among the reasons",
        service="not established: that, or DuplicateItem",
        fact="not established",
        outcome=corrections.duplicate_among_reasons,
    ),
    Divergence(
        "a transaction that names an item twice and has a condition that fails",
        local="is cancelled by the condition",
        service="not established: refused for the item, or cancelled",
        fact="not established",
        outcome=corrections.item_named_twice,
    ),
    Divergence(
        "a PartiQL INSERT of an item that is there",
        local="DuplicateItem",
        service="DuplicateItemException",
        fact="SDK",
        outcome=corrections.duplicate_item,
    ),
    Divergence(
        "a transaction that names an item twice, a number of its key respelled",
        local="taken; so the histories leave it out",
        service="the same number, so the same item: refused",
        fact="A23",
    ),
    Divergence(
        "refusals of reads",
        local="in words of its own",
        service="see texts.py",
        fact="third party: nubo-db/dynamodb-conformance, architect/dynalite",
        outcome=corrections.service_words_of_reads,
    ),
    Divergence(
        "a key of the wrong shape in TransactGetItems",
        local="TransactionCanceledException without reasons",
        service="with ValidationError among the reasons",
        fact="third party: nubo-db/dynamodb-conformance",
        outcome=corrections.cancelled_by_a_key,
    ),
    Divergence(
        "the capacity of a page of nothing",
        local="0",
        service="not established: half a unit, as a GetItem that finds nothing",
        fact="not established",
        outcome=corrections.capacity_of_nothing,
    ),
    Divergence(
        "a key that BatchGetItem does not find",
        local="costs nothing",
        service="costs as much as one that GetItem does not find",
        fact="third party: architect/dynalite test/batchGetItem.js",
        outcome=corrections.missing_keys_cost,
    ),
    Divergence(
        "the capacity that a scan of an index takes",
        local="by whole items",
        service="by what is projected, as in a query",
        fact="AWS's developer guide on secondary indexes",
        outcome=corrections.capacity_of_index_scans,
    ),
    Divergence(
        "the capacity of a query that a local index fetches for",
        local="every item is fetched as soon as one attribute is named",
        service="none, where it projects what is named; not established for items that a filter drops",
        fact="AWS's developer guide on local secondary indexes",
        outcome=corrections.capacity_of_projections,
    ),
    Divergence(
        "LastEvaluatedKey of a query whose Limit is met by the last item that its conditions allow",
        local="missing where an inclusive bound, or a table without sort key, shows that it is the last",
        service="not established: dynalite gives it whenever the limit is met",
        fact="not established",
        outcome=corrections.maybe_more,
    ),
    Divergence(
        "names in the text of a refusal that lists several",
        local="follow a hash",
        service="not established",
        fact="not established",
        outcome=corrections.names_in_any_order,
    ),
    Divergence(
        "a key named twice in BatchGetItem, its number respelled",
        local="taken; so the worlds leave it out",
        service="the same number, so the same item: refused",
        fact="A23",
    ),
    Divergence(
        "refusals of calls that are not well formed",
        local="in words of its own",
        service="see texts.py",
        fact="third party: nubo-db/dynamodb-conformance",
        outcome=corrections.service_words,
    ),
    Divergence(
        "UPDATED_NEW of an upsert of the key alone",
        local="InternalFailure, and the item is there",
        service="not established",
        fact="not established",
        outcome=corrections.internal_failure,
    ),
    Divergence(
        "SIZE and CONVERT as attribute names",
        local="taken in expressions",
        service="reserved words",
        fact="AWS's list of reserved words",
    ),
    Divergence(
        "an update that only removes, of an item that is not there",
        local="makes an item of its key alone, and an INSERT; so the histories ask for the item",
        service="nothing happens",
        fact="A25; third party: ScyllaDB Alternator's tests, which its authors run against AWS too",
    ),
    Divergence(
        "CONTAINS of binary values, in Expected",
        local="bytes that are not UTF-8 are all the same",
        service="looks for the bytes",
        fact="SDK",
    ),
    Divergence(
        "AttributeUpdates that are not well formed, beside Expected",
        local="Expected is checked first, and held to the item",
        service="refused first",
        fact="third party: dynalite's tests, which were run against AWS",
    ),
    Divergence(
        "AttributesToGet of nothing, in Query and Scan",
        local="taken: items of nothing",
        service="refused, as in GetItem",
        fact="third party: dynalite's tests, which were run against AWS",
    ),
    Divergence(
        "the text of a failed condition among the reasons",
        local="now with, now without a final period",
        service="without",
        fact="third party: nubo-db/dynamodb-conformance",
        outcome=corrections.no_final_period,
    ),
)


def outcome_as_the_service(call: Call, outcome: Outcome) -> Outcome:
    """What one call showed on DynamoDB Local, put right by the table above."""
    for divergence in KNOWN:
        if divergence.outcome is not None:
            outcome = divergence.outcome(call, outcome)
        if divergence.value is not None:
            outcome = replace(outcome, answer=divergence.value(outcome.answer))
    return outcome


def as_the_service(calls: tuple[Call, ...], local: Run) -> Run:
    """What DynamoDB Local showed of a history, put right by the table above."""
    outcomes = [outcome_as_the_service(call, one) for call, one in zip(calls, local.outcomes, strict=True)]
    items, records = local.items, local.records
    for divergence in KNOWN:
        if divergence.value is not None:
            items, records = divergence.value(items), divergence.value(records)
    return Run(outcomes, items, records, local.reread)
