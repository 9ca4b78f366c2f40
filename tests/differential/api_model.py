"""What botocore's service model says of a request: members of wrong JSON type, values outside an
enumeration.

An accepted difference asks here whether a request really has the fault that it speaks of.
"""

import base64
import binascii
import functools

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


def _members(shape, value):
    """Pairs of (shape, value) one level down. A null is as good as absent."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield member, value[name]
    elif shape.type_name == "map":
        for member in value.values():
            if member is not None:
                yield shape.value, member
    elif shape.type_name == "list":
        for member in value:
            if member is not None:
                yield shape.member, member


def _right_type(shape, value):
    if shape.type_name in ("integer", "long") and isinstance(value, bool):
        return False
    if not isinstance(value, JSON_TYPES[shape.type_name]):
        return False
    return shape.type_name != "blob" or _base64(value)


def _any(shape, value, wrong):
    if not _right_type(shape, value):
        return wrong(shape, value, False)
    if wrong(shape, value, True):
        return True
    return any(_any(member, inner, wrong) for member, inner in _members(shape, value))


def has_type_fault(request):
    """Whether a member of the body has a JSON type other than the model's (or is no base64)."""
    if not isinstance(request.get("body"), dict) or request["op"] not in operations():
        return False
    shape = _input_shape(request["op"])
    return _any(shape, request["body"], lambda shape, value, right: not right)


def has_enum_fault(request, name=None):
    """Whether a string stands outside its enumeration; `name` asks for the enumeration's own
    name.
    """

    def wrong(shape, value, right):
        if not right or shape.type_name != "string" or not shape.enum:
            return False
        return value not in shape.enum and name in (None, shape.name)

    if not isinstance(request.get("body"), dict) or request["op"] not in operations():
        return False
    return _any(_input_shape(request["op"]), request["body"], wrong)
