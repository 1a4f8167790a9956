"""Tables of people: pixels with a label, plain features, every usual encoding and delimiter, tables without labels."""

import bz2
import gzip

import numpy as np
import pytest
from picture_samples import zipped

from seedbed.data import CATALOGUE, import_data
from seedbed.data.importing.number_table import read_unlabelled
from seedbed.errors import DataError

RANDOM = np.random.Generator(np.random.PCG64(2))
PIXELS = RANDOM.integers(0, 256, (30, 16), dtype=np.uint8)
FEATURES = RANDOM.normal(3, 2, (30, 4)).round(3)
SPECIES = np.array(["setosa", "virginica", "versicolor"])[np.arange(30) % 3]
NUMBERS = np.arange(30) % 3


def table(header, rows, between=","):
    lines = [between.join(map(str, row)) for row in ([header] if header else []) + [list(row) for row in rows]]
    return "\n".join(lines) + "\n"


def kaggle(between=","):
    rows = [[label, *row] for label, row in zip(NUMBERS, PIXELS, strict=True)]
    return table(["label", *(f"pixel{n}" for n in range(16))], rows, between)


def iris(between=",", header=("sepal_length", "sepal_width", "petal_length", "petal_width", "species")):
    return table(header, ([*row, name] for row, name in zip(FEATURES, SPECIES, strict=True)), between)


def imported(tmp_path, text, name="table.csv", encoding="utf-8", **options):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    (tmp_path / name).write_bytes(content)
    return import_data(tmp_path / name, replace=True, **options)


def rows_of(dataset):
    images = np.concatenate([dataset.train_images, dataset.test_images])
    labels = np.concatenate([dataset.train_labels, dataset.test_labels])
    return sorted(
        (dataset.classes[label], tuple(image.ravel().tolist())) for image, label in zip(images, labels, strict=True)
    )


EXPECTED_PIXELS = sorted((str(label), tuple(row.tolist())) for label, row in zip(NUMBERS, PIXELS, strict=True))
EXPECTED_FEATURES = sorted(
    (str(name), tuple(row.astype(np.float32).tolist())) for name, row in zip(SPECIES, FEATURES, strict=True)
)


def test_pixels_with_a_label_as_kaggle_gives_them(tmp_path):
    found = imported(tmp_path, kaggle())
    assert found.dataset.image_shape == (1, 4, 4)
    assert found.dataset.train_images.dtype == np.uint8
    assert found.dataset.classes == ("0", "1", "2")
    assert rows_of(found.dataset) == EXPECTED_PIXELS
    assert found.remarks == ("understood: 'label' is the label, the others are 1×4×4 pixels",)
    assert CATALOGUE["table"].columns == tuple(f"pixel{n}" for n in range(16))


def test_plain_features_become_a_channel_each(tmp_path):
    found = imported(tmp_path, iris())
    assert found.dataset.image_shape == (4, 1, 1)
    assert found.dataset.train_images.dtype == np.float32
    assert found.dataset.classes == ("setosa", "versicolor", "virginica")
    assert rows_of(found.dataset) == EXPECTED_FEATURES
    np.testing.assert_allclose(found.dataset.channel_mean, found.dataset.train_images[..., 0, 0].mean(0), rtol=1e-5)
    assert found.remarks == ("understood: 'species' is the label, the others are 4 features",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter(tmp_path, encoding, between):
    assert rows_of(imported(tmp_path, iris(between), encoding=encoding).dataset) == EXPECTED_FEATURES
    assert rows_of(imported(tmp_path, kaggle(between), encoding=encoding).dataset) == EXPECTED_PIXELS


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("t.csv", lambda text: text.replace("\n", "\r\n").encode()),
        ("t.csv.gz", lambda text: gzip.compress(text.encode())),
        ("t.tsv.bz2", lambda text: bz2.compress(text.encode())),
        ("t.data", lambda text: text.partition("\n")[2].encode()),
        ("t.txt", lambda text: ("\n\n" + text + "\n,,,,\n").encode()),
        ("t.csv", lambda text: text.replace(",", ", ").encode()),
        ("t.csv", lambda text: ("\n".join(f'"{line}"'.replace(",", '","') for line in text.split())).encode()),
    ],
)
def test_other_ways_to_write_the_same(tmp_path, name, change):
    assert rows_of(imported(tmp_path, change(iris()), name=name).dataset) == EXPECTED_FEATURES


def test_decimal_commas_and_labels_in_old_code_pages(tmp_path):
    text = iris(";").replace(".", ",")
    assert rows_of(imported(tmp_path, text).dataset) == EXPECTED_FEATURES
    for encoding, names in (("cp949", "장미 튤립 백합"), ("cp932", "バラ 桜 菊"), ("cp1252", "rosé café thé")):
        korean = iris()
        for old, new in zip(("setosa", "virginica", "versicolor"), names.split(), strict=True):
            korean = korean.replace(old, new)
        assert imported(tmp_path, korean, encoding=encoding).dataset.classes == tuple(sorted(names.split()))
    (tmp_path / "rose.csv").write_bytes(iris().replace("setosa", "роза").encode("cp866"))
    with pytest.raises(DataError, match="Say --encoding"):
        import_data(tmp_path / "rose.csv")
    assert "роза" in import_data(tmp_path / "rose.csv", encoding="cp866").dataset.classes


@pytest.mark.parametrize("label", ["last", "5", "-1", "Kind"])
def test_the_label_by_name_or_place(tmp_path, label):
    header = ["a", "b", "c", "d", "kind"]
    rows = [[*row, number] for row, number in zip(FEATURES, NUMBERS, strict=True)]
    with pytest.raises(DataError, match="which column is the label") as caught:
        imported(tmp_path, table(header, rows))
    assert "Columns: a, b, c, d, kind." in str(caught.value)
    dataset = imported(tmp_path, table(header, rows), label=label).dataset
    assert (dataset.classes, dataset.image_shape) == (("0", "1", "2"), (4, 1, 1))


def test_columns_that_number_rows_are_left_out(tmp_path):
    header = ("Id", "a", "b", "c", "d", "species")
    text = table(header, ([n, *row, name] for n, (row, name) in enumerate(zip(FEATURES, SPECIES, strict=True))))
    found = imported(tmp_path, text)
    assert rows_of(found.dataset) == EXPECTED_FEATURES
    assert "left out: 'Id'" in found.remarks
    rows = ([n, *row, "x", name] for n, (row, name) in enumerate(zip(FEATURES, SPECIES, strict=True)))
    text = table(("", *header[1:5], "island", "species"), rows)
    with pytest.raises(DataError, match="column 'island' holds text"):
        imported(tmp_path, text)
    assert rows_of(imported(tmp_path, text, drop=["island"]).dataset) == EXPECTED_FEATURES


def test_a_column_says_which_rows_train(tmp_path):
    parts = ["train", "test", "val"]
    rows = ([*row, name, parts[n // 3 % 3]] for n, (row, name) in enumerate(zip(FEATURES, SPECIES, strict=True)))
    dataset = imported(tmp_path, table(["a", "b", "c", "d", "species", "split"], rows)).dataset
    assert [len(one) for one in (dataset.train_labels, dataset.test_labels, dataset.validation_labels)] == [12, 9, 9]


def test_rows_that_cannot_be_read_are_skipped_by_line(tmp_path):
    bad = [
        "1.0,2.0,3.0,setosa",
        "1,2,,4,setosa",
        "1,2,x,4,setosa",
        "1,2,nan,4,setosa",
        "1,2,3,4,",
        f"1,2,3,{'9' * 5000},setosa",
    ]
    found = imported(tmp_path, iris() + "\n".join(bad) + "\n")
    assert rows_of(found.dataset) == EXPECTED_FEATURES
    assert [reason.partition(": ")[2] for reason in found.skipped] == [
        "expected 5 cells, got 4",
        "no number in column 'petal_length': ''",
        "no number in column 'petal_length': 'x'",
        "a number that is NaN, infinite or too large",
        "no label in column 'species'",
        "a number that is NaN, infinite or too large",
    ]
    assert found.skipped[0].startswith("table.csv, line 32")


def test_a_damaged_byte_costs_a_row(tmp_path):
    content = bytearray((iris() + "1,2,3,4,setosa\n" * 6000).encode())
    start = content.index(b"\n", 80_000) + 1
    content[start : start + 14] = b"1,2,3,4,setos\xff"
    found = imported(tmp_path, bytes(content))
    assert len(found.skipped) == 1 and "a label with bytes that are no text" in found.skipped[0]


def test_whole_numbers_written_as_floats(tmp_path):
    rows = [[f"{label}.0", *(f"{value}.0" for value in row)] for label, row in zip(NUMBERS, PIXELS, strict=True)]
    dataset = imported(tmp_path, table(["label", *(f"pixel{n}" for n in range(16))], rows)).dataset
    assert (dataset.classes, dataset.train_images.dtype) == (("0", "1", "2"), np.uint8)
    assert rows_of(dataset) == EXPECTED_PIXELS


def test_mnist_without_names_of_columns(tmp_path):
    images = RANDOM.integers(0, 256, (12, 784), dtype=np.uint8)
    text = table(None, ([n % 3, *row] for n, row in enumerate(images)))
    assert imported(tmp_path, text).dataset.image_shape == (1, 28, 28)
    named = table(
        ["label", *(f"{r}x{c}" for r in range(28) for c in range(28))], ([n % 3, *row] for n, row in enumerate(images))
    )
    whole = imported(tmp_path, named).dataset
    turned = imported(tmp_path, named, turned=True).dataset
    np.testing.assert_array_equal(turned.train_images, whole.train_images.transpose(0, 1, 3, 2))


def test_shapes_of_pixels(tmp_path):
    colours = RANDOM.integers(0, 256, (12, 3, 4, 5), dtype=np.uint8)
    header = ["label", *(f"pixel{n}" for n in range(60))]
    first = table(header, ([n % 3, *row.ravel()] for n, row in enumerate(colours)))
    last = table(header, ([n % 3, *row.transpose(1, 2, 0).ravel()] for n, row in enumerate(colours)))
    with pytest.raises(DataError, match="60 pixels are no square"):
        imported(tmp_path, first)
    dataset = imported(tmp_path, first, shape="3x4x5").dataset
    assert dataset.image_shape == (3, 4, 5)
    assert imported(tmp_path, last, shape="4x5x3").dataset.sha256 == dataset.sha256
    assert imported(tmp_path, iris(), shape="2x2").dataset.image_shape == (1, 2, 2)
    for shape, words in (("5x5", "has 25 values, but there are 60"), ("big", "expected HEIGHTxWIDTH")):
        with pytest.raises(DataError, match=words):
            imported(tmp_path, first, shape=shape)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "expected a table, got an empty file"),
        ("a,b,label\n", {}, "expected rows of as many cells"),
        ("label\nx\ny\n", {}, "expected columns of numbers beside the label"),
        (iris(), {"label": "kind"}, "label: no column 'kind'. Columns: sepal_length"),
        (iris(), {"label": "9"}, "label: no column '9'"),
        (iris(), {"drop": ["x"]}, "drop: no column 'x'"),
        ("x" * (1 << 22), {}, "rows of at most"),
        ('a,b,label\n"' + "1," * 100_000, {}, "no table"),
        (table(["a", "label"], ([n, n] for n in range(300))), {}, "1 to 256 different class names, got 300"),
        (table(["a", "label"], ([n, 0.5 + n] for n in range(300))), {}, "different class names"),
        (iris(), {"channels": "first"}, "for arrays in an .npz file; this is a CSV file"),
    ],
)
def test_wrong_tables_are_refused_in_words(tmp_path, text, options, words):
    with pytest.raises(DataError) as caught:
        imported(tmp_path, text, **options)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label": "y"}, "label and drop and shape and test_file are for tables"),
        ({"test_file": "x.csv"}, "label and drop and shape and test_file are for tables"),
        ({"turned": True}, "turned is for tables and IDX files"),
        ({"background": "red"}, "white and class_folder and background are for pictures"),
        ({"encoding": "cp949"}, "encoding is for archives of pictures and tables"),
    ],
)
def test_options_that_say_nothing_are_refused(tmp_path, options, words):
    np.savez(tmp_path / "x.npz", x=np.zeros((4, 2, 2), np.uint8), y=[0, 1, 0, 1])
    with pytest.raises(DataError, match=words):
        import_data(tmp_path / "x.npz", **options)
    with pytest.raises(DataError, match="floats is for pictures and arrays"):
        imported(tmp_path, iris(), floats="keep")


def test_a_table_of_test_rows(tmp_path):
    lines = kaggle().splitlines(keepends=True)
    test = tmp_path / "test.csv"
    test.write_text("".join([lines[0], *lines[21:]]))
    found = imported(tmp_path, "".join(lines[:21]), test_file=test)
    assert (len(found.dataset.train_labels), len(found.dataset.test_labels)) == (20, 10)
    np.testing.assert_array_equal(found.dataset.test_images.reshape(10, -1), PIXELS[20:])
    assert found.dataset.source == "table.csv, imported (20 rows) and test.csv"
    for text, words in (
        (iris(), "expected the columns of the training rows"),
        ("".join([lines[0], lines[1].replace(",", ".5,", 2)]), "from 0 to 255 as in the training rows"),
        ("", "expected a table, got an empty file"),
    ):
        test.write_text(text)
        with pytest.raises(DataError, match=words):
            imported(tmp_path, "".join(lines[:21]), test_file=test)
    with pytest.raises(DataError, match="cannot be read"):
        imported(tmp_path, kaggle(), test_file=tmp_path / "missing.csv")


def test_a_zip_of_one_table(tmp_path):
    zipped(tmp_path / "train.csv.zip", {"train.csv": iris().encode()})
    assert rows_of(import_data(tmp_path / "train.csv.zip").dataset) == EXPECTED_FEATURES
    zipped(tmp_path / "both.zip", {"train.csv": iris().encode(), "test.csv": b"a"})
    with pytest.raises(DataError, match="A table or a file of arrays is imported by its own path, unpacked"):
        import_data(tmp_path / "both.zip")


def test_a_table_without_labels_gives_images_to_predict(tmp_path):
    path = tmp_path / "test.csv"
    path.write_text(table([f"pixel{n}" for n in range(16)], PIXELS))
    found = read_unlabelled(path, (1, 4, 4), np.dtype(np.uint8))
    np.testing.assert_array_equal(found.images, PIXELS.reshape(-1, 1, 4, 4))
    assert found.identities[:2] == ("1", "2")
    imported(tmp_path, iris(), name="iris.csv")
    entry = CATALOGUE["iris"]
    # Columns are found by name, in any order; ids are given back, labels passed over.
    order = [2, 0, 3, 1]
    header = ["id", "species", *(entry.columns[place] for place in order)]
    path.write_text(table(header, ([f"n{n}", "", *row[order]] for n, row in enumerate(FEATURES))))
    found = read_unlabelled(path, entry.image_shape, np.dtype(np.float32), columns=entry.columns)
    np.testing.assert_array_equal(found.images[..., 0, 0], FEATURES.astype(np.float32))
    assert found.identities[:2] == ("n0", "n1")
    for text, words in (
        (table(["a", "b"], [(1, 2)]), "expected 4 columns of numbers"),
        (table(["a", "b", "c", "d"], [(1, 2, 3, 4), (1, 2, "", 4)]), "Every row needs an answer"),
        ("", "empty file"),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=words):
            read_unlabelled(path, (4, 1, 1), np.dtype(np.float32))
    for path_to, options, words in (
        (tmp_path / "missing.csv", {}, "cannot be read"),
        (path, {"encoding": "x"}, "encoding:"),
    ):
        with pytest.raises(DataError, match=words):
            read_unlabelled(str(path_to), (4, 1, 1), np.dtype(np.float32), **options)
    path.write_text(table(["a", "b", "c", "d"], FEATURES))
    with pytest.raises(DataError, match="whole numbers from 0 to 255"):
        read_unlabelled(path, (1, 2, 2), np.dtype(np.uint8))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("between", [",", ";"])
def test_fer2013_in_other_encodings(tmp_path, encoding, between):
    faces = RANDOM.integers(0, 256, (21, 2304), dtype=np.uint8)
    usages = ("Training", "PublicTest", "PrivateTest")
    rows = [[n % 7, " ".join(map(str, face)), usages[n // 7]] for n, face in enumerate(faces)]
    bad = [["9" * 5000, "1 2", "Training"], [1, "9" * 5000, "Training"]]
    found = imported(tmp_path, table(["emotion", "pixels", "Usage"], rows + bad, between), encoding=encoding)
    np.testing.assert_array_equal(found.dataset.train_images.reshape(7, -1), faces[:7])
    assert len(found.skipped) == 2
