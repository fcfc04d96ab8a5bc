"""Everything that scikit-learn asks of an estimator, without an exception."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from latentia import Autoencoder


@parametrize_with_checks(
    [
        # Few epochs: the contract is about behaviour, and the defaults are measured elsewhere.
        Autoencoder(max_epochs=8, hidden_layer_sizes=(16,), n_components=1),
        Autoencoder(max_epochs=3, hidden_layer_sizes=(), activation="relu", bottleneck="relu", n_seeds=2),
    ]
)
def test_every_check_of_scikit_learn(estimator, check):
    check(estimator)


def test_defaults_pass_too():
    """The default settings themselves, on the checks that depend most on numerics."""
    from sklearn.utils import estimator_checks as checks

    for check in (
        checks.check_methods_subset_invariance,
        checks.check_methods_sample_order_invariance,
        checks.check_transformer_general,
        checks.check_fit_idempotent,
    ):
        check("Autoencoder", Autoencoder(random_state=0))


def test_checks_are_not_skipped_for_our_sake():
    """No expected failures are declared, so xfail_strict has nothing to hide."""
    assert not getattr(Autoencoder, "_xfail_checks", None)
    with pytest.raises(ValueError, match="infinite"):
        Autoencoder().fit(np.array([[1.0, np.inf], [2.0, 3.0], [4.0, 5.0]]))
