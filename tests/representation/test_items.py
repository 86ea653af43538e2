"""Items of subjects are told apart by all of them."""

import numpy as np

from cirl.representation.items import Items


def test_digest_tells_data_apart():
    values = np.arange(6.0, dtype=np.float32).reshape(3, 1, 2)
    digest = Items(["a", "b", "c"], values).digest()
    assert Items(["a", "b", "c"], values.copy()).digest() == digest
    changed = values.copy()
    changed[2, 0, 1] += 1e-6
    assert Items(["a", "b", "c"], changed).digest() != digest
    assert Items(["a", "b", "d"], values).digest() != digest
    assert Items(["a", "b", "c"], values.reshape(3, 2, 1)).digest() != digest
