"""Writes src/testing/published-counts.json: parameters of models as the published modelling code makes them
from its default configurations, counted without memory (torch's meta device).

    pip install transformers==5.18.0 torch
    python packages/model-graph/scripts/published_counts.py MODEL_TYPE…
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from transformers import AutoModel, AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

OUT = Path(__file__).parent.parent / "src" / "testing" / "published-counts.json"


def count(model_type):
    config = CONFIG_MAPPING[model_type]()
    with torch.device("meta"):
        try:
            model = AutoModelForCausalLM.from_config(config)
        except ValueError:
            model = AutoModel.from_config(config)
    parameters = sum(each.numel() for each in model.parameters())
    return {"class": type(model).__name__, "parameters": parameters}


document = {
    "source": f"modelling code of transformers {transformers.__version__}, default configurations",
    "counts": {name: count(name) for name in sorted(sys.argv[1:])},
}
OUT.write_text(json.dumps(document, indent=2) + "\n")
