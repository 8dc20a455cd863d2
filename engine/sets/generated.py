"""What scikit-learn's generators have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..errors import DataError
from .data_set import DataSet

if TYPE_CHECKING:
    from .source import Source


class Generated(DataSet):
    """Rows of a function of `sklearn.datasets`, whose own arguments and defaults are the options."""

    function: ClassVar[str]
    class_names: ClassVar[tuple[str, ...]] = ()
    """Names of the classes, where they have any but their numbers."""

    def read(self, seed: int) -> Source:
        import sklearn.datasets

        from .source import Source

        arguments = dict(self)
        if arguments["random_state"] is None:
            arguments["random_state"] = seed
        try:
            x, y = getattr(sklearn.datasets, self.function)(**arguments)
        except (TypeError, ValueError) as error:
            raise DataError(f"data.options do not fit {self.function}: {error}") from error
        if self.task == "regression":
            return Source(x=x, y=y.reshape(len(x), -1), task="regression")
        names = self.class_names or tuple(str(label) for label in range(int(y.max()) + 1))
        return Source(x=x, y=y.astype("int64"), task="classification", class_names=names)
