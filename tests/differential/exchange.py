"""Sends a request to both endpoints and says which pairs of outcomes are to be compared.

Pages are followed by each endpoint's own LastEvaluatedKey. A query of a table has one order, so
page is compared with page. A scan has none, and a local index leaves items of equal index key
unordered: there the items of all pages are compared as a whole.
"""

import copy
import dataclasses

import outcome

PAGES_MAX = 200
TABLE_CHANGES = {"CreateTable", "UpdateTable", "DeleteTable"}


@dataclasses.dataclass
class Pair:
    """One comparison: the request as sent last, and both comparable outcomes.

    A query of a local index has the names of what is in the index as `projected`.
    """

    request: dict
    ours: dict
    theirs: dict


def _both(endpoints, requests):
    for endpoint, request in zip(endpoints, requests):
        if request is not None:
            endpoint.send(request)
    return [
        endpoint.receive() if request is not None else None
        for endpoint, request in zip(endpoints, requests)
    ]


def _next_page(request, answer):
    """The request for the page after `answer`, or None."""
    body = answer.json() if answer is not None and answer.status == 200 else None
    if not isinstance(body, dict) or "LastEvaluatedKey" not in body:
        return None
    following = copy.deepcopy(request)
    following["body"]["ExclusiveStartKey"] = body["LastEvaluatedKey"]
    return following


def _follow(endpoints, request):
    """For each endpoint its outcomes, one a page."""
    answers = _both(endpoints, [request, request])
    pages = [[outcome.of(request, answer)] for answer in answers]
    for _ in range(PAGES_MAX):
        requests = [_next_page(request, answer) for answer in answers]
        if requests == [None, None]:
            break
        answers = _both(endpoints, requests)
        for own, answer in zip(pages, answers):
            if answer is not None:
                own.append(outcome.of(request, answer))
    return pages


def _group_ties(items, index_key):
    """Items in order, those of equal index key sorted among themselves."""
    groups = []
    for item in items:
        key = outcome.canonical(item.get(index_key))
        if not groups or groups[-1][0] != key:
            groups.append((key, []))
        groups[-1][1].append(item)
    return [sorted(group, key=outcome.canonical) for _, group in groups]


def _collect(pages, index_key, counted):
    """The pages of one endpoint as one outcome. `index_key` of None: items have no order.

    A page's own counts are compared where a Limit without segments fixes them (`counted`).
    """
    bodies = [page["body"] for page in pages]
    items = [item for body in bodies for item in body.get("Items", [])]
    whole = {name: value for name, value in pages[0].items() if name != "body"}
    whole["scanned"] = sum(body["ScannedCount"] for body in bodies)
    whole["count"] = sum(body["Count"] for body in bodies)
    whole["members"] = sorted({name for body in bodies for name in body} - {"LastEvaluatedKey"})
    if index_key is None:
        whole["items"] = sorted(items, key=outcome.canonical)
    else:
        whole["items"] = _group_ties(items, index_key)
    if counted:
        whole["pages"] = [body["ScannedCount"] for body in bodies]
    if len(pages) == 1:
        whole["capacity"] = bodies[0].get("ConsumedCapacity")
    return whole


def _whole(page):
    return outcome.succeeded(page) and isinstance(page.get("body"), dict)


def _collected_pair(request, pages, index_key, counted):
    for ours, theirs in zip(pages[0], pages[1]):
        if not (_whole(ours) and _whole(theirs)):
            return Pair(request, ours, theirs)
    whole = [_collect(own, index_key, counted) for own in pages]
    if len(pages[0]) != len(pages[1]):
        for own in whole:
            own.pop("capacity", None)
    return Pair(request, whole[0], whole[1])


def _scan(endpoints, request):
    body = request.get("body", {})
    if "ExclusiveStartKey" in body:
        # Where a scan resumes depends on its order: only errors can be compared.
        ours, theirs = (outcome.of(request, answer) for answer in _both(endpoints, [request] * 2))
        if _whole(ours) and _whole(theirs):
            ours = theirs = {"status": 200}
        return [Pair(request, ours, theirs)]
    segments = request.get("segments")
    if not segments:
        pages = _follow(endpoints, request)
        return [_collected_pair(request, pages, None, "Limit" in body)]
    pages = [[], []]
    for segment in range(segments):
        one = {"op": "Scan", "body": {**body, "Segment": segment, "TotalSegments": segments}}
        for own, more in zip(pages, _follow(endpoints, one)):
            own += more
    pair = _collected_pair(request, pages, None, False)
    for own in (pair.ours, pair.theirs):
        own.pop("capacity", None)
    return [pair]


def _index(endpoints, request):
    """The local index that a query names, and the names of all attributes in it."""
    table = endpoints[1].call("DescribeTable", {"TableName": request["body"]["TableName"]})["Table"]
    for index in table.get("LocalSecondaryIndexes", []):
        if index["IndexName"] == request["body"]["IndexName"]:
            keys = table["KeySchema"] + index["KeySchema"]
            others = index["Projection"].get("NonKeyAttributes", [])
            return index, {key["AttributeName"] for key in keys} | set(others)
    return None, set()


def _query(endpoints, request):
    pages = _follow(endpoints, request)
    indexed = isinstance(request.get("body", {}).get("IndexName"), str)
    if indexed and _whole(pages[0][0]) and _whole(pages[1][0]):
        if "ExclusiveStartKey" in request["body"]:
            # Which of the items of equal key come after the given one is nobody's promise.
            return [Pair(request, {"status": 200}, {"status": 200})]
        index, projected = _index(endpoints, request)
        key = index["KeySchema"][-1]["AttributeName"] if index else None
        return [_collected_pair({**request, "projected": projected}, pages, key, True)]
    none = {"status": "no such page"}
    if pages[0][0]["status"] != pages[1][0]["status"]:
        return [Pair(request, pages[0][0], pages[1][0])]  # what follows one of them says no more
    longest = max(len(own) for own in pages)
    padded = [own + [none] * (longest - len(own)) for own in pages]
    return [Pair(request, ours, theirs) for ours, theirs in zip(*padded)]


def perform(endpoints, request):
    """The pairs to be compared after sending `request` to both."""
    if "body" in request and isinstance(request["body"], dict):
        if request["op"] == "Scan":
            return _scan(endpoints, request)
        if request["op"] == "Query":
            return _query(endpoints, request)
    ours, theirs = (outcome.of(request, answer) for answer in _both(endpoints, [request] * 2))
    if request["op"] == "Scan" and _whole(ours) and _whole(theirs):
        return [Pair(request, {"status": 200}, {"status": 200})]  # sent as text: no pages to follow
    if request["op"] in TABLE_CHANGES:
        for endpoint, result in zip(endpoints, (ours, theirs)):
            if outcome.succeeded(result):
                endpoint.wait_until_settled(result["body"]["TableDescription"]["TableName"])
    return [Pair(request, ours, theirs)]
