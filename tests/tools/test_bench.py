"""The bench's own arithmetic."""

import os
import random
import time
import unittest

from benching import process, report, workloads
from benching.load import Measured


def size(item):
    return sum(len(name) + len(value['S']) for name, value in item.items())


class Bench(unittest.TestCase):
    def test_items_are_of_1_kib(self):
        self.assertEqual(1024, size(workloads.item(7)))
        self.assertEqual(1024, size(workloads.item(7, sort=3)))
        self.assertEqual(40_000, size(workloads.item(7, size=40_000)))

    def test_a_batch_names_no_item_twice(self):
        for body in workloads._batch(random.Random(1)):
            keys = [put['PutRequest']['Item']['pk']['S'] for put in body['RequestItems']['plain']]
            self.assertEqual(25, len(set(keys)))

    def test_bad_answers_hide_the_figures(self):
        good = Measured(1000, 1.0, 1.0, 2.0, 0.5, 100, bad_answers=0, lost=0)
        bad = Measured(1000, 1.0, 1.0, 2.0, 0.5, 100, bad_answers=1, lost=0)
        rows = {'dynamodb-local': report.summarise([good]), 'skerry': report.summarise([good, bad])}
        table = report.load_table('GetItem', rows, None)
        self.assertIn('| skerry | failed: 1 answers', table)
        self.assertIn('| dynamodb-local | 1,000 | 1.00 | 2.00 | 500.0 | 100 | 1.00 |', table)

    def test_cpu_time_of_this_process_is_seen(self):
        before = process.cpu_seconds(os.getpid())
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
        self.assertGreater(process.cpu_seconds(os.getpid()) - before, 0.05)
        self.assertGreater(process.resident_mb(os.getpid()), 1)
