"""Presets from strangers, run by the real command without --trust: nothing runs, leaves, or is reached."""

# ruff: noqa: E501

from __future__ import annotations

import base64
import json
import marshal
import os
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest

HEAD = '[data]\nname = "digits"\noptions = { rows = 40 }\n[train]\nepochs = 1\n'
MLP = "[model]\ndepth = 1\nwidth = 4\n"
DRIVER = """
import contextlib, io, json, sys
from pathlib import Path
from gradlab.engine.errors import GradlabError
from gradlab.engine.preset.load import load
from gradlab.engine.session import Session
answers = {}
for path in sorted(Path().glob("attack-*.toml")):
    try:
        session = Session(load(path), runs_dir=Path("runs"), preset_name=path.stem, base=Path())
    except GradlabError as error:
        answers[path.stem] = [str(error), None]
        continue
    session.start()
    session.join()
    answers[path.stem] = [str(session.error or ""), str(session.run_dir) if session.run_dir else None]
Path("answers.json").write_text(json.dumps(answers))
"""


def _lambda(canary: str) -> str:
    scope: dict = {}
    exec(f"f = lambda x: (open({canary!r}, 'w').close(), x)[1]", scope)
    code = base64.b64encode(marshal.dumps(scope["f"].__code__)).decode()
    return (
        f'{{class_name = "__lambda__", config = {{code = "{code}", defaults = [], closure = []}}}}'
    )


def _function(module: str, name: str) -> str:
    return f'{{class_name = "function", config = "{name}", module = "{module}", registered_name = "{name}"}}'


def _layer(name: str, config: str) -> str:
    return f'{{class_name = "{name}", config = {{{config}}}}}'


def _layers(*entries: str) -> str:
    last = '{class_name = "Flatten"}, {class_name = "Dense", config = {units = 10, activation = "softmax"}}'
    return (
        HEAD + '[model]\nfamily = "layers"\nlayers = [\n' + ",\n".join([*entries, last]) + "\n]\n"
    )


def _callback(table: str) -> str:
    return HEAD + f"callbacks = [{table}]\n" + MLP


def _nested(inner: str) -> str:
    return _layers(_layer("TimeDistributed", f"layer = {inner}"))


def attacks(folder, url: str) -> dict[str, str]:
    canary, victim = str(folder / "canary"), str(folder / "victim")
    code = _lambda(canary)
    popen = (
        'module = "subprocess", registered_name = "Popen", '
        f'config = {{args = ["touch", "{canary}"]}}'
    )
    data = 'name = "digits"\noptions = { rows = 40 }'
    return {
        "csv logger": _callback(
            f'{{class_name = "CSVLogger", config = {{filename = "{victim}.csv"}}}}'
        ),
        "csv logger above": _callback('{name = "csv_logger", filename = "../victim.csv"}'),
        "csv logger over run": _callback('{name = "csv_logger", filename = "run.json"}'),
        "checkpoint": _callback(f'{{name = "model_checkpoint", filepath = "{victim}.keras"}}'),
        "checkpoint fields": _callback(
            '{name = "model_checkpoint", filepath = "x/.{loss!s:.0}./.{loss!s:.0}./.{loss!s:.0}./x.keras"}'
        ),
        "tensor board": _callback(
            f'{{class_name = "TensorBoard", config = {{log_dir = "{folder}/tb"}}}}'
        ),
        "profiler": _callback(
            '{class_name = "TensorBoard", config = {log_dir = "tb", profile_batch = 1}}'
        ),
        "backup": _callback(
            f'{{class_name = "BackupAndRestore", config = {{backup_dir = "{folder}/b"}}}}'
        ),
        "remote monitor": _callback(
            f'{{class_name = "RemoteMonitor", config = {{root = "{url}"}}}}'
        ),
        "lambda callback": _callback(
            f'{{class_name = "LambdaCallback", config = {{on_train_begin = {code}}}}}'
        ),
        "lambda": _layers(_layer("Lambda", f"function = {code}")),
        "lambda nested": _nested(_layer("Lambda", f"function = {code}")),
        "lambda safe mode off": _nested(
            f'{{class_name = "Lambda", safe_mode = false, config = {{function = {code}, safe_mode = false}}}}'
        ),
        "lambda private": _nested(
            f'{{class_name = "Lambda", module = "keras.src.layers.core.lambda_layer", config = {{function = {code}}}}}'
        ),
        "lambda os": _nested(_layer("Lambda", f"function = {_function('os', 'system')}")),
        "lambda get_file": _nested(
            _layer(
                "Lambda",
                f'function = {_function("keras.utils", "get_file")}, arguments = {{origin = "{url}/x"}}',
            )
        ),
        "lambda unsafe": _nested(
            _layer(
                "Lambda", f"function = {_function('keras.config', 'enable_unsafe_deserialization')}"
            )
        ),
        "lambda cell": _layers(
            _layer(
                "Bidirectional",
                f"layer = {_layer('RNN', 'cell = ' + _layer('Lambda', f'function = {code}'))}",
            )
        ),
        "saved model": _layers(_layer("TFSMLayer", f'filepath = "{folder}/saved"')),
        "saved model nested": _nested(_layer("TFSMLayer", f'filepath = "{folder}/saved"')),
        "torch": _layers(
            _layer("TorchModuleWrapper", 'module = {buffer_b64 = "gASVAAAAAAAAAA=="}')
        ),
        "jax": _layers(_layer("JaxLayer", f"call_fn = {code}")),
        "activation lambda": _layers(_layer("Dense", f"units = 3, activation = {code}")),
        "activation os": _layers(
            _layer("Dense", f"units = 3, activation = {_function('os', 'system')}")
        ),
        "initializer": _layers(
            _layer("Dense", f'units = 3, kernel_initializer = {{class_name = "Popen", {popen}}}')
        ),
        "regularizer": _layers(_layer("Dense", f"units = 3, kernel_regularizer = {code}")),
        "model in layer": _nested(
            f'{{class_name = "Sequential", module = "keras", registered_name = "Sequential", config = {{name = "s", layers = [{{class_name = "Lambda", module = "keras.layers", config = {{function = {code}}}}}]}}}}'
        ),
        "typespec": _nested(
            f'{{class_name = "__typespec__", spec_name = "Popen", module = "subprocess", registered_name = "Popen", config = [["touch", "{canary}"]]}}'
        ),
        "vocabulary": _layers(_layer("StringLookup", 'vocabulary = "/etc/hostname"')),
        "secret": _layers(
            '{class_name = "Flatten"}',
            _layer(
                "IntegerLookup", f'vocabulary = "{folder}/secret.txt", output_mode = "multi_hot"'
            ),
        ).replace("epochs = 1", 'epochs = 1\njit = "off"'),
        "vocabulary nested": _nested(
            _layer("IntegerLookup", f'vocabulary = "{folder}/secret.txt"')
        ),
        "vocabulary url": _layers(_layer("StringLookup", f'vocabulary = "{url}/v.txt"')),
        "python": HEAD + '[model]\nfamily = "python"\nfactory = "evil.py:make"\n',
        "python os": HEAD + '[model]\nfamily = "python"\nfactory = "os:system"\n',
        "schedule": HEAD
        + f'[optimizer]\nlearning_rate = {{class_name = "Popen", {popen}}}\n'
        + MLP,
        "loss": HEAD + f"loss = {_function('os', 'system')}\n" + MLP,
        "metric": HEAD + f'metrics = [{{class_name = "Popen", {popen}}}]\n' + MLP,
        "pickles": HEAD.replace(data, 'name = "npz"\npath = "evil.npz"') + MLP,
        "harmless dtype": _layers(
            _layer(
                "Dense",
                'units = 3, dtype = {class_name = "DTypePolicy", module = "os", config = {name = "float32"}, registered_name = "system"}',
            )
        ),
        "harmless writers": _callback(
            '{name = "csv_logger", filename = "logs/epochs.csv"}, {name = "tensor_board"}'
        ),
    }


class Evil:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch {self.canary}",)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Every attack tried in one process, in a folder with things to spoil and an address to reach."""
    base = tmp_path_factory.mktemp("hostile")
    folder = base / "work"
    folder.mkdir()
    reached = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            reached.append(peer.recv(100))
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            peer.close()

    threading.Thread(target=serve, daemon=True).start()
    presets = attacks(folder, f"http://127.0.0.1:{listener.getsockname()[1]}")
    for name, text in presets.items():
        (folder / f"attack-{name}.toml").write_text(text)
    for place in (base / "victim.csv", folder / "victim.csv", folder / "victim.keras"):
        place.write_text("precious\n")
    (folder / "secret.txt").write_text("11\n22\n33\n")
    canary = str(folder / "canary")
    (folder / "evil.py").write_text(
        f"open({canary!r}, 'w').close()\ndef make(**k): raise SystemExit\n"
    )
    (folder / "saved").mkdir()
    evil = np.array([Evil(canary), Evil(canary)], dtype=object)
    np.savez(folder / "evil.npz", x=evil, y=np.array([0, 1]))
    (folder / "driver.py").write_text(DRIVER)
    before = {path: path.read_bytes() for path in base.rglob("*") if path.is_file()}
    subprocess.run([sys.executable, "driver.py"], cwd=folder, check=True, timeout=240)
    listener.close()
    return base, folder, presets, before, reached


def test_nothing_ran_and_nothing_was_reached(attacked):
    base, folder, _, before, reached = attacked
    assert not (folder / "canary").exists()
    assert reached == []
    assert {path: path.read_bytes() for path in before} == before
    made = {path.relative_to(base) for path in base.rglob("*") if path.is_file()}
    ours = {path.relative_to(base) for path in before}
    outside = {path for path in made - ours if path.parts[:2] != ("work", "runs")}
    assert {path.name for path in outside} == {"answers.json"}


def test_each_is_refused_in_a_sentence_or_harmless(attacked):
    _, folder, presets, _, _ = attacked
    answers = json.loads((folder / "answers.json").read_text())
    assert len(answers) == len(presets)
    for name, (message, run) in answers.items():
        if "harmless" in name:
            assert not message
            continue
        assert message, name
        assert len(message) <= 500, (name, message)
        assert "Traceback" not in message, name
        if run is not None:
            state = json.loads((folder / run / "state.json").read_text())
            assert (state["status"], state["step"]) == ("failed", 0), name
    run = folder / answers["attack-harmless writers"][1]
    assert (run / "logs" / "epochs.csv").read_text().startswith("epoch,")
    assert (run / "logs" / "train").is_dir()
