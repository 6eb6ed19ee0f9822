"""Writes dictionaries, lists, strings, numbers and booleans as YAML.

Strings are always quoted, so that none is taken for a number or a boolean.
"""
import json


def dump(value):
    return "".join(line + "\n" for line in _lines(value))


def _scalar(value):
    return json.dumps(value, ensure_ascii=False)


def _lines(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (dict, list)) and item:
                yield key + ":"
                for line in _lines(item):
                    yield "  " + line
            elif isinstance(item, dict):
                yield key + ": {}"
            elif isinstance(item, list):
                yield key + ": []"
            else:
                yield "%s: %s" % (key, _scalar(item))
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                for number, line in enumerate(_lines(item)):
                    yield ("  " if number else "- ") + line
            else:
                yield "- " + _scalar(item)
    else:
        yield _scalar(value)
