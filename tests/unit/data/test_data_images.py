"""MNIST, Fashion-MNIST and CIFAR-10 through Keras' own code, from caches made here."""

import gzip
import io
import os
import pickle
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import DataError
from gradlab.engine.preset.schema import DataSettings
from gradlab.engine.sets.pictures import cache_folder

# A proxy that refuses at once: no test reaches a network, whatever the machine.
DEAD_PROXY = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}

LOAD = """
from gradlab.engine.data.load import load_data
from gradlab.engine.preset.schema import DataSettings
data = load_data(DataSettings(name="fashion_mnist", validation=5, split="head", scale="unit"))
print(len(data.train), len(data.validation), len(data.test), data.train.x.max())
"""


def write_idx(file, array: np.ndarray) -> None:
    """The format of the original MNIST files: a magic number, the sizes, the bytes."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


def pictures(rows: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    return rng.integers(0, 256, (rows, *shape), dtype=np.uint8), np.arange(rows) % 10


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """Keras' home in this process, with every file taken for the one that was published.

    The checksum is the only thing replaced: no small file can have that of the real one.
    """
    from keras.src.backend import config
    from keras.src.utils import file_utils

    for name, value in DEAD_PROXY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setattr(file_utils, "validate_file", lambda *_, **__: True)
    (tmp_path / "datasets").mkdir()
    return tmp_path


def refused(name: str) -> str:
    with pytest.raises(DataError) as caught:
        load_data(DataSettings(name=name))
    return str(caught.value)


def test_no_cache_and_no_network_is_one_error_that_names_folder_and_twin(keras_home):
    mnist, fashion, cifar = map(refused, ("mnist", "fashion_mnist", "cifar10"))
    for message in (mnist, fashion, cifar):
        assert str(keras_home / "datasets") in message
        assert "could not be downloaded (URL fetch failure" in message
    assert 'data.name = "digits"' in mnist
    assert 'data.name = "digits"' in fashion
    assert "digits" not in cifar
    assert "mnist.npz" in mnist


def write_fashion_mnist(home) -> None:
    folder = home / "datasets" / "fashion-mnist"
    for prefix, rows in (("train", 30), ("t10k", 8)):
        x, y = pictures(rows, 28, 28)
        write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", x)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", y)


def test_fashion_mnist_from_the_cache_of_keras(tmp_path):
    write_fashion_mnist(tmp_path)
    # Keras reads KERAS_HOME when it is imported, so in a process of its own.
    environment = {**os.environ, **DEAD_PROXY, "KERAS_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "25 5 8 1.0\n"


def test_pictures_from_a_folder_of_ones_own(tmp_path, monkeypatch):
    write_fashion_mnist(tmp_path)
    folder = tmp_path / "datasets"
    (x, y), (x_test, y_test) = pictures(40, 28, 28), pictures(10, 28, 28)
    np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    monkeypatch.setenv("GRADLAB_DATA", str(folder))
    mnist = load_data(DataSettings(name="mnist", validation=5, split="head", scale="unit"))
    assert mnist.validation is not None and mnist.test is not None
    np.testing.assert_allclose(mnist.validation.x, x[:5] / 255, rtol=1e-6)
    np.testing.assert_array_equal(mnist.test.y, y_test)
    fashion = load_data(DataSettings(name="fashion_mnist", validation=6))
    assert (len(fashion.train), fashion.input_shape) == (24, (28, 28))

    labels = folder / "fashion-mnist" / "train-labels-idx1-ubyte.gz"
    for content in (gzip.compress(b"\0\0\x08\x01\xff\xff\xff\xff"), b"cut short", b""):
        labels.write_bytes(content)
        with pytest.raises(DataError, match=r"train-labels"):
            load_data(DataSettings(name="fashion_mnist"))
    np.savez(folder / "mnist.npz", x_train=x, y_train=y[:3], x_test=x_test, y_test=y_test)
    with pytest.raises(DataError, match=r"mnist.npz: pictures of \[40, 28, 28\]"):
        load_data(DataSettings(name="mnist"))


def test_a_damaged_cache_says_where_it_lies(keras_home):
    write_fashion_mnist(keras_home)
    folder = keras_home / "datasets"
    (folder / "fashion-mnist" / "t10k-images-idx3-ubyte.gz").write_bytes(b"cut short")
    with pytest.raises(DataError) as caught:
        load_data(DataSettings(name="fashion_mnist"))
    assert f"cache {folder} cannot be used" in str(caught.value)
    assert 'data.name = "digits"' in str(caught.value)


def test_mnist_from_the_cache_of_keras(keras_home, capfd):
    (x, y), (x_test, y_test) = pictures(40, 28, 28), pictures(10, 28, 28)
    file = keras_home / "datasets" / "mnist.npz"
    np.savez(file, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    assert cache_folder() == file.parent

    data = load_data(DataSettings(name="mnist", validation=5, split="head", scale="unit"))
    assert data.validation is not None
    assert data.test is not None
    assert data.input_shape == (28, 28)
    assert data.task == "classification"
    assert data.scaling == "inputs divided by 255"
    np.testing.assert_allclose(data.validation.x, x[:5] / 255, rtol=1e-6)
    np.testing.assert_array_equal(data.train.y, y[5:])
    np.testing.assert_allclose(data.test.x, x_test / 255, rtol=1e-6)

    unscaled = load_data(DataSettings(name="mnist", scale="unit", test_scale="none", test=0))
    assert unscaled.test is not None
    assert unscaled.test.x.max() > 200
    taken = load_data(DataSettings(name="mnist", test=4, validation=0, options={"rows": 20}))
    assert taken.test is not None
    assert len(taken.train) == 16
    np.testing.assert_array_equal(taken.test.y, y[16:20])
    standard = load_data(DataSettings(name="mnist", scale="standard", validation=0))
    assert standard.train.x.mean() == pytest.approx(0, abs=1e-4)
    assert standard.train.x.std() == pytest.approx(1, abs=1e-4)
    assert capfd.readouterr().out == ""


def test_a_failed_download_leaves_stdout_alone(keras_home, capfd):
    with pytest.raises(DataError):
        load_data(DataSettings(name="mnist"))
    assert capfd.readouterr().out == ""


def test_cifar10_from_the_cache_of_keras(keras_home):
    archive = keras_home / "datasets" / "cifar-10-batches-py-target_archive"
    labels = [i % 10 for i in range(10_000)]
    batch = pickle.dumps({b"data": np.zeros((10_000, 3072), np.uint8), b"labels": labels})
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(batch)
            tar.addfile(entry, io.BytesIO(batch))
    data = load_data(DataSettings(name="cifar10", validation=10, options={"rows": 50}))
    assert data.test is not None
    assert (data.input_shape, len(data.train), len(data.test)) == ((32, 32, 3), 40, 10_000)
    np.testing.assert_array_equal(data.train.y, labels[:40])
    assert data.class_names[8] == "ship"
