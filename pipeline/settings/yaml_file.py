"""Settings written in YAML as Python values: the door to yaml for settings."""

from pathlib import Path
from typing import Any

import yaml

from pipeline.domain.errors import ConfigError


class _OnceLoader(yaml.SafeLoader):
    """YAML takes the last of two equal keys; the operator meant one of them, not both."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - as yaml has it
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} stands twice",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml_file(path: Path) -> Any:
    """The values of a file; ConfigError when it cannot be read or is not YAML."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ConfigError(str(path), "(file)", problem) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "(file)", "is not UTF-8 text") from error
    try:
        return yaml.load(text, Loader=_OnceLoader)  # noqa: S506 - a SafeLoader
    except yaml.constructor.ConstructorError as error:
        raise ConfigError(str(path), _line(error), str(error.problem)) from error
    except yaml.YAMLError as error:
        raise ConfigError(str(path), _line(error), "is not valid YAML") from error


def read_yaml_text(text: str) -> Any:
    """The value of a text; the text itself where it is not YAML."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else "(file)"
