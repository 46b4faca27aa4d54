"""Random tables with items, and reads of them: drawn from a seed by the thousand, each world by its number.

`random` and not hypothesis draws them: a world has hundreds of values, and a run goes on after a
difference to show all kinds of them. `world(seed, number)` is the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .strategies import Call, Params
from .value_strategies import BLOBS, NUMBERS, STRINGS, identity

TABLE = "reads"
NOWHERE = "nowhere"
Image = dict[str, dict[str, Any]]

# Signs, magnitudes and spellings; prefixes; U+FFEE, after every emoji in UTF-16 and before them in UTF-8;
# bytes over 0x7f.
KEY_POOL: dict[str, tuple[Any, ...]] = {
    "N": (
        *("0", "1", "1.0", "-1", "-1.5", "9", "10", "100", "-100", "0.001"),
        *("1E+20", "-1E+20", "1E-20", "12345.678"),
    ),
    "S": (
        *("a", "ab", "b", "B", "é", "\uffee", "\N{GRINNING FACE}", "a b", "0", "10", "9"),
        *("z" * 20, "\x01", "~"),
    ),
    "B": (
        *(b"a", b"ab", b"\x00", b"\x00\x01", b"\x7f", b"\x80", b"\xff", b"\xff\x00"),
        *(b"B", b"b", b"0", b"10", b"9"),
    ),
}
TERMS = ("compare", "compare", "exists", "missing", "in", "begins", "contains", "size", "type", "between")
LEGACY_TERMS = (
    *("EQ", "NE", "LT", "LE", "GT", "GE", "NULL", "NOT_NULL", "IN", "CONTAINS", "NOT_CONTAINS"),
    "BEGINS_WITH",
)
SCALARS = {"x": "S", "n": "N", "payload": "B"}
PATHS = (
    *("x", "n", "payload", "flag", "nil", "tags", "sums", "doc", "steps", "status", "a.b", "absent"),
    *(
        "doc.k",
        "doc.deep.k",
        "doc.l[1]",
        "doc.l[0]",
        "doc.gone",
        "steps[0]",
        "steps[2]",
        "steps[1].k",
        "steps[1].n",
    ),
    *("steps[9]", "x.y", "steps[3][0]", "steps[3][1]"),
)
NEED_PLACEHOLDER = {"status", "a.b"}
OPERATORS = ("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with")
LEGACY = {
    "=": "EQ",
    "<": "LT",
    "<=": "LE",
    ">": "GT",
    ">=": "GE",
    "BETWEEN": "BETWEEN",
    "begins_with": "BEGINS_WITH",
}


@dataclass(frozen=True)
class Index:
    """A secondary index: its key attributes and what it projects."""

    name: str
    hash: str
    range: str | None
    projection: str
    local: bool

    def params(self) -> Params:
        """As CreateTable takes it."""
        keys = [{"AttributeName": self.hash, "KeyType": "HASH"}]
        if self.range:
            keys.append({"AttributeName": self.range, "KeyType": "RANGE"})
        projection: Params = {"ProjectionType": self.projection}
        if self.projection == "INCLUDE":
            projection["NonKeyAttributes"] = ["x", "doc"]
        return {"IndexName": self.name, "KeySchema": keys, "Projection": projection}


@dataclass(frozen=True)
class ReadTable:
    """A table's key attributes, the types of all key attributes, and its indexes."""

    types: dict[str, str]
    range: str | None
    indexes: tuple[Index, ...]

    def create_params(self) -> Params:
        """What CreateTable takes."""
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
        if self.range:
            keys.append({"AttributeName": self.range, "KeyType": "RANGE"})
        params: Params = {
            "TableName": TABLE,
            "KeySchema": keys,
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in self.types.items()],
            "BillingMode": "PAY_PER_REQUEST",
        }
        for name, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
            if found := [index.params() for index in self.indexes if index.local == local]:
                params[name] = found
        return params

    @property
    def key_names(self) -> tuple[str, ...]:
        """The names of the table's key attributes."""
        return ("pk", self.range) if self.range else ("pk",)

    def keys_of(self, index: Index | None) -> tuple[str, str | None]:
        """Partition and sort attribute of the table or an index."""
        return (index.hash, index.range) if index else ("pk", self.range)

    def index(self, name: str | None) -> Index | None:
        """The index of this name; None for the table."""
        return next((one for one in self.indexes if one.name == name), None)


@dataclass(frozen=True)
class Read:
    """One read: the call, and whether its pages are followed or its segments gathered."""

    call: Call
    how: str = "once"  # or "pages", "segments"

    def __repr__(self) -> str:
        return repr(self.call) + ("" if self.how == "once" else f"  # {self.how}")


@dataclass
class ReadWorld:
    """A table, the writes that fill it, and the reads."""

    table: ReadTable
    writes: list[Call] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)


def world(seed: int, number: int, reads: int = 16) -> ReadWorld:
    """The world of this number."""
    return _Draws(Random(f"{seed}/{number}")).world(reads)


class Names:
    """The placeholders of one call's expressions."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, dict[str, Any]] = {}

    def path(self, path: str) -> str:
        if path in NEED_PLACEHOLDER:
            placeholder = f"#n{len(self.names)}"
            self.names[placeholder] = path
            return placeholder
        return path

    def value(self, value: dict[str, Any]) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def params(self) -> Params:
        out: Params = {}
        if self.names:
            out["ExpressionAttributeNames"] = self.names
        if self.values:
            out["ExpressionAttributeValues"] = self.values
        return out


class _Draws:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.pick = random.choice
        self.items: dict[Any, Image] = {}
        self.dead: list[Image] = []

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # The world

    def world(self, reads: int) -> ReadWorld:
        self.table = self._table()
        self.pool = {
            name: [{tag: one} for one in self.random.sample(KEY_POOL[tag], 3 if name in ("pk", "g1") else 12)]
            for name, tag in self.table.types.items()
        }
        made = ReadWorld(self.table, list(self._writes()))
        makers: list[Callable[[], Read]] = [
            *[self.query] * 6,
            *[self.scan] * 3,
            self.get, self.batch_get, self.transact_get,
            *[self.invalid] * 4,
        ]  # fmt: skip
        made.reads = [self.pick(makers)() for _ in range(reads)]
        return made

    def _table(self) -> ReadTable:
        types = {"pk": self.pick("SNB")}
        sort = "sk" if self.chance(0.75) else None
        if sort:
            types["sk"] = self.pick("SNB")
        indexes = []
        if sort:
            for number in range(self.pick((0, 1, 2))):
                types[f"l{number}"] = self.pick("SNB")
                indexes.append(Index(f"local-{number}", "pk", f"l{number}", self._projection_type(), True))
        for number in range(self.pick((0, 1, 2))):
            hashed = self.pick(("g1", "g1", "g2", *(("sk",) if sort else ())))
            ranged = self.pick([name for name in (None, "pk", "h1", "h2", "h2") if name != hashed])
            for name in (hashed, ranged):
                if name:
                    types.setdefault(name, self.pick("SNB"))
            indexes.append(Index(f"global-{number}", hashed, ranged, self._projection_type(), False))
        return ReadTable(types, sort, tuple(indexes))

    def _projection_type(self) -> str:
        return self.pick(("KEYS_ONLY", "INCLUDE", "ALL"))

    def _writes(self) -> Iterator[Call]:
        for _ in range(self.pick((0, 1, 3, 8, 15, 30, 60))):
            image = self.image()
            self.items[self._identity(image)] = image
        for number in range(0, len(self.items), 25):
            batch = list(self.items.values())[number : number + 25]
            yield Call(
                "BatchWriteItem", {"RequestItems": {TABLE: [{"PutRequest": {"Item": i}} for i in batch]}}
            )
        for key in self.random.sample(list(self.items), len(self.items) // 6):
            if self.chance(0.5):
                self.dead.append(self.items.pop(key))
                yield Call("DeleteItem", {"TableName": TABLE, "Key": self.key_of(self.dead[-1])})
            else:
                image = self.key_of(self.items[key]) | self.attributes()
                self.items[key] = image
                yield Call("PutItem", {"TableName": TABLE, "Item": image})

    def _identity(self, image: Image) -> Any:
        return tuple(identity(image[name]) for name in self.table.key_names)

    def key_of(self, image: Image) -> Image:
        return {name: image[name] for name in self.table.key_names}

    def image(self) -> Image:
        return {name: self.pick(self.pool[name]) for name in self.table.key_names} | self.attributes()

    def attributes(self) -> Image:
        out: Image = {}
        for name in self.table.types:
            if name not in self.table.key_names and self.chance(0.7):
                out[name] = self.pick(self.pool[name])
        for name, tag in SCALARS.items():
            if self.chance(0.6):
                out[name] = self.scalar(tag) if self.chance(0.9) else self.scalar(self.pick("SNB"))
        extra: dict[str, Callable[[], dict[str, Any]]] = {
            "flag": lambda: {"BOOL": self.chance(0.5)},
            "nil": lambda: {"NULL": True},
            "tags": lambda: {"SS": self.random.sample(["a", "b", "é", "zz"], self.random.randint(1, 3))},
            "sums": lambda: {"NS": self.random.sample(["1", "2.5", "-3", "1E+2"], self.random.randint(1, 3))},
            "status": lambda: self.scalar("S"),
            "a.b": lambda: self.scalar("N"),
            "doc": self._doc,
            "steps": self._row,
            "wide": lambda: {"S": "w" * self.pick((10, 1000, 4000, 5000))},
        }
        for name, make in extra.items():
            if self.chance(0.3):
                out[name] = make()
        return out

    def scalar(self, tag: str) -> dict[str, Any]:
        pools: dict[str, tuple[Any, ...]] = {"S": STRINGS, "N": NUMBERS, "B": BLOBS}
        return {tag: self.pick(pools[tag])}

    def _doc(self) -> dict[str, Any]:
        inner: Image = {"k": self.scalar("S")}
        if self.chance(0.6):
            inner["deep"] = {"M": {"k": self.scalar(self.pick("SNB")), "é": {"NULL": True}}}
        if self.chance(0.6):
            inner["l"] = {"L": [self.scalar(self.pick("SNB")) for _ in range(self.random.randint(0, 3))]}
        return {"M": inner}

    def _row(self) -> dict[str, Any]:
        members = [
            self.scalar("N"),
            {"M": {"k": self.scalar("S"), "n": self.scalar("N")}},
            self.scalar(self.pick("SNB")),
            {"L": [self.scalar("S"), self.scalar("N")]},
        ]
        return {"L": members[: self.random.randint(0, 4)]}

    # Parts of reads

    def some_key(self) -> Image:
        known = list(self.items.values()) * 3 + self.dead
        return self.key_of(self.pick(known)) if known and self.chance(0.8) else self.key_of(self.image())

    def projection(self, names: Names, index: Index | None = None) -> str:
        pool = [*PATHS, *self.table.types]
        if index and index.projection != "ALL" and self.chance(0.8):
            pool = [*self.table.key_names, *self.table.keys_of(index)]
            pool = [name for name in pool if name] + (
                ["x", "doc.k", "doc.l[0]"] if index.projection == "INCLUDE" else []
            )
        chosen: list[str] = []
        for path in dict.fromkeys(self.pick(pool) for _ in range(self.pick((1, 2, 3, 5)))):
            if not any(_overlap(path, other) for other in chosen):
                chosen.append(path)
        return ", ".join(names.path(path) for path in chosen)

    def capacity(self) -> Params:
        kind = self.pick((None, None, "NONE", "TOTAL", "INDEXES"))
        return {"ReturnConsumedCapacity": kind} if kind else {}

    def consistent(self, index: Index | None = None) -> Params:
        return (
            {"ConsistentRead": self.chance(0.5)}
            if not (index and not index.local) and self.chance(0.4)
            else {}
        )

    def filter(self, names: Names, index: Index | None, forbidden: tuple[str | None, ...] = ()) -> str:
        pool = [name for name in (*PATHS, *self.table.types) if name not in forbidden]
        if index and index.projection != "ALL" and self.chance(0.9):
            pool = [
                name for name in self.table.types if name in self._projected(index) and name not in forbidden
            ]
            pool += ["x", "doc.k"] if index.projection == "INCLUDE" else []
        if not pool:
            pool = ["x"]
        text = self._term(names, self.pick(pool))
        for _ in range(self.pick((0, 0, 1, 2))):
            text = f"{text} {self.pick(('AND', 'OR'))} {self._term(names, self.pick(pool))}"
        return text

    def _projected(self, index: Index) -> set[str | None]:
        return {*self.table.key_names, *self.table.keys_of(index)}

    def _term(self, names: Names, path: str) -> str:
        name = names.path(path)
        tag = self.table.types.get(path) or SCALARS.get(path) or self.pick("SNB")
        value = self.pick(self.pool[path]) if path in self.pool else self.scalar(tag)
        kind = self.pick(TERMS)
        not_ = self.pick(("", "", "", "NOT "))
        if kind == "compare":
            return f"{not_}{name} {self.pick(('=', '<>', '<', '<=', '>', '>='))} {names.value(value)}"
        if kind == "in":
            return f"{not_}{name} IN ({names.value(value)}, {names.value(self.scalar(tag))})"
        if kind == "begins":
            return f"{not_}begins_with({name}, {names.value(self.scalar(self.pick('SB')))})"
        if kind == "contains":
            return f"{not_}contains({name}, {names.value(self.scalar(self.pick('SNB')))})"
        if kind == "size":
            return f"{not_}size({name}) > {names.value({'N': self.pick(('0', '1', '2'))})}"
        if kind == "type":
            tags = ("S", "N", "B", "M", "L", "SS", "NS", "BOOL", "NULL")
            return f"{not_}attribute_type({name}, {names.value({'S': self.pick(tags)})})"
        if kind == "between":
            return f"{not_}{name} BETWEEN {names.value({'N': '-2'})} AND {names.value({'N': '50'})}"
        return f"{not_}{'attribute_exists' if kind == 'exists' else 'attribute_not_exists'}({name})"

    def legacy_filter(self, index: Index | None, forbidden: tuple[str | None, ...] = ()) -> Params:
        pool = [
            name
            for name in ("x", "n", "payload", "tags", "absent", *self.table.types)
            if name not in forbidden
        ]
        if index and index.projection != "ALL":
            pool = [
                name for name in self.table.types if name in self._projected(index) and name not in forbidden
            ]
        out: Params = {}
        for name in self.random.sample(pool, min(len(pool), self.pick((1, 1, 2)))):
            tag = self.table.types.get(name) or SCALARS.get(name) or "S"
            value = self.pick(self.pool[name]) if name in self.pool else self.scalar(tag)
            operator = self.pick(LEGACY_TERMS)
            if operator == "BEGINS_WITH" and tag == "N":
                operator = "GE"
            given = [] if operator in ("NULL", "NOT_NULL") else [value]
            out[name] = {"ComparisonOperator": operator} | ({"AttributeValueList": given} if given else {})
        return out

    # Reads

    def get(self) -> Read:
        names = Names()
        params: Params = {"TableName": TABLE, "Key": self.some_key()} | self.capacity() | self.consistent()
        if self.chance(0.6):
            if self.chance(0.2):
                params["AttributesToGet"] = self._attributes_to_get()
            else:
                params["ProjectionExpression"] = self.projection(names)
        return Read(Call("GetItem", params | names.params()))

    def _attributes_to_get(self) -> list[str]:
        pool = ["x", "n", "doc", "status", "absent", "doc.k", *self.table.types]
        return self.random.sample(pool, self.pick((1, 2, 3)))

    def _keys(self, most: int) -> list[Image]:
        found: dict[Any, Image] = {}
        for _ in range(most):
            key = self.some_key()
            found.setdefault(self._identity(key), key)
        return list(found.values())

    def _many_keys(self, count: int) -> list[Image]:
        last = self.table.key_names[-1]
        make: dict[str, Callable[[int], Any]] = {"S": str, "N": str, "B": lambda number: str(number).encode()}
        tag = self.table.types[last]
        return [self.some_key() | {last: {tag: make[tag](number)}} for number in range(1, count + 1)]

    def batch_get(self) -> Read:
        names = Names()
        keys = self._many_keys(100) if self.chance(0.1) else self._keys(self.pick((1, 3, 8, 50)))
        request: Params = {"Keys": keys} | self.consistent()
        if self.chance(0.5):
            if self.chance(0.2):
                request["AttributesToGet"] = self._attributes_to_get()
            else:
                request["ProjectionExpression"] = self.projection(names)
        params = {"RequestItems": {TABLE: request | names.params()}} | self.capacity()
        return Read(Call("BatchGetItem", params))

    def transact_get(self) -> Read:
        gets = []
        for key in self._many_keys(100) if self.chance(0.1) else self._keys(self.pick((1, 2, 5))):
            names = Names()
            get: Params = {"TableName": TABLE, "Key": key}
            if self.chance(0.5):
                get["ProjectionExpression"] = self.projection(names)
            gets.append({"Get": get | names.params()})
        return Read(Call("TransactGetItems", {"TransactItems": gets} | self.capacity()))

    def query(self) -> Read:
        index = self.pick((None, *self.table.indexes))
        legacy = self.chance(0.2)
        names = Names()
        params: Params = {"TableName": TABLE} | ({"IndexName": index.name} if index else {})
        partition, sort = self.table.keys_of(index)
        value = self._known(partition)
        given = self._sort_condition(sort) if sort and self.chance(0.6) else None
        if legacy:
            conditions: Params = {partition: {"ComparisonOperator": "EQ", "AttributeValueList": [value]}}
            if given:
                conditions[str(sort)] = {
                    "ComparisonOperator": LEGACY[given[0]],
                    "AttributeValueList": given[1],
                }
            params["KeyConditions"] = conditions
        else:
            params["KeyConditionExpression"] = self._key_condition(names, partition, value, sort, given)
        forbidden = (partition, sort)
        if self.chance(0.4):
            if legacy:
                params["QueryFilter"] = self.legacy_filter(index, forbidden)
                if len(params["QueryFilter"]) > 1 and self.chance(0.6):
                    params["ConditionalOperator"] = self.pick(("AND", "OR"))
            else:
                params["FilterExpression"] = self.filter(names, index, forbidden)
        params |= self._shown(names, index, legacy) | self.capacity() | self.consistent(index)
        if self.chance(0.4):
            params["ScanIndexForward"] = self.chance(0.3)
        if self.chance(0.15) and not given:
            params["ExclusiveStartKey"] = self._start_key(index, {partition: value})
        how = "once"
        if self.chance(0.5):
            params["Limit"] = self.pick((1, 2, 3, 5, 100))
            how = self.pick(("once", "pages"))
        return Read(Call("Query", params | names.params()), how)

    def _known(self, name: str) -> dict[str, Any]:
        found = [image[name] for image in self.items.values() if name in image]
        return self.pick(found) if found and self.chance(0.9) else self.pick(self.pool[name])

    def _sort_condition(self, sort: str) -> tuple[str, list[dict[str, Any]]]:
        tag = self.table.types[sort]
        operator = self.pick(OPERATORS)
        if operator == "begins_with" and tag == "N":
            operator = "BETWEEN"
        value = self.pick(self.pool[sort])
        if operator == "begins_with":
            return operator, [{tag: self.pick(("a", "b", "9") if tag == "S" else (b"a", b"\x00", b"\xff"))}]
        if operator != "BETWEEN":
            return operator, [value]
        return operator, sorted((value, self.pick(self.pool[sort])), key=order_of)

    def _key_condition(
        self,
        names: Names,
        partition: str,
        value: Params,
        sort: str | None,
        given: tuple[str, list[Params]] | None,
    ) -> str:
        first = (
            f"{partition} = {names.value(value)}"
            if self.chance(0.9)
            else f"{names.value(value)} = {partition}"
        )
        if not given:
            return first
        operator, values = given
        written = [names.value(one) for one in values]
        if operator == "begins_with":
            second = f"begins_with({sort}, {written[0]})"
        elif operator == "BETWEEN":
            second = f"{sort} BETWEEN {written[0]} AND {written[1]}"
        elif self.chance(0.85):
            second = f"{sort} {operator} {written[0]}"
        else:
            mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}[operator]
            second = f"{written[0]} {mirrored} {sort}"
        parts = [first, second] if self.chance(0.9) else [second, first]
        if self.chance(0.1):
            parts = [f"({part})" for part in parts]
        return " AND ".join(parts)

    def _shown(self, names: Names, index: Index | None, legacy: bool) -> Params:
        kind = self.pick(
            (None, None, "projection", "projection", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
        )
        if kind == "projection":
            select: Params = {"Select": "SPECIFIC_ATTRIBUTES"} if self.chance(0.3) else {}
            if legacy:
                return {"AttributesToGet": self._attributes_to_get()} | select
            return {"ProjectionExpression": self.projection(names, index)} | select
        if kind is None or (kind == "ALL_PROJECTED_ATTRIBUTES" and not index):
            return {}
        return {"Select": kind}

    def _start_key(self, index: Index | None, fixed: Image) -> Image:
        image = self.pick([*self.items.values(), *self.dead, self.image()])
        wanted = {*self.table.key_names, *(name for name in self.table.keys_of(index) if name)}
        return {
            name: fixed.get(name) or image.get(name) or self.pick(self.pool[name]) for name in sorted(wanted)
        }

    def scan(self) -> Read:
        index = self.pick((None, *self.table.indexes))
        legacy = self.chance(0.2)
        names = Names()
        params: Params = {"TableName": TABLE} | ({"IndexName": index.name} if index else {})
        if self.chance(0.5):
            if legacy:
                params["ScanFilter"] = self.legacy_filter(index)
                if len(params["ScanFilter"]) > 1 and self.chance(0.6):
                    params["ConditionalOperator"] = self.pick(("AND", "OR"))
            else:
                params["FilterExpression"] = self.filter(names, index)
        params |= self._shown(names, index, legacy) | self.capacity() | self.consistent(index)
        how = self.pick(("once", "pages", "segments"))
        if how == "segments":
            params["TotalSegments"] = self.pick((1, 2, 3, 7))
        if how == "pages" or (how == "segments" and self.chance(0.4)):
            params["Limit"] = self.pick((1, 2, 5, 20))
        return Read(Call("Scan", params | names.params()), how)

    # Reads with one fault

    def invalid(self) -> Read:
        operation = self.pick(
            ("Query", "Query", "Query", "Scan", "Scan", "GetItem", "BatchGetItem", "TransactGetItems")
        )
        if operation in ("Query", "Scan"):
            return self._invalid_walk(operation)
        return Read(self._invalid_get(operation))

    def _invalid_get(self, operation: str) -> Call:
        key = self.some_key()
        names = self.table.key_names
        faults: list[Params] = [
            {"Key": {}},
            {"Key": key | {"zz": {"N": "1"}}},
            {"Key": {**{name: key[name] for name in names[:-1]}, "zz": key["pk"]}},
            {"Key": key | {names[-1]: self._other(names[-1])}},
            {"Key": key | {names[-1]: {"NULL": True}}},
            {"Key": key | {"pk": {self.table.types["pk"]: _EMPTY[self.table.types["pk"]]}}},
            {"ProjectionExpression": self.pick(_BAD_PROJECTIONS)},
            {"ProjectionExpression": "x", "ExpressionAttributeNames": {"#u": "x"}},
            {"ExpressionAttributeNames": {"#u": "x"}},
            {"TableName": NOWHERE},
        ]
        fault = self.pick(faults)
        if operation == "GetItem":
            more: list[Params] = [
                {"ReturnConsumedCapacity": "NOPE"},
                {"AttributesToGet": ["x"], "ProjectionExpression": "x"},
                {"AttributesToGet": ["x", "x"]},
            ]
            fault = self.pick([fault, fault, fault, *more])
            return Call(operation, {"TableName": TABLE, "Key": key} | fault)
        if operation == "TransactGetItems":
            good = {"Get": {"TableName": TABLE, "Key": key}}
            other = [
                {"TransactItems": [good, good]},
                {
                    "TransactItems": [
                        {"Get": {"TableName": TABLE, "Key": one}} for one in self._many_keys(101)
                    ]
                },
                {"TransactItems": [good], "ReturnConsumedCapacity": "NOPE"},
            ]
            one = {"TransactItems": [{"Get": {"TableName": TABLE, "Key": key} | fault}]}
            return Call(operation, self.pick([one, one, one, one, *other]))
        keys = fault.get("Key", key)
        rest = {name: value for name, value in fault.items() if name not in ("Key", "TableName")}
        one = {"RequestItems": {fault.get("TableName", TABLE): {"Keys": [keys]} | rest}}
        other = [
            {"RequestItems": {TABLE: {"Keys": [key, key]}}},
            {"RequestItems": {TABLE: {"Keys": self._many_keys(101)}}},
            {"RequestItems": {TABLE: {"Keys": [key]}}, "ReturnConsumedCapacity": "NOPE"},
            {"RequestItems": {TABLE: {"Keys": [key], "AttributesToGet": ["x"], "ProjectionExpression": "x"}}},
        ]
        return Call(operation, self.pick([one, one, one, one, *other]))

    def _other(self, name: str) -> dict[str, Any]:
        tag = self.pick([one for one in "SNB" if one != self.table.types[name]])
        return {tag: self.pick(KEY_POOL[tag])}

    def _invalid_walk(self, operation: str) -> Read:
        index = self.pick((None, None, *self.table.indexes))
        partition, sort = self.table.keys_of(index)
        base: Params = {"TableName": TABLE} | ({"IndexName": index.name} if index else {})
        if operation == "Query":
            base["KeyConditionExpression"] = f"{partition} = :p"
            base["ExpressionAttributeValues"] = {":p": self._known(partition)}
        walk = operation == "Scan"
        values = base.get("ExpressionAttributeValues", {})

        def with_value(text: str, **more: Any) -> Params:
            return {
                "FilterExpression": text,
                "ExpressionAttributeValues": {**values, ":f": {"S": "a"}},
            } | more

        faults: list[Params] = [
            {"IndexName": "unknown"},
            {"TableName": NOWHERE, "IndexName": None},
            {"Select": "NOPE"},
            {"Select": "SPECIFIC_ATTRIBUTES"},
            {"Select": "COUNT", "ProjectionExpression": "pk"},
            {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "pk"},
            {"Select": "ALL_PROJECTED_ATTRIBUTES", "ProjectionExpression": "pk"},
            {"ReturnConsumedCapacity": "NOPE"},
            {"ProjectionExpression": self.pick(_BAD_PROJECTIONS)},
            {"ExpressionAttributeNames": {"#u": "x"}},
            {"ExpressionAttributeNames": {}} if not walk else {"TotalSegments": 2},
            with_value("x = :g"),
            with_value("x = "),
            with_value("#no = :f"),
            with_value("status = :f"),
            with_value("pk.x = :f"),
            with_value(""),
            with_value("attribute_exists(x)"),
            {"ExpressionAttributeValues": {**values, ":u": {"S": "a"}}},
            {"ExpressionAttributeValues": {**values, ":u": {"N": "one"}}},
            {"ExpressionAttributeValues": {**values, "u": {"S": "a"}}},
            {"ExclusiveStartKey": {"pk": self.pick(self.pool["pk"])} | {name: {"N": "1"} for name in "tuvw"}},
            {"ExclusiveStartKey": {}},
            {"ExclusiveStartKey": {**self._start_key(index, {}), partition: self._other(partition)}},
            {"ConditionalOperator": "OR"},
            {"AttributesToGet": ["x"], "ProjectionExpression": "x"},
        ]  # fmt: skip
        if index is None:
            faults.append({"Select": "ALL_PROJECTED_ATTRIBUTES"})
        elif not index.local:
            faults += [
                {"ConsistentRead": True},
                {"Select": "ALL_ATTRIBUTES"},
                {"ProjectionExpression": "n, steps"},
            ]
        if walk:
            faults += [
                {"Segment": 0},
                {"TotalSegments": 2},
                {"Segment": 2, "TotalSegments": 2},
                {"Segment": 0, "TotalSegments": 1_000_001},
                {"ScanFilter": {"x": {"ComparisonOperator": "EQ"}}},
                {"ScanFilter": {"x": _legacy("BETWEEN", {"N": "2"}, {"N": "1"})}},
                {"ScanFilter": {"x": _legacy("IN", {"N": "2"}, {"S": "1"})}},
                {"ScanFilter": {"x": _legacy("FOO", {"N": "2"})}},
                {"ScanFilter": {"x": _legacy("LT", {"SS": ["a"]})}},
                {"ScanFilter": {"x": _legacy("NULL")}, "ConditionalOperator": "OR"},
                {"ScanFilter": {"x": _legacy("NULL")}, "FilterExpression": "attribute_exists(x)"},
                {"AttributesToGet": ["x", "x"]},
            ]  # fmt: skip
        else:
            faults += [
                *self._bad_key_conditions(partition, sort),
                *self._bad_legacy_conditions(partition, sort),
            ]
            if index is None or index.projection == "ALL":
                faults += [
                    with_value(f"{partition} = :f"),
                    *([with_value(f"size({sort}) > :f")] if sort else []),
                ]
        params = base | self.pick(faults)
        return Read(Call(operation, {name: value for name, value in params.items() if value is not None}))

    def _bad_key_conditions(self, partition: str, sort: str | None) -> Iterator[Params]:
        good = self._known(partition)

        def condition(text: str, **values: Any) -> Params:
            return {
                "KeyConditionExpression": text,
                "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
            }

        for operator in ("<>", "<", ">="):
            yield condition(f"{partition} {operator} :p", p=good)
        yield condition(f"{partition} IN (:p)", p=good)
        yield condition(f"NOT {partition} = :p", p=good)
        yield condition(f"contains({partition}, :p)", p=good)
        yield condition(f"{partition} = :p AND {partition} = :p", p=good)
        yield condition(f"{partition} = :p", p=self._other(partition))
        yield condition(f"{partition} = :p", p={"BOOL": True})
        yield condition(f"{partition} = :q", p=good)
        yield condition(f"{partition} = ", p=good)
        yield condition("", p=good)
        yield condition("nope = :p", p=good)
        yield condition(f"{partition} = :p AND nope = :p", p=good)
        yield condition(f"{partition}.x = :p", p=good)
        yield condition(f"#no = :p", p=good)  # noqa: F541
        yield condition(f"(({partition} = :p))", p=good)
        yield {"KeyConditionExpression": None, "ExpressionAttributeValues": None}
        if sort is None:
            return
        value = self.pick(self.pool[sort])
        yield condition(f"{sort} = :s", s=value)
        yield condition(f"{partition} = :p OR {sort} = :s", p=good, s=value)
        yield condition(f"{partition} = :p AND {sort} <> :s", p=good, s=value)
        yield condition(f"{partition} = :p AND {sort} IN (:s)", p=good, s=value)
        yield condition(f"{partition} = :p AND attribute_exists({sort})", p=good)
        yield condition(f"{partition} = :p AND size({sort}) = :s", p=good, s=value)
        yield condition(f"{partition} = :p AND {sort} = :s", p=good, s=self._other(sort))
        yield condition(f"{partition} = :p AND {sort} > :s AND {sort} < :s", p=good, s=value)
        yield condition(f"{partition} = :p AND begins_with({sort}, :s)", p=good, s={"N": "1"})
        low, high = sorted((value, self.pick(self.pool[sort])), key=order_of)
        if order_of(low) != order_of(high):
            yield condition(f"{partition} = :p AND {sort} BETWEEN :h AND :l", p=good, l=low, h=high)

    def _bad_legacy_conditions(self, partition: str, sort: str | None) -> Iterator[Params]:
        good = self._known(partition)

        def conditions(found: Params, **more: Any) -> Params:
            return {
                "KeyConditionExpression": None,
                "ExpressionAttributeValues": None,
                "KeyConditions": found,
            } | more

        right = {partition: _legacy("EQ", good)}
        yield {"KeyConditions": right}
        yield conditions({})
        yield conditions({partition: _legacy("LT", good)})
        yield conditions({partition: _legacy("EQ")})
        yield conditions({partition: _legacy("EQ", self._other(partition))})
        yield conditions({partition: _legacy("FOO", good)})
        yield conditions({"nope": _legacy("EQ", good)})
        yield conditions(right | {"nope": _legacy("EQ", good)})
        yield conditions(right, QueryFilter={partition: _legacy("EQ", good)})
        yield conditions(right, ConditionalOperator="OR")
        yield conditions(right, AttributesToGet=["x", "x"])
        yield conditions(right, FilterExpression="attribute_exists(x)")
        if sort is None:
            return
        for operator in ("NE", "IN", "CONTAINS"):
            yield conditions(right | {sort: _legacy(operator, self.pick(self.pool[sort]))})
        yield conditions(right | {sort: _legacy("NULL")})


_EMPTY: dict[str, Any] = {"S": "", "B": b"", "N": ""}
_BAD_PROJECTIONS = (
    "",
    "x,",
    "x, x",
    "doc, doc.k",
    "doc.k, doc[0]",
    "#no",
    "status",
    ":v",
    "doc.l[0], doc.l",
    "x y",
)


def _legacy(operator: str, *values: Any) -> Params:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def _overlap(one: str, other: str) -> bool:
    def steps(path: str) -> list[str]:
        return [path] if path == "a.b" else path.replace("[", ".[").split(".")

    first, second = steps(one), steps(other)
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]


def order_of(value: dict[str, Any]) -> Any:
    """A key value's place in the order: numbers by value, strings by their UTF-8, binary by its bytes."""
    tag, inner = identity(value)
    return inner.encode() if tag == "S" else inner
