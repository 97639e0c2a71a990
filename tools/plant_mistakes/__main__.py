"""Lets `python tools/plant_mistakes` run, isolated too: nothing but this folder is at hand."""

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent

sys.path[0] = str(HERE.parent)
sys.exit(import_module(f"{HERE.name}.command").main())
