"""What botocore's service model says of a request: wrong JSON types, violated constraints.

An accepted difference asks here whether a request really has the fault that it speaks of.
"""

import base64
import binascii
import functools
import re

import botocore.loaders
import botocore.model

JSON_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "structure": dict,
    "map": dict,
    "list": list,
    "blob": str,
    "timestamp": (int, float),
}


@functools.cache
def _service():
    loader = botocore.loaders.Loader()
    return botocore.model.ServiceModel(loader.load_service_model("dynamodb", "service-2"))


def operations():
    """The names of all operations."""
    return _service().operation_names


def _input_shape(operation):
    return _service().operation_model(operation).input_shape


def _base64(text):
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _right_type(shape, value):
    if shape.type_name in ("integer", "long") and isinstance(value, bool):
        return False
    if not isinstance(value, JSON_TYPES[shape.type_name]):
        return False
    return shape.type_name != "blob" or _base64(value)


def _member_name(name):
    """As the service writes it in the path of a member."""
    return name[:1].lower() + name[1:]


def _children(shape, value, path):
    """Triples of (shape, value or None, path) one level down, in the service's way of writing."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield member, value.get(name), f"{path}.{_member_name(name)}".lstrip(".")
    elif shape.type_name == "map":
        for key, member in value.items():
            yield shape.value, member, f"{path}.{key}.member"
    elif shape.type_name == "list":
        for at, member in enumerate(value, 1):
            yield shape.member, member, f"{path}.{at}.member"


def _size(shape, value):
    """What a shape's min and max bound, or None."""
    if shape.type_name in ("integer", "long"):
        return value
    if shape.type_name in ("string", "list", "map"):
        return len(value)
    return None


def _violates(shape, value):
    bounds, size = shape.metadata, _size(shape, value)
    if size is not None:
        if size < bounds.get("min", size) or size > bounds.get("max", size):
            return True
    if shape.type_name != "string":
        return False
    if "pattern" in bounds and not re.fullmatch(bounds["pattern"], value):
        return True
    return bool(shape.enum) and value not in shape.enum


def _violations(shape, value, path):
    required = shape.metadata.get("required", []) if shape.type_name == "structure" else []
    missing = {_member_name(name) for name in required}
    for child, member, where in _children(shape, value, path):
        if member is None:
            # Lists and maps have no null among their members.
            if shape.type_name != "structure" or where.rpartition(".")[2] in missing:
                yield where
        elif _right_type(child, member):
            if _violates(child, member):
                yield where
            yield from _violations(child, member, where)


def _type_fault(shape, value):
    if not _right_type(shape, value):
        return True
    inner = [(child, member) for child, member, _ in _children(shape, value, "")]
    return any(_type_fault(child, member) for child, member in inner if member is not None)


def has_type_fault(request):
    """Whether a member of the body has a JSON type other than the model's, or is no base64."""
    if not isinstance(request.get("body"), dict) or request["op"] not in operations():
        return False
    return _type_fault(_input_shape(request["op"]), request["body"])


def violations(request):
    """The paths of the members that violate a constraint of the model: required, bounds, pattern,
    enumeration. Paths are written as the service's messages do: keySchema.1.member.keyType.
    """
    if not isinstance(request.get("body"), dict) or request["op"] not in operations():
        return set()
    return set(_violations(_input_shape(request["op"]), request["body"], ""))
