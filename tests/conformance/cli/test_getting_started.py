"""The steps of docs/getting-started.md, as written there."""

import json
import pathlib
import re
import shlex

DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / "docs" / "getting-started.md"


def steps():
    """Each `aws dynamodb` command of the document as a list of words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:2] == ["aws", "dynamodb"]:
                yield words[2:]


def test_every_step_works(aws):
    answers = {}
    for words in steps():
        text = aws(*words).text
        answers[words[0]] = json.loads(text) if text.strip() else None
    assert answers["update-item"]["Attributes"]["Awards"] == {"N": "11"}
    assert answers["query"]["Count"] == 1
    assert answers["delete-table"]["TableDescription"]["TableName"] == "Music"
