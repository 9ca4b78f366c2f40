"""Every answer that the Python suite got fits the model's output shape."""

import json

import pytest

from harness import shapes


@pytest.mark.parametrize("operation", shapes.service().operation_names)
def test_answers_fit_the_model(operation, calls):
    model = shapes.service().operation_model(operation)
    found = set()
    for call in calls:
        if call["operation"] != operation:
            continue
        body = json.loads(call["body"]) if call["body"] else {}
        if call["status"] != 200:
            wrong = shapes.error_problems(model, body)
        elif model.output_shape is None:
            wrong = [f"{operation} answers {body}"] if body else []
        else:
            wrong = shapes.problems(model.output_shape, body)
        found |= {f"{problem} (in {call['test']})" for problem in wrong[:5]}
    assert not found, "\n".join(sorted(found)[:20])
