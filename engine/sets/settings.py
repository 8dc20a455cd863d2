"""What every table of a preset is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import AllowInfNan, BaseModel, ConfigDict, Field, Strict

Number = Annotated[float, Strict(False), AllowInfNan(True)]
"""A measured figure, which may be `inf` or `nan`; also read back from strict JSON's "Infinity"."""

Band = Annotated[tuple[Number, Number], Strict(False)]
"""An inclusive interval, `[lowest, highest]`."""

Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""What NumPy, Keras and scikit-learn take as a seed."""

Count = Annotated[int, Field(ge=1)]
"""A number of things of which there must be one."""

Deviation = Annotated[float, Field(ge=0)]
"""A standard deviation."""


class Settings(BaseModel):
    """Base of every table: unknown keys are errors, the text under a field is its help."""

    # strict: a TOML document has types of its own, so "32" is a mistake where 32 is meant.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
