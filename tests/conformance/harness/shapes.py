"""Reading botocore's service models: which members an input has, whether an answer fits its shape."""

import base64
import binascii
import functools

import botocore.session

ATTRIBUTE_VALUE = "AttributeValue"
COMMON_ERRORS = {
    # Every operation may answer these; the model names only an operation's own.
    "ValidationException", "SerializationException", "UnknownOperationException",
    "AccessDeniedException", "UnrecognizedClientException", "IncompleteSignatureException",
    "MissingAuthenticationTokenException", "InvalidSignatureException", "ThrottlingException",
    "ResourceNotFoundException", "ResourceInUseException", "LimitExceededException",
}


@functools.cache
def service(name="dynamodb"):
    return botocore.session.get_session().get_service_model(name)


def _children(shape):
    """(suffix of the path, shape) of what stands below a shape; values of items stay opaque."""
    if shape.name == ATTRIBUTE_VALUE:
        return []
    if shape.type_name == "structure":
        return [("." + name, member) for name, member in shape.members.items()]
    if shape.type_name == "list":
        return [("[]", shape.member)]
    if shape.type_name == "map":
        return [("{}", shape.value)]
    return []


def member_paths(shape, prefix=""):
    """Paths such as `LocalSecondaryIndexes[].Projection.NonKeyAttributes` of all named members."""
    found = []
    for suffix, child in _children(shape):
        path = prefix + suffix
        if suffix.startswith("."):
            found.append(path.removeprefix("."))
        found += member_paths(child, path)
    return found


def used_paths(shape, value, prefix=""):
    """Those paths of member_paths that a request carries."""
    if shape.name == ATTRIBUTE_VALUE:
        return set()
    found = set()
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, part in value.items():
            if name in shape.members:
                path = f"{prefix}.{name}"
                found |= {path.removeprefix(".")} | used_paths(shape.members[name], part, path)
    elif shape.type_name == "list" and isinstance(value, list):
        for part in value:
            found |= used_paths(shape.member, part, prefix + "[]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for part in value.values():
            found |= used_paths(shape.value, part, prefix + "{}")
    return found


def _is_base64(value):
    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except binascii.Error:
        return False


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


SCALARS = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "long": _is_integer,
    "double": _is_number,
    "float": _is_number,
    "timestamp": _is_number,
    "blob": _is_base64,
}


def problems(shape, value, path="answer"):
    """What in a JSON answer does not fit its output shape."""
    kind = shape.type_name
    if kind == "structure":
        return _structure_problems(shape, value, path)
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path} is no list"]
        parts = [(f"{path}[{i}]", part) for i, part in enumerate(value)]
        return [p for name, part in parts for p in problems(shape.member, part, name)]
    if kind == "map":
        if not isinstance(value, dict):
            return [f"{path} is no map"]
        return [p for key, part in value.items()
                for p in problems(shape.value, part, f"{path}.{key}")]
    if not SCALARS[kind](value):
        return [f"{path} is no {kind}: {value!r:.80}"]
    if getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{path} is {value!r}, none of {shape.enum}"]
    return []


def _structure_problems(shape, value, path):
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    found = [f"{path} lacks {name}" for name in shape.required_members if name not in value]
    if shape.name == ATTRIBUTE_VALUE and len(value) != 1:
        found.append(f"{path} has {len(value)} types")
    for name, part in value.items():
        if name not in shape.members:
            found.append(f"{path}.{name} is not in the model's {shape.name}")
        else:
            found += problems(shape.members[name], part, f"{path}.{name}")
    return found


def error_problems(operation, body):
    """What in an error's body does not fit: its type, its message, members of other errors."""
    kind = body.get("__type", "").rpartition("#")[2]
    shapes = {shape.name: shape for shape in operation.error_shapes}
    if kind not in shapes and kind not in COMMON_ERRORS:
        return [f"{operation.name} does not answer {kind!r}"]
    members = {"__type", "message", "Message"}
    found = []
    for name, part in body.items():
        if name in members:
            if not isinstance(part, str) or not part:
                found.append(f"{kind}.{name} is no text")
        elif kind not in shapes or name not in shapes[kind].members:
            found.append(f"{kind}.{name} is not in the model")
        else:
            found += problems(shapes[kind].members[name], part, f"{kind}.{name}")
    if "message" not in body and "Message" not in body:
        found.append(f"{kind} has no message")
    return found
