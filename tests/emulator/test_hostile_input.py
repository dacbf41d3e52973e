"""Whatever a client sends to any function: a 4xx that names the field, and nothing is changed.

The requests are made from the models of all functions in `main`, so a new function is covered as
soon as it is deployed.
"""

import json
import math
from base64 import urlsafe_b64encode
from contextlib import suppress
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from firebase_admin import auth

from app.kit.roles import Role
from tests.support.deployed import Kind, deployed
from tests.support.export import export
from tests.support.giving import Giving
from tests.support.schemas import (
    alternatives,
    dotted,
    parts,
    replaced,
    resolved,
    sample,
    without,
)
from tests.support.tokens import id_token, staff
from tests.unit.coaching.assessments.samples import WIRE

UID = "hostile"
FINANCE_SEES = {
    "donations_accept_dispute",
    "donations_answer_dispute",
    "donations_refund",
    "payments_dismiss_event",
    "payments_park_event",
    "payments_replay_event",
}
"""Functions for staff who may see everything that their ids lead to."""
WRONG_TYPES = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "number": 1.5,
    "string": "text",
    "array": [],
    "object": {},
}
NO_NUMBERS = (math.nan, math.inf, -math.inf, 2**53, -(2**53), 10**400)
NO_TEXTS = ("a\0b", "\ud800", "a\udfffb")
NO_IDS = (
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/",
    "%2F",
    "a%2Fb",
    "a\\b",
    "a b",
    "a\nb",
    "é",
    "__x__",
    "a" * 200,
)
NO_CURSORS = (
    *("", "a", "ä", "====", "MjAyNw"),
    *(
        urlsafe_b64encode(text).decode()
        for text in (
            b"",
            b"2027-01-15T09:00:00+00:00",
            b"2027-01-15T09:00:00+00:00 ",
            b"2027-01-15T09:00:00+00:00 ..",
            b"2027-01-15T09:00:00+00:00 .",
            b"2027-01-15T09:00:00+00:00 __id__",
            b"2027-01-15T09:00:00+00:00 a/b/c",
            b"2027-01-15T09:00:00+00:00 a\0b",
            b"2027-01-15T09:00:00+00:00 " + b"a" * 1501,
            b"2027-01-15T09:00:00+00:00 \xff",
            b"2027-01-15T09:00:00 a",
            b"0001-01-01T00:00:00+14:00 a",
            b"9999-12-31T23:59:59-14:00 a",
        )
    ),
)


@pytest.fixture
def ann(backend, stripe):
    """Somebody who has something of everything; return all that is stored."""
    submitted = backend.call(
        "assessments_submit", WIRE | {"idempotencyKey": str(uuid4())}, uid="ann"
    )
    backend.deliver("assessments_on_submitted", submitted["assessmentId"])
    plan = {"goals": ["Lead"], "timeframe": "1_month", "idempotencyKey": str(uuid4())}
    backend.call("plans_generate", plan, uid="ann")
    giving = Giving(backend, stripe)
    giving.give(uid="ann", dedication="For Sam")
    giving.deliver_all()
    return export()


@pytest.fixture
def send(backend):
    """Send a body to a function as somebody who is signed in."""
    from app.kit import limits  # reads the environment
    from app.platform.records import vault

    vault.keyring.keys(UID, create=True)  # which a refused call may have needed

    def send(function, body=None, **options):
        limits.buckets.forget()  # else most of it is refused for its number
        headers = {"Authorization": f"Bearer {id_token(UID, **staff(*Role))}"}
        options = {"data": body, "content_type": "application/json", "headers": headers} | options
        return backend.request(function.name, **options)

    with suppress(auth.UidAlreadyExistsError):
        auth.create_user(uid=UID)
    return send


def right(function):
    """Return a request of the right form, with every field."""
    return sample(resolved(function.schema), lambda _: "text")


def wrong_values(path, schema):
    """Yield values that the field at `path` must refuse."""
    options = alternatives(schema)
    types = {option["type"] for option in options}
    yield from (value for name, value in WRONG_TYPES.items() if name not in types)
    for option in options:
        yield from beyond_limits(option)
    if path[-1] == "cursor":
        yield from NO_CURSORS
    yield deep(100)


def beyond_limits(schema):
    """Yield values of the right type that the schema of one type does not allow."""
    match schema:
        case {"type": "string", "enum": _} | {"type": "string", "const": _}:
            yield from ("", "no_such_option", *NO_TEXTS)
        case {"type": "string", "pattern": _}:
            yield from (*NO_IDS, *NO_TEXTS)
        case {"type": "string"}:
            yield from NO_TEXTS
            yield "x" * (schema.get("maxLength", 2**20) + 1)
        case {"type": "integer"}:
            yield from NO_NUMBERS
            yield from (schema["minimum"] - 1, schema["maximum"] + 1)
        case {"type": "array"}:
            item = sample(schema["items"], lambda _: "text")
            yield [item] * (schema.get("maxItems", 30_000) + 1)
            yield from [[]] * bool(schema.get("minItems"))


def deep(levels):
    """Return a list in a list in a list ..."""
    value = "deep"
    for _ in range(levels):
        value = [value]
    return value


def hostile_requests(function):
    """Yield requests with what must be refused, and the field to be named."""
    good = right(function)
    schema = resolved(function.schema)
    required = {(name,) for name in schema.get("required", ())}
    objects = [((), schema)]
    for path, part in parts(schema):
        for value in wrong_values(path, part):
            yield replaced(good, path, value), dotted(path)
        for option in alternatives(part):
            if "properties" in option:
                objects.append((path, option))
                required |= {(*path, name) for name in option.get("required", ())}
    for path in required:
        yield without(good, path), dotted(path)
    for path, _ in objects:
        for name in ("unknown", "__proto__", "uid", "a.b", "a/b", "x" * 300):
            yield replaced(good, (*path, name), 1), dotted((*path, name))[:80]


def refusal(answer):
    """Return what a client is told: status and the fields that are named."""
    error = (answer.get_json(silent=True) or {}).get("error", {})
    return answer.status_code, [problem["field"] for problem in error.get("details") or []]


def unexpected(name, sent, answer, *fields):
    """Return what is wrong with an answer to a hostile request as a list of one text, or none.

    Right is a 400 that names one of `fields` or a part of it, or that the body is too large.
    """
    status, named = refusal(answer)
    right_one = any(f"{n}.".startswith(f"{field}.") for n in named for field in fields)
    if (status == 400 and right_one) or (status == 413 and named == ["body"]):
        return []
    return [f"{name}: {sent[:120]!r} was answered {status} {named}, not 400 {fields}"]


def test_each_field_refuses_what_it_cannot_be(send, ann):
    problems, count = [], 0
    for function in deployed(Kind.CALLABLE):
        for request, field in hostile_requests(function):
            body = json.dumps({"data": request})
            problems += unexpected(function.name, body, send(function, body), field)
            count += 1

    assert problems == []
    assert count > 500
    assert export() == ann


BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"data"',
    "null": b"null",
    "no UTF-8": b'{"data": {"a": "\xff"}}',
    "UTF-16": '{"data": {}}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"data": {}}',
    "no data": b"{}",
    "data twice": b'{"data": {}, "data": {}}',
    "null for data": b'{"data": null}',
    "a list for data": b'{"data": []}',
    "a number for data": b'{"data": 1}',
    "an unpaired surrogate in a name": b'{"data": {"\\ud800": 1}}',
    "NUL in a name": b'{"data": {"a\\u0000b": 1}}',
    "a number beyond all": b'{"data": {"a": 1e999}}',
    "a number of many digits": b'{"data": {"a": ' + b"9" * 5000 + b"}}",
    "lists too deep for a parser": b'{"data": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "a text of 1 MiB": json.dumps({"data": {"a": "x" * 2**20}}).encode(),
    "5 MB": b" " * 5_000_000,
}


def test_a_body_that_is_no_request_is_refused(send, ann):
    """Everywhere where somebody may send a body, tasks and webhooks too."""
    problems = []
    for function in deployed(Kind.CALLABLE, Kind.TASK, Kind.WEBHOOK):
        signature = "Stripe-Signature"
        fields = {Kind.WEBHOOK: (signature,)}.get(function.kind, ("body", "data", "a", "a?b", "?"))
        required = [] if function.request_type is None else function.schema.get("required", [])
        for body in BODIES.values():
            problems += unexpected(function.name, body, send(function, body), *fields, *required)

    assert problems == []
    assert export() == ann


def test_another_content_type_or_method_is_refused(send, ann):
    problems = []
    for function in deployed(Kind.CALLABLE):
        for content_type in ("", "text/plain", "application/x-www-form-urlencoded", "text/json"):
            body = json.dumps({"data": right(function)})
            answer = send(function, body, content_type=content_type)
            problems += unexpected(function.name, content_type, answer, "Content-Type")
    wrong_methods = {
        Kind.CALLABLE: ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"),
        Kind.WEBHOOK: ("GET", "HEAD", "PUT", "DELETE"),
        Kind.TASK: ("GET", "PUT", "DELETE"),
        Kind.SCHEDULE: ("GET", "PUT", "DELETE"),
        Kind.PUBLIC_GET: ("POST", "PUT", "PATCH", "DELETE", "HEAD"),
    }
    for function in deployed(*wrong_methods):
        for method in wrong_methods[function.kind]:
            if refusal(send(function, method=method)) != (405, ["method"]):
                problems.append(f"{function.name} takes {method}")

    assert problems == []
    assert export() == ann


def test_a_uid_that_is_no_place_for_a_document_gets_in_nowhere(send, ann):
    problems = []
    for function in [f for f in deployed(Kind.CALLABLE) if not f.open]:
        for uid in ("..", "a/b", "__uid__", "a" * 129):
            body = json.dumps({"data": right(function)})
            answer = send(function, body, headers={"Authorization": f"Bearer {id_token(uid)}"})
            if answer.status_code != 401:
                problems.append(f"{function.name} answered {answer.status_code} to {uid}")

    assert problems == []
    assert export() == ann


def hostile_queries(function):
    """Yield query strings of a public read, and the field to be named."""
    schema = resolved(function.schema)
    yield from ((f"{quote(name)}=1", name) for name in ("unknown", "__proto__", "data", "a b"))
    yield "x=%00", "x"
    yield "a=1&a=1", "a"
    yield "x=" + "9" * 5000, "query"
    for name, part in schema.get("properties", {}).items():
        values = ["", "no such", "-1", "1.5", "NaN", "9" * 400, "../x", "a/b", "\0", "%", "[]"]
        values += ["٢٠٢٧", "²", "1e5", "null", "2027-13", "2027-00", "0x1"]
        for value in values:
            yield urlencode({name: value}), name
        yield f"{name}=%FF", name
        yield f"{name}=%ED%A0%80", name  # a surrogate
        right_value = sample(part, lambda _: "text")
        yield urlencode([(name, right_value), (name, right_value)]), name


def test_a_query_that_a_public_read_does_not_know_is_refused(backend, ann):
    from app.kit import limits  # reads the environment

    problems = []
    for function in deployed(Kind.PUBLIC_GET):
        for query, field in hostile_queries(function):
            limits.buckets.forget()
            answer = backend.request(function.name, method="GET", query_string=query)
            problems += unexpected(function.name, query, answer, field)

    assert problems == []
    assert export() == ann


def test_the_id_of_anothers_is_answered_like_one_that_does_not_exist(send, ann):
    problems, count = [], 0
    ids = {name.rpartition("/")[2] for name in ann}
    for function in deployed(Kind.CALLABLE):
        if function.name in FINANCE_SEES:
            continue
        schema = resolved(function.schema)
        for path, _ in parts(schema):
            if not str(path[-1]).endswith("Id"):
                continue
            for existing in ids:
                answers = [
                    send(function, json.dumps({"data": replaced(right(function), path, document)}))
                    for document in (existing, "0" * len(existing))
                ]
                told = {(answer.status_code, answer.data) for answer in answers}
                if len(told) != 1 or answers[0].status_code not in {400, 404}:
                    problems.append(f"{function.name} tells of {existing} in {dotted(path)}")
                count += 1

    assert problems == []
    assert count > 2 * len(ids)
    assert export() == ann
