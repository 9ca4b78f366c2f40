"""Medians, ratios and Markdown tables."""

import statistics

from .systems import BASELINE


def summarise(rounds):
    """The rounds of one load on one system, as one row of figures."""
    operations = sum(measured.operations for measured in rounds)
    return {
        'ops_per_second': statistics.median(m.operations / m.seconds for m in rounds),
        'p50_ms': statistics.median(m.p50_ms for m in rounds),
        'p99_ms': statistics.median(m.p99_ms for m in rounds),
        'cpu_us_per_operation': sum(m.cpu_seconds for m in rounds) / max(operations, 1) * 1e6,
        'resident_mb': max(m.resident_mb for m in rounds),
        'bad_answers': sum(m.bad_answers for m in rounds),
        'lost': sum(m.lost for m in rounds),
    }


def load_table(title, rows, reference):
    """`rows`: summaries by system. `reference`: nginx's summary of this run, or None."""
    lines = [f'### {title}', '',
             '| system | operations/s | p50 ms | p99 ms | CPU µs/operation | resident MB '
             '| × DynamoDB Local | of nginx |',
             '|---|--:|--:|--:|--:|--:|--:|--:|']
    for name, row in rows.items():
        if _failed(row):
            lines.append(f'| {name} | failed: {row["bad_answers"]} answers were not 200, '
                         f'{row["lost"]} requests had none | | | | | | |')
            continue
        lines.append(
            f'| {name} | {row["ops_per_second"]:,.0f} | {row["p50_ms"]:.2f} | {row["p99_ms"]:.2f} '
            f'| {row["cpu_us_per_operation"]:.1f} | {row["resident_mb"]:.0f} '
            f'| {_ratio(row, rows.get(BASELINE))} | {_ratio(row, reference)} |')
    return '\n'.join(lines)


def _failed(row):
    return row['bad_answers'] or row['lost']


def _ratio(row, base):
    if not base or _failed(base):
        return ''
    return f'{row["ops_per_second"] / base["ops_per_second"]:.2f}'


def life_table(found):
    """`found`: system -> {what: figure}."""
    systems = list(found)
    measures = list(dict.fromkeys(what for figures in found.values() for what in figures))
    lines = ['### Life cycle', '', f'| | {" | ".join(systems)} |', '|---|' + '--:|' * len(systems)]
    for what in measures:
        cells = (f'{found[name][what]:,.1f}' if what in found[name] else '' for name in systems)
        lines.append(f'| {what} | {" | ".join(cells)} |')
    return '\n'.join(lines)
