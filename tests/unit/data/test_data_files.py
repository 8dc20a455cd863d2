"""The user's CSV and NPZ: what is read, and every way in which it can be wrong."""

from pathlib import Path

import numpy as np
import pytest

from gradlab.engine.data.load import load_data
from gradlab.engine.errors import DataError
from gradlab.engine.preset.schema import DataSettings


def load_csv(folder: Path, text: str, **settings):
    (folder / "data.csv").write_text(text, encoding="utf-8")
    settings = {"validation": 0, **settings}
    return load_data(DataSettings(name="csv", path="data.csv", **settings), base=folder)


def load_npz(folder: Path, arrays: dict, **settings):
    np.savez(folder / "data.npz", **arrays)
    settings = {"validation": 0, **settings}
    return load_data(DataSettings(name="npz", path="data.npz", **settings), base=folder)


def one_error(read, *arguments, **settings) -> str:
    with pytest.raises(DataError) as caught:
        read(*arguments, **settings)
    message = str(caught.value)
    assert "\n" not in message
    return message


IRIS = "sepal,petal,kind\n1,2.5,setosa\n3,4,virginica\n\n5,6,setosa\n7,8,other\n"


def test_a_csv_with_text_labels(tmp_path):
    data = load_csv(tmp_path, "\ufeff" + IRIS)
    np.testing.assert_array_equal(data.train.x, np.float32([[1, 2.5], [3, 4], [5, 6], [7, 8]]))
    assert data.train.x.dtype == np.float32
    assert data.class_names == ("other", "setosa", "virginica")
    np.testing.assert_array_equal(data.train.y, np.int32([1, 2, 1, 0]))


def test_a_csv_target_by_name_and_by_task(tmp_path):
    text = "y,a,b\n0,1,2\n1,3,4\n1,5,6\n0,7,9\n"
    classes = load_csv(tmp_path, text, target="y")
    assert classes.task == "binary"
    np.testing.assert_array_equal(classes.train.y, np.float32([[0], [1], [1], [0]]))
    numbers = load_csv(tmp_path, text, target="y", task="regression")
    assert (numbers.task, numbers.classes) == ("regression", 0)
    fractions = load_csv(tmp_path, "a,y\n1,0.5\n2,1.5\n")
    assert fractions.task == "regression"
    np.testing.assert_array_equal(fractions.train.y, np.float32([[0.5], [1.5]]))


def test_a_csv_without_base_is_read_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "here.csv").write_text("a,y\n1,0\n2,1\n")
    monkeypatch.chdir(tmp_path)
    data = load_data(DataSettings(name="csv", path="here.csv", validation=0))
    assert len(data.train) == 2


def test_second_csv_files_may_order_columns_as_they_like(tmp_path):
    (tmp_path / "val.csv").write_text("kind,petal,sepal\nvirginica,20,10\n")
    (tmp_path / "test.csv").write_text("id,kind,petal,sepal\n9,setosa,40,30\n")
    data = load_csv(tmp_path, IRIS, validation="val.csv", test="test.csv")
    assert data.validation is not None
    assert data.test is not None
    assert len(data.train) == 4
    np.testing.assert_array_equal(data.validation.x, np.float32([[10, 20]]))
    np.testing.assert_array_equal(data.validation.y, [2])
    np.testing.assert_array_equal(data.test.x, np.float32([[30, 40]]))


@pytest.mark.parametrize(
    ("text", "settings", "parts"),
    [
        ("", {}, ["is empty"]),
        ("a,y\n", {}, ["no rows below its header"]),
        ("a,y\n1,0\n", {}, ["1 row", "at least 2"]),
        ("a,y\n1,0\n2\n", {}, ["row 2 (line 3) has 1 cells", "2 columns"]),
        ("a,y\n1,0\n2,1,3\n", {}, ["row 2 (line 3) has 3 cells"]),
        ("a,y\n1,0\n,1\n", {}, ['column "a", row 2 (line 3) is empty']),
        ("a,y\n1,0\nnan,1\n", {}, ['column "a", row 2 (line 3) holds nan']),
        ("a,y\n1,0\ninf,1\n", {}, ["holds inf"]),
        ("a,y\n1,0\n1e39,1\n", {}, ["1e39", "beyond float32"]),
        ("a,b,y\n1,2,0\n\n3,red,1\n", {}, ['column "b", row 2 (line 4) holds the text "red"']),
        ("a,y\n1,0\n2,\n", {}, ['column "y", row 2 (line 3) is empty']),
        ("a,y\n1,cat\n2,nan\n", {}, ['column "y", row 2 (line 3) holds nan']),
        ("a,y\n1,0\n2,1x\n", {}, ["mixes numbers and texts", '"1x" in row 2 (line 3)']),
        ("a,y\n1,0\n2,1x\n", {"task": "regression"}, ['column "y"', 'holds the text "1x"']),
        ("a,y\n1,0\n2,-1\n", {}, ["row 2 (line 3): label -1 is negative", "0 to 1", "regression"]),
        ("a,y\n1,0\n2,7\n", {}, ["label 7 is out of range", "0 to 1"]),
        ("a,y\n1,0\n2,1.5\n", {"task": "classification"}, ["1.5 is not a whole number"]),
        ("a,y\n1,1\n2,1\n", {}, ["all 2 rows belong to one class"]),
        ("a,y\n1,cat\n2,cat\n", {}, ["all 2 rows belong to one class"]),
        (
            "a,label\n1,0\n2,1\n",
            {"target": "lable"},
            ['no column "lable"', 'did you mean "label"?'],
        ),
        ("y\n1\n2\n", {}, ["only the target column"]),
        ("a;y\n1;0\n2;1\n", {}, ["separated by commas"]),
        ("a,a,y\n1,2,0\n2,3,1\n", {}, ['"a" more than once']),
        ("a,,y\n1,2,0\n2,3,1\n", {}, ["column 2 has no name"]),
        ("5.1,3.5,0\n4.9,3,1\n4,3,1\n", {}, ["header row", "5.1, 3.5, 0"]),
        ("a,y\n1,0\n2,1\n", {"validation": 0.9}, ["leave no training rows"]),
        ("a,y\n1,0\n2,0\n3,1\n", {"validation": 1}, ["every one of the 2 training rows", "random"]),
    ],
)
def test_a_bad_csv_is_one_clear_error(tmp_path, text, settings, parts):
    message = one_error(load_csv, tmp_path, text, **settings)
    for part in parts:
        assert part in message


def test_many_texts_are_no_classes(tmp_path):
    rows = "".join(f"{i},name{i}\n" for i in range(101))
    assert "101 different texts" in one_error(load_csv, tmp_path, "a,y\n" + rows)
    assert load_csv(tmp_path, "a,y\n" + rows, task="classification").classes == 101


def test_columns_numbered_by_pandas_are_a_header(tmp_path):
    assert len(load_csv(tmp_path, "0,1\n5,0\n6,1\n").train) == 2


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("val.csv", "sepal,kind\n1,setosa\n2,setosa\n", ['no column "petal"', "feature"]),
        (
            "val.csv",
            "sepal,petal,kind\n1,2,setosa\n1,2,virginia\n",
            ['row 2 (line 3): label "virginia"', 'did you mean "virginica"?'],
        ),
        ("nothing.csv", None, ["nothing.csv does not exist", "data.validation"]),
    ],
)
def test_a_bad_second_csv_is_one_clear_error(tmp_path, name, content, parts):
    if content:
        (tmp_path / name).write_text(content)
    message = one_error(load_csv, tmp_path, IRIS, validation=name)
    for part in parts:
        assert part in message


def test_files_that_cannot_be_opened(tmp_path):
    message = one_error(load_data, DataSettings(name="csv", path="gone.csv"), base=tmp_path)
    assert str(tmp_path / "gone.csv") in message
    assert "does not exist" in message
    (tmp_path / "housing.csv").write_text("a,y\n1,2\n3,4\n")
    message = one_error(load_data, DataSettings(name="csv", path="houses.csv"), base=tmp_path)
    assert 'did you mean "housing.csv"?' in message
    assert "is a folder" in one_error(load_data, DataSettings(name="npz", path="."), base=tmp_path)
    (tmp_path / "latin.csv").write_bytes("a,y\n1,caf\xe9\n".encode("latin-1"))
    assert "UTF-8" in one_error(
        load_data, DataSettings(name="csv", path="latin.csv"), base=tmp_path
    )


RNG = np.random.default_rng(0)
X, Y = RNG.random((12, 3)), np.arange(12) % 3


def test_an_npz_with_splits_of_its_own(tmp_path):
    arrays = {
        "x": X, "y": Y, "x_val": X[:4], "y_val": Y[:4], "x_test": X[:2], "y_test": Y[:2],
    }  # fmt: skip
    data = load_npz(tmp_path, arrays, validation=0.5)
    assert data.validation is not None
    assert data.test is not None
    assert (len(data.train), len(data.validation), len(data.test)) == (12, 4, 2)
    np.testing.assert_array_equal(data.train.x, X.astype(np.float32))
    assert (data.task, data.class_names) == ("classification", ("0", "1", "2"))
    own = load_npz(tmp_path, arrays, test=3)
    assert own.test is not None
    np.testing.assert_array_equal(own.test.y, Y[-3:])


def test_an_npz_of_pictures_is_divided_by_255(tmp_path):
    pictures = RNG.integers(0, 200, (6, 5, 5), dtype=np.uint8)
    data = load_npz(tmp_path, {"x": pictures, "y": np.arange(6) % 2}, scale="unit")
    np.testing.assert_allclose(data.train.x, pictures / 255, rtol=1e-6)
    assert data.task == "binary"


def test_an_npz_of_numbers_and_of_one_hot_rows(tmp_path):
    two = load_npz(tmp_path, {"x": X, "y": X[:, :2]})
    assert (two.task, two.output_units) == ("regression", 2)
    hot = load_npz(tmp_path, {"x": X, "y": np.eye(3)[Y]})
    np.testing.assert_array_equal(hot.train.y, Y)
    line = load_npz(tmp_path, {"x": X[:, 0], "y": X[:, 1]})
    assert line.input_shape == (1,)
    assert len(load_npz(tmp_path, {"x": X, "y": Y}, options={"rows": 6}).train) == 6


def test_a_second_npz(tmp_path):
    np.savez(tmp_path / "more.npz", x=X[:4], y=Y[:4])
    data = load_npz(tmp_path, {"x": X, "y": Y}, test="more.npz")
    assert data.test is not None
    np.testing.assert_array_equal(data.test.y, Y[:4])


HOLE = X.copy()
HOLE[3, 1] = np.nan


@pytest.mark.parametrize(
    ("arrays", "settings", "parts"),
    [
        ({"x": X}, {}, ['no array "y"', "It has: x"]),
        ({"X": X, "y": Y}, {}, ['no array "x"']),
        ({"x": X, "y": Y[:5]}, {}, ["x has 12 rows", "y has 5"]),
        ({"x": X, "y": Y, "x_val": X}, {}, ['"x_val" but no array "y_val"']),
        ({"x": X, "y": Y, "x_test": X[:, :2], "y_test": Y}, {}, ["shape (2,)", "(3,)"]),
        ({"x": HOLE, "y": Y}, {}, ["x holds nan in row 3, column 1"]),
        ({"x": X * 1e300, "y": Y}, {}, ["finite in float32"]),
        ({"x": X, "y": Y.astype(object)}, {}, ["pickle", "refused"]),
        ({"x": X, "y": Y.astype(str)}, {}, ["y is an array of <U", "numbers"]),
        ({"x": X, "y": Y - 1}, {}, ["row 0 (counted from 0): label -1 is negative"]),
        ({"x": X, "y": Y, "x_test": X[:1], "y_test": [5]}, {}, ["y_test", "label 5", "0 to 2"]),
        ({"x": X, "y": X, "x_test": X, "y_test": X[:, 0]}, {}, ["1 targets a row", "have 3"]),
        ({"x": X, "y": np.ones((12, 2, 2))}, {}, ["(12, 2, 2)"]),
        ({"x": X, "y": np.float64(3)}, {}, ["single number"]),
        ({"x": X[:1], "y": Y[:1]}, {}, ["1 row", "at least 2"]),
        ({"x": X[:, :0], "y": Y}, {}, ["neither may be empty"]),
        ({"x": X, "y": X}, {"task": "classification"}, ["whole numbers [rows] or one-hot"]),
    ],
)
def test_a_bad_npz_is_one_clear_error(tmp_path, arrays, settings, parts):
    message = one_error(load_npz, tmp_path, arrays, **settings)
    for part in parts:
        assert part in message


def test_an_unreadable_npz_is_one_clear_error(tmp_path):
    settings = DataSettings(name="npz", path="data.npz")
    file = tmp_path / "data.npz"
    file.write_text("not a zip")
    assert "is not an NPZ" in one_error(load_data, settings, base=tmp_path)
    np.savez_compressed(file, x=X, y=Y)
    content = bytearray(file.read_bytes())
    content[60:160] = bytes(100)
    file.write_bytes(content)
    assert str(file) in one_error(load_data, settings, base=tmp_path)
    file.write_bytes(bytes(content[: len(content) // 2]))
    assert "is not an NPZ" in one_error(load_data, settings, base=tmp_path)
