"""Writes src/families/defaults.json: the values that published configuration classes give to fields which
a config.json leaves out.

    pip install transformers==5.18.0
    python packages/model-graph/scripts/defaults.py

For each `model_type` that a file under src/families names, those fields are kept whose names stand in
src/config or src/families, so that a field which the reading begins to use gets its defaults when this runs
again. Defaults of None, and lists, which classes compute, are left out.
"""

import dataclasses
import json
import re
from pathlib import Path

import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

SRC = Path(__file__).parent.parent / "src"


def sources(folder):
    return "\n".join(path.read_text() for path in sorted((SRC / folder).glob("*.ts")))


FAMILIES = sources("families")
FIELDS = set(re.findall(r"'([a-z_0-9A-Z]+)'", sources("config") + FAMILIES)) - {"model_type"}
WORDS = set(re.findall(r"\w+", FAMILIES))


def classes():
    """Every configuration class by its `model_type`, those of nested configurations too."""
    found = {}
    for name in CONFIG_MAPPING.keys():
        try:
            pending = [CONFIG_MAPPING[name]]
        except Exception:
            continue
        while pending:
            cls = pending.pop()
            found.setdefault(cls.model_type.replace("-", "_"), cls)
            nested = getattr(cls, "sub_configs", {}).values()
            pending += [sub for sub in nested if getattr(sub, "model_type", "") not in ("", cls.model_type)]
    return found


def defaults(cls):
    values = {}
    for field in dataclasses.fields(cls):
        value = field.default
        if field.name in FIELDS and isinstance(value, (bool, int, float, str)):
            values[field.name] = value
    return values


by_type = {name: defaults(cls) for name, cls in sorted(classes().items()) if name in WORDS}
document = {
    "source": f"default values of the configuration classes of transformers {transformers.__version__} (Apache-2.0)",
    "classes": by_type,
}
(SRC / "families" / "defaults.json").write_text(json.dumps(document, indent=2) + "\n")
print(len(by_type), "classes")
