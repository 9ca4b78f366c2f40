"""What the tests know of the data: acknowledged, under way, and what may therefore be seen.

Each ledger belongs to one thread while writers run, and to the verifier in between. `settle`
compares with what a restarted node shows, returns the faults, and takes what it saw as known: an
unacknowledged write that shows once must show for ever, one that does not must never.
"""

import collections
import threading


class Items:
    """Items whose writers are one thread: each has one known content, or two possible ones."""

    def __init__(self):
        self.known = {}  # key -> item
        self.pending = {}  # key -> item, or None for a delete

    def acknowledge(self):
        for at, item in self.pending.items():
            if item is None:
                self.known.pop(at, None)
            else:
                self.known[at] = item
        self.pending = {}

    def settle(self, seen, whose):
        faults = []
        for at in self.known.keys() | self.pending.keys() | seen.keys():
            allowed = [self.known.get(at)]
            if at in self.pending:
                allowed.append(self.pending[at])
            if seen.get(at) not in allowed:
                faults.append(
                    f"{whose} {at}: shows {_brief(seen.get(at))}, may be "
                    + " or ".join(_brief(item) for item in allowed)
                )
        self.known, self.pending = dict(seen), {}
        return faults


def _brief(item):
    return "nothing" if item is None else repr(item)[:300]


class Shared:
    """What all writers change: a counter, a list of tokens, a number that is compared and set."""

    def __init__(self):
        self._lock = threading.Lock()
        self.count = 0
        self.number = 0
        self.begin(0)

    def begin(self, round_number):
        self.list_key = f"list-{round_number}"
        self.counted = self.counting = 0
        self.tokens = []
        self.pending_tokens = set()
        self.wins = collections.Counter()
        self.pending_wins = set()

    def starts_counting(self):
        with self._lock:
            self.counting += 1

    def has_counted(self):
        with self._lock:
            self.counting -= 1
            self.counted += 1

    def starts_token(self, token):
        with self._lock:
            self.pending_tokens.add(token)

    def has_token(self, token):
        with self._lock:
            self.pending_tokens.discard(token)
            self.tokens.append(token)

    def starts_win(self, number, writer):
        with self._lock:
            self.pending_wins.add((number, writer))

    def ends_win(self, number, writer, won):
        with self._lock:
            self.pending_wins.discard((number, writer))
            self.wins[number] += won

    def settle(self, count, tokens, number):
        faults = self._settle_tokens(tokens)
        low, high = self.count + self.counted, self.count + self.counted + self.counting
        if not low <= count <= high:
            faults.append(f"the counter shows {count}, not {low}..{high}")
        faults += [f"{n} was set by {c} writers" for n, c in self.wins.items() if c > 1]
        possible = {n for n, _ in self.pending_wins} | {n for n, c in self.wins.items() if c}
        for missing in set(range(self.number + 1, number + 1)) - possible:
            faults.append(f"the number shows {number}, but nobody set it to {missing}")
        highest = max((n for n, c in self.wins.items() if c), default=self.number)
        if number < highest:
            faults.append(f"the number shows {number}, but {highest} was acknowledged")
        self.count, self.number = count, number
        return faults

    def _settle_tokens(self, seen):
        times = collections.Counter(seen)
        faults = [f"token {t} shows {c} times" for t, c in times.items() if c > 1]
        faults += [f"token {t} is lost" for t in set(self.tokens) - set(seen)]
        unknown = set(seen) - set(self.tokens) - self.pending_tokens
        faults += [f"token {t} was never written" for t in unknown]
        by_writer = collections.defaultdict(list)
        for token in seen:
            writer, _, sequence = token.partition("-")
            by_writer[writer].append(int(sequence))
        unordered = [writer for writer, s in by_writer.items() if s != sorted(s)]
        faults += [f"tokens of {writer} are out of order" for writer in unordered]
        return faults
