"""A YAML file as fields that are all text: the door to yaml for rounds."""

from pathlib import Path
from typing import Any

import yaml

from pipeline.adapters.round_definitions.round_fields import Fields, Tree, as_fields
from pipeline.domain.errors import ConfigError

# in C where PyYAML was built with it: a tenth of the time, felt in every command
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TextLoader(_SafeLoader):  # type: ignore[misc]
    """Every plain scalar is text."""

    yaml_implicit_resolvers: dict[str, object] = {}  # noqa: RUF012 - as yaml has it


def read_yaml(path: Path) -> Fields:
    """The fields of a file; ConfigError (file, line, problem) at the first mistake."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=_TextLoader)
    except OSError as error:
        raise ConfigError(str(path), "the file", f"cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "the file", "is not UTF-8 text") from error
    except yaml.YAMLError as error:
        line = " ".join(str(error).split())
        raise ConfigError(str(path), "the file", f"is not YAML: {line}") from error
    tree = _tree(str(path), node, set()) if node is not None else ""
    return as_fields(str(path), "", tree)


_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


def _tree(source: str, node: yaml.Node, seen: set[int]) -> Tree:
    line = f"line {node.start_mark.line + 1}"
    if id(node) in seen:
        raise ConfigError(source, line, "aliases (*name) are not taken")
    seen.add(id(node))
    if node.tag not in _PLAIN:
        raise ConfigError(source, line, f"the tag {node.tag} is not taken")
    if isinstance(node, yaml.MappingNode):
        return _mapping(source, node, seen)
    if isinstance(node, yaml.SequenceNode):
        return [_tree(source, item, seen) for item in node.value]
    return str(node.value)


def _mapping(source: str, node: yaml.MappingNode, seen: set[int]) -> Tree:
    found: dict[str, Tree] = {}
    for key_node, value_node in node.value:
        line = f"line {key_node.start_mark.line + 1}"
        key = _tree(source, key_node, seen)
        if not isinstance(key, str):
            raise ConfigError(source, line, "a key must be a text")
        if key in found:
            raise ConfigError(source, line, f"the key {key!r} stands twice")
        found[key] = _tree(source, value_node, seen)
    return found
