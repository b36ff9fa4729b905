"""Labels kernel launches with the shapes of their tensors, while a torch profiler records.

Kernels that are launched past PyTorch's dispatcher (Triton, DeepGEMM, FlashInfer) have no operator,
so a profile says nothing of their shapes. This module wraps the launchers that a registry names, in
each process that imports them, and puts around every launch

    torch.profiler.record_function("NAME|arg[4x16:bfloat16],other[4:int32]")

Nothing is imported before the program imports it, and outside a profile a wrapped launcher costs one
check. The registry is flowsim_launchers.json beside this file; FLOWSIM_LAUNCHERS names further files,
separated by ":".
"""

import functools
import importlib.abc
import importlib.machinery
import inspect
import json
import os
import sys

# Longest label: Kineto keeps long names, but hundreds of tensors in one are of no use.
MAX_TENSORS = 32


def install():
    """Wraps the registered launchers, now or when their module is imported."""
    registry = {}
    for path in _registry_files():
        with open(path, encoding="utf-8") as file:
            for entry in json.load(file)["launchers"]:
                registry.setdefault(entry["module"], []).append(entry)
    for module, entries in registry.items():
        if module in sys.modules:
            _patch(sys.modules[module], entries)
    sys.meta_path.insert(0, _Finder(registry))


def _registry_files():
    files = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "flowsim_launchers.json")]
    return files + [path for path in os.environ.get("FLOWSIM_LAUNCHERS", "").split(":") if path]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the registered modules as everybody else does, and patches them once they have run."""

    def __init__(self, registry):
        self.registry = registry

    def find_spec(self, name, path=None, target=None):
        entries = self.registry.get(name)
        if entries is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, entries)
                return spec
        return None


class _Loader(importlib.abc.Loader):
    def __init__(self, inner, entries):
        self.inner = inner
        self.entries = entries

    def create_module(self, spec):
        return self.inner.create_module(spec)

    def exec_module(self, module):
        # The module sees its own loader: packages ask theirs for resources.
        module.__loader__ = self.inner
        if module.__spec__ is not None:
            module.__spec__.loader = self.inner
        self.inner.exec_module(module)
        _patch(module, self.entries)


def _patch(module, entries):
    for entry in entries:
        *parents, name = entry["attribute"].split(".")
        owner = module
        for parent in parents:
            owner = getattr(owner, parent, None)
        original = getattr(owner, name, None)
        # Versions differ in what they have; what is not there is not wrapped.
        if not callable(original) or hasattr(original, "__flowsim__"):
            continue
        try:
            setattr(owner, name, _wrap(original, entry))
        except (AttributeError, TypeError):
            continue


def _wrap(original, entry):
    label_of = _triton_label if entry.get("kind") == "triton" else _call_labeller(original, entry)

    @functools.wraps(original)
    def launcher(*args, **kwargs):
        torch = sys.modules.get("torch")
        if torch is None or not _profiling(torch):
            return original(*args, **kwargs)
        try:
            label = label_of(torch, args, kwargs)
        except Exception:
            label = None
        if label is None:
            return original(*args, **kwargs)
        with torch.profiler.record_function(label):
            return original(*args, **kwargs)

    launcher.__flowsim__ = True
    return launcher


def _profiling(torch):
    profiler = getattr(torch.autograd, "profiler", None)
    enabled = getattr(profiler, "_is_profiler_enabled", None)
    if enabled is not None:
        return enabled
    return torch.autograd._profiler_enabled()


def _triton_label(torch, args, kwargs):
    """JITFunction.run(self, *args, grid, warmup, **kwargs): the kernel's own argument names."""
    kernel = args[0]
    if kwargs.get("warmup"):
        return None
    names = list(getattr(kernel, "arg_names", ()))
    named = list(zip(names, args[1:]))
    named += [(name, kwargs[name]) for name in names if name in kwargs]
    function = getattr(kernel, "fn", kernel)
    return _label(torch, getattr(function, "__name__", "triton"), named)


def _call_labeller(original, entry):
    try:
        names = list(inspect.signature(original).parameters)
    except (TypeError, ValueError):
        names = []
    prefix = entry.get("label", entry["attribute"])

    def label_of(torch, args, kwargs):
        named = [
            (names[index] if index < len(names) else f"arg{index}", value)
            for index, value in enumerate(args)
        ]
        return _label(torch, prefix, named + list(kwargs.items()))

    return label_of


def _label(torch, prefix, named):
    tensors = []
    for name, value in named:
        _add(torch, tensors, name, value)
    if not tensors:
        return None
    return f"{prefix}|{','.join(tensors[:MAX_TENSORS])}"


def _add(torch, tensors, name, value):
    if isinstance(value, torch.Tensor):
        # A tensor without dimensions has no place in the grammar, and no weight in a kernel.
        if value.dim() > 0:
            shape = "x".join(str(int(size)) for size in value.shape)
            tensors.append(f"{name}[{shape}:{str(value.dtype).replace('torch.', '')}]")
    elif isinstance(value, (tuple, list)) and len(value) <= 8:
        for index, item in enumerate(value):
            _add(torch, tensors, f"{name}.{index}", item)
