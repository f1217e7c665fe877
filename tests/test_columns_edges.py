"""compile(f, xp=numpy) where tables and numbers are odd: always what plain code gives, or an error that says where."""

import math
import pickle
import sys
from array import array

import pytest

from minigrad import Value, minimize
from minigrad.compiler import compile
from minigrad.compiler.column_sums import told
from minigrad.functions import atan2, ceil, floor, log, sqrt, trunc
from minigrad.optim import SGD

np = pytest.importorskip("numpy")


def twins(f, *numbers):
    """Two sets of parameters, and f over them compiled for columns and as plain code."""
    found = []
    for options in ({"xp": np}, {}):
        parameters = [Value(x) for x in numbers]
        found.append((compile(f(*parameters), **options), parameters))
    return found


def same_means(f, numbers, rows, rel=1e-12):
    """The program over columns, whose mean and gradient are those of plain code over these rows."""
    (columns, own), (plain, others) = twins(f, *numbers)
    assert columns.backward(rows) == pytest.approx(plain.backward(rows), rel=rel)
    assert [p.grad for p in own] == pytest.approx([p.grad for p in others], rel=rel)
    return columns


# --- Paths and groups -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [1.0, -1.0])
def test_a_parameter_that_only_a_later_path_meets_takes_no_row_to_the_original(first):
    program = same_means(
        lambda w, v: lambda x: w * x if x > 0.0 else v * x, (1.5, 3.0), [(first,)] * 300 + [(-2.0 * first,)] * 5
    )
    assert (program.traces, program.fallbacks) == (2, 0)
    assert "_grad, 0.0]" in program.source
    assert "[0.0, " in program.source


def test_rows_without_arguments_add_to_the_gradient_of_the_others():
    rows = [(1.0,), (1.0, 2.0), (), (3.0,)]
    same_means(lambda w: lambda *xs: w * sum(xs) + w, (2.0,), rows)
    same_means(lambda w: lambda *xs: w * sum(xs) + w, (2.0,), rows[::-1])


@pytest.mark.parametrize("rows", [[()], [(), (), (1.0,)], [(1.0,), ()]])
def test_a_path_that_rows_without_arguments_have_never_taken_is_traced(rows):
    (columns, own), (plain, others) = twins(lambda w: lambda *xs: w * w if w > 0.0 else -w, 2.0)
    for number in (2.0, -3.0):
        for program, (w,) in ((columns, own), (plain, others)):
            w.data, w.grad = number, 0.0
            loss = program.backward(rows)
            assert loss == pytest.approx(w.data**2 if number > 0.0 else 3.0)
            assert w.grad == pytest.approx(2.0 * w.data if number > 0.0 else -1.0)
            assert loss == pytest.approx(program.over(rows)())
    assert columns.fallbacks == 0


# --- Numbers at the ends of the floats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "numbers", "x"),
    [
        (lambda w, v: lambda x: w * (v * x), (1e-200, 1e-200), 1e300),
        (lambda w, v: lambda x: w * (v * x), (1e200, 1e200), 1e-300),
        (lambda w, v: lambda x: (w * x) * (v * x), (1e200, 1e180), 1e-190),
        (lambda w, v: lambda x: (w * x + v * x) ** 2, (1e200, 1e180), 1e-190),
        (lambda w, v: lambda x: (1e200 * x) * (1e180 * x) * w + v, (1.0, 0.0), 1e-190),
    ],
)
def test_numbers_that_are_taken_out_of_a_sum_leave_it_within_the_floats(f, numbers, x):
    assert same_means(f, numbers, [(x,), (2.0 * x,)] * 5).fallbacks == 0


def test_a_constant_and_the_share_of_a_row_are_taken_out_of_products():
    w = Value(2.0, label="w")
    program = compile(lambda x, y: (w * x - y) ** 2, xp=np)
    program.backward([(1.0, 2.0), (2.0, 3.0)])
    assert "w_grad = share * 2.0 * (t1 @ x)" in program.source


@pytest.mark.parametrize("f", [floor, ceil, trunc, round])
def test_what_is_rounded_to_zero_has_the_sign_of_a_whole_number(f):
    x = [-0.0, -0.2, 0.2, -5e-324]
    got = compile(lambda x: atan2(f(x), -1.0), xp=np)(np.array(x))
    assert got.tolist() == pytest.approx([atan2(f(number), -1.0) for number in x], rel=1e-15)


@pytest.mark.parametrize("f", [lambda x, _: x**0.5, lambda x, k: x**k, lambda x, _: x ** Value(0.5)])
def test_the_root_of_minus_zero_by_a_power_is_zero(f):
    assert math.copysign(1.0, (-0.0) ** 0.5) == 1.0
    w = Value(0.5)
    program = compile(lambda x: f(x, w), xp=np)
    assert np.copysign(1.0, program(np.array([-0.0, 4.0]))).tolist() == [1.0, 1.0]
    assert program(np.array([-0.0, 4.0])).tolist() == [0.0, 2.0]


# --- Tables as people have them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"xp": np}, {}])
@pytest.mark.parametrize(
    ("column", "got"),
    [
        (["1", "2"], r"'1' \(str\) in row 0"),
        ([1.0, None], r"None \(NoneType\) in row 1"),
        ([1.0, 1j], r"1j \(complex\) in row 1"),
        (array("w" if sys.version_info >= (3, 13) else "u", "12"), r"'1' \(str\) in row 0"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), r"None \(NoneType\) in row 1"),
        (np.ma.array([1, 2], mask=[False, True]), r"None \(NoneType\) in row 1"),
    ],
)
def test_what_is_no_number_in_a_column_is_named_with_its_row(column, got, options):
    w = Value(1.0)
    program = compile(lambda x, y: w * x * y, **options)
    with pytest.raises(TypeError, match=f"expected a column of real numbers for x, got {got}; leave such rows out"):
        program.backward({"x": column, "y": [1.0, 2.0]})


def test_numbers_below_a_mask_are_not_read():
    program = compile(lambda x: 2.0 * x, xp=np)
    assert program(np.ma.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    with pytest.raises(TypeError, match=r"for x, got None \(NoneType\) in row 1; .*dropna"):
        program(np.ma.array([1.0, 2.0], mask=[False, True]))
    w = Value(1.0)
    with pytest.raises(TypeError, match=r"for x_1, got None|for y, got None"):
        compile(lambda x, y: w * x * y, xp=np).backward(np.ma.array([[1.0, 2.0]], mask=[[False, True]]))


def test_text_in_an_array_of_another_library_is_no_number():
    class Letters:  # as polars has them: a dtype of its own
        dtype, shape = object(), (2,)

        def __len__(self):
            return 2

        def __array__(self, dtype=None, copy=None):
            return np.array(["1", "2"], dtype=dtype)

        def __repr__(self):
            return "Letters"

    with pytest.raises(
        TypeError, match=r"expected a column of real numbers for x, got Letters .* no type of real numbers"
    ):
        compile(lambda x: 2.0 * x, xp=np)(Letters())


class Particular:
    """A namespace that takes arrays only as PyTorch does: in order, in this machine's bytes, and writable."""

    __name__ = "particular"

    def __getattr__(self, name):
        if name == "ndarray":
            raise AttributeError(name)
        return getattr(np, name)

    def asarray(self, x, dtype=None):
        if hasattr(x, "dtype"):
            if not isinstance(x, np.ndarray) or min(x.strides) < 0 or not x.dtype.isnative:
                raise TypeError("not supported")
            assert x.flags.writeable
        return np.asarray(x, dtype=dtype)


class Labelled:
    """A column as pandas has it."""

    def __init__(self, x):
        self.x, self.dtype, self.shape = x, x.dtype, x.shape

    def __len__(self):
        return len(self.x)

    def to_numpy(self):
        return self.x


def test_columns_of_all_forms_are_read_where_a_namespace_takes_but_one():
    read_only = np.arange(3.0)
    read_only.flags.writeable = False
    program = compile(lambda x: 2.0 * x, xp=Particular())
    for x in (np.arange(3.0)[::-1][::-1], np.arange(3.0).astype(">f8"), read_only, Labelled(read_only)):
        assert program(x).tolist() == [0.0, 2.0, 4.0]
    assert program(np.arange(3.0)[::-1]).tolist() == [4.0, 2.0, 0.0]
    with pytest.raises(ValueError, match="of one dimension, for x, got one of shape"):
        program(np.ones((2, 2)))


def test_a_gradient_of_another_library_ends_at_a_column():
    class Tensor(np.ndarray):
        def detach(self):
            return np.asarray(self)

    x = np.arange(3.0).view(Tensor)
    assert type(compile(lambda x: (x, 2.0 * x), xp=np)(x)[0]) is np.ndarray


@pytest.mark.parametrize("options", [{"xp": np}, {}])
def test_a_column_has_an_order_and_one_dimension(options):
    w = Value(1.0)
    program = compile(lambda x, y: w * x * y, **options)
    with pytest.raises(TypeError, match="in the order of the rows for x, got a set; make it a list"):
        program.backward({"x": {1.0, 2.0}, "y": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"of one dimension, for x, got one of shape \(2, 1\); a name that several"):
        program.backward({"x": np.ones((2, 1)), "y": [1.0, 2.0]})


@pytest.mark.parametrize("options", [{"xp": np}, {}])
@pytest.mark.parametrize("rows", [None, 3, 2.5])
def test_what_are_no_rows_is_named(rows, options):
    w = Value(1.0)
    with pytest.raises(TypeError, match=r"expected rows: tuples of arguments, .* or columns by name, got"):
        compile(lambda x: w * x, **options).backward(rows)


def test_a_column_that_comes_out_as_it_went_in_belongs_to_the_caller_alone():
    x = np.arange(3.0)
    program = compile(lambda x, y: (x, x, 1.0 * x, y, x * y), xp=np)
    found = program(x, 2.0)
    for each in found:
        each[:] = each + 1.0
    assert x.tolist() == [0.0, 1.0, 2.0]
    assert [each.tolist() for each in found] == [[1.0, 2.0, 3.0]] * 3 + [[3.0, 3.0, 3.0], [1.0, 3.0, 5.0]]


def product(x, y):
    return x * y


def test_a_program_says_which_namespace_it_lacks_where_it_is_loaded(monkeypatch):
    program = compile(product, xp=np)
    unused, used = pickle.dumps(program), (program(np.ones(2), 2.0), pickle.dumps(program))[1]
    monkeypatch.setitem(sys.modules, "numpy", None)
    for data in (unused, used):
        with pytest.raises(ModuleNotFoundError, match=r"expected numpy, .* pip install numpy") as caught:
            pickle.loads(data)
        assert caught.value.name == "numpy"


def test_an_error_in_a_group_without_arguments_is_told():
    w = Value(-1.0)
    with pytest.raises(ValueError, match="log"):
        compile(lambda *xs: log(w) + sqrt(sum(xs)), xp=np).backward([(), (1.0,)])


class OddError(ValueError):
    """One that no copy can be made of."""

    def __init__(self, *, code):
        super().__init__("odd")
        self.code = code


@pytest.mark.parametrize("error", [ValueError("mine"), OddError(code=3)])
def test_an_error_that_is_raised_again_and_again_names_its_row_once(error):
    w = Value(1.0)

    def f(x):
        if x > 5.0:
            raise error
        return w * x

    program, x = compile(f, xp=np), np.array([0.0, 6.0, 2.0])
    for answer in (program, lambda x: program.backward({"x": x})) * 2:
        with pytest.raises(type(error), match=rf"^{error} \(row 1\)$") as caught:
            answer(x)
        assert getattr(caught.value, "code", 3) == 3
        assert caught.value.__traceback__ is not None


def test_a_namespace_whose_arrays_have_no_length_is_refused_at_once():
    class Bare:
        pass

    class Standard(Particular):  # of the array API standard, to the letter
        __name__ = "standard"

        def asarray(self, _x):
            return Bare()

    with pytest.raises(TypeError, match=r"expected an array namespace for xp whose arrays have len\(x\) .* no __len__"):
        compile(lambda x: x, xp=Standard())


@pytest.mark.parametrize("options", [{"xp": np}, {}, None])
def test_a_structured_array_goes_by_the_names_of_its_fields(options):
    w = Value(1.0)
    table = np.array([(6.0, 2.0), (9.0, 3.0)], dtype=[("y", float), ("x", float)])

    def f(x, y):
        return (w * x - y) ** 2

    assert minimize(f if options is None else compile(f, **options), SGD([w], lr=0.05), rows=table).converged
    assert w.data == pytest.approx(3.0)
    if options is not None:
        with pytest.raises(TypeError, match=r"expected a column for each argument of .*, x, got also y"):
            compile(lambda x: w * x, **options).backward(table)


@pytest.mark.parametrize("options", [{"xp": np}, {}])
def test_truths_in_an_array_are_numbers_and_make_no_code_of_their_own(options):
    w = Value(2.0)
    program = compile(lambda *xs: w * sum(xs), **options)
    table = np.random.default_rng(0).uniform(size=(600, 10)) < 0.5
    assert program.backward(table) == pytest.approx(2.0 * table.sum() / 600.0)
    assert program.traces == 1


class PeculiarError(ValueError):
    """An error whose class takes other arguments than it keeps."""

    def __init__(self, what, where):
        super().__init__(f"{what} at {where}")
        self.what = what


def test_an_error_of_whatever_class_is_told_with_its_row_and_stays_as_it_was():
    error = PeculiarError("nothing", "all")
    (found,) = told(error, 7).args
    assert type(found) is PeculiarError and str(found) == "nothing at all (row 7)" and found.what == "nothing"
    assert str(error) == "nothing at all"
