"""JSON patches (RFC 6902) as railhook makes them: add, replace and remove."""

import copy


def apply(document, patch):
    """A copy of the document with the patch applied; KeyError or IndexError where it does not apply."""
    document = copy.deepcopy(document)
    for operation in patch:
        parent, name = _find_parent(document, operation["path"])
        _CHANGES[operation["op"]](parent, name, operation.get("value"))
    return document


def _find_parent(document, pointer):
    names = [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]
    for name in names[:-1]:
        document = document[_key(document, name)]
    return document, _key(document, names[-1])


def _key(parent, name):
    if not isinstance(parent, list):
        return name
    return len(parent) if name == "-" else int(name)


def _add(parent, name, value):
    if isinstance(parent, list):
        if name > len(parent):
            raise IndexError(name)
        parent.insert(name, value)
    else:
        parent[name] = value


def _replace(parent, name, value):
    parent[name]  # must be there
    parent[name] = value


def _remove(parent, name, _):
    del parent[name]


_CHANGES = {"add": _add, "replace": _replace, "remove": _remove}
