"""From features as measured to a table without gaps, each step recorded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import RobustScaler, StandardScaler

from cirl.radiomics.columns import parse_column

CONSTANT = 1e-12
"""A column whose range is below this share of its largest absolute value is constant."""

MINIMUM_SUBJECTS = 4
"""With fewer subjects any two columns may look alike, so that none is dropped for it."""


@dataclass(frozen=True)
class SelectionSettings:
    """Which measured features go into the table.

    Attributes:
        contrasts: names, or None for all.
        regions: names, or None for all.
        classes: PyRadiomics' classes, or None for all.
        images: ``original``, ``wavelet``, ``log``, or None for all; shape is of the original.
    """

    contrasts: Sequence[str] | None = None
    regions: Sequence[str] | None = ("WT",)
    classes: Sequence[str] | None = None
    images: Sequence[str] | None = None


@dataclass(frozen=True)
class CleaningSettings:
    """How the table is cleaned.

    Attributes:
        maximum_missing: columns with a larger share of missing cells are dropped, and then
            subjects with a larger share in the columns that are left.
        drop_constant: drop columns that have one value.
        maximum_correlation: of two columns with a larger absolute Pearson correlation the later
            one is dropped; None keeps all.
        imputation: ``median`` or ``mean`` of the column.
        scaling: ``standard`` (z-scores), ``robust`` (median and interquartile range), ``none``.
    """

    maximum_missing: float = 0.5
    drop_constant: bool = True
    maximum_correlation: float | None = 0.99
    imputation: str = "median"
    scaling: str = "standard"


def select_features(
    features: pd.DataFrame, settings: SelectionSettings
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Keep the columns of the wanted contrasts, regions, classes and images; record the others."""
    kept = [name for name in features.columns if _wanted(name, settings)]
    others = features.columns.difference(kept, sort=False)
    return features[kept], [_record(name, "not selected", "") for name in others]


def _wanted(name: str, settings: SelectionSettings) -> bool:
    """Tell whether a column is wanted."""
    column = parse_column(name)
    return (
        (column.contrast is None or _among(column.contrast, settings.contrasts))
        and _among(column.region, settings.regions)
        and _among(column.feature_class, settings.classes)
        and _among(column.filter, settings.images)
    )


def _among(name: str, wanted: Sequence[str] | None) -> bool:
    return wanted is None or name in wanted


@dataclass(frozen=True)
class Cleaned:
    """A table without gaps.

    Attributes:
        features: subjects x kept columns, filled and scaled.
        missing: the subjects without features, as ``subject, reason``.
        actions: what was done to the columns, as records ``column, action, detail``.
    """

    features: pd.DataFrame
    missing: pd.DataFrame
    actions: list[dict[str, str]]

    def report(self, earlier: list[dict[str, str]]) -> pd.DataFrame:
        """Return all that was done to the columns, with what was done before the cleaning."""
        return pd.DataFrame(earlier + self.actions, columns=["column", "action", "detail"])


def clean(
    features: pd.DataFrame,
    missing: pd.DataFrame,
    settings: CleaningSettings,
    training: Collection[str] | None = None,
) -> Cleaned:
    """Clean a table of features (indexed by subject, missing cells NaN).

    Args:
        features: as selected.
        missing: subjects that have no features at all, as ``subject, reason``.
        settings: how to clean.
        training: the subjects that the cleaning is learnt from; None for all.
    """
    if features.empty:
        first = "; ".join(missing["reason"].head(1))
        raise ValueError(f"none of {len(missing)} subjects has features; the first: {first}")
    learnt = features if training is None else features[features.index.isin(list(training))]
    cleaner = Cleaner(settings).fit(learnt)
    enough = cleaner.enough(features)
    sparse = [
        (subject, f"{share:.0%} of the features are missing")
        for subject, share in cleaner.missing_share(features)[~enough].items()
    ]
    without = pd.concat([missing, pd.DataFrame(sparse, columns=["subject", "reason"])])
    return Cleaned(
        cleaner.transform(features[enough]),
        without.sort_values("subject", ignore_index=True),
        cleaner.actions_,
    )


class Cleaner:
    """Learns from a table which columns to keep and how to fill and scale them.

    Attributes:
        columns_: columns that are kept.
        actions_: what was done, as records ``column, action, detail``.
    """

    def __init__(self, settings: CleaningSettings) -> None:
        self.settings = settings

    def fit(self, features: pd.DataFrame) -> "Cleaner":
        """Learn from features (subjects x columns, missing cells NaN).

        Raises:
            ValueError: if no subject or no column is left.
        """
        self.actions_: list[dict[str, str]] = []
        kept = self._drop_missing(features)
        self.present_ = list(kept.columns)
        kept = kept[self.enough(kept)]
        kept = self._drop_constant(kept)
        if kept.empty:
            raise ValueError(
                f"of {features.shape[1]} features of {features.shape[0]} subjects none is left "
                "after cleaning; see radiomics: cleaning in the configuration"
            )
        filled = self._impute(kept)
        filled = self._drop_duplicates(filled)
        self.columns_ = list(filled.columns)
        self._fit_scaler(filled)
        return self

    def missing_share(self, features: pd.DataFrame) -> pd.Series:
        """Return the share of missing cells of each subject, in columns not mostly missing."""
        return features[self.present_].isna().mean(axis=1)

    def enough(self, features: pd.DataFrame) -> pd.Series:
        """Tell which subjects have enough of the features (booleans by subject)."""
        return self.missing_share(features) <= self.settings.maximum_missing

    def transform(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the kept columns, filled and scaled."""
        filled = features[self.columns_].fillna(self.fill_)
        if self.scaler_ is None:
            return filled
        scaled = self.scaler_.transform(filled.to_numpy())
        return pd.DataFrame(scaled, index=filled.index, columns=filled.columns)

    def _drop(self, features: pd.DataFrame, action: str, reasons: dict[str, str]) -> pd.DataFrame:
        self.actions_ += [_record(name, action, reason) for name, reason in reasons.items()]
        return features.drop(columns=list(reasons))

    def _drop_missing(self, features: pd.DataFrame) -> pd.DataFrame:
        """Drop columns that miss too many cells, and those without any number."""
        share = features.isna().mean()
        limit = self.settings.maximum_missing
        drop = share[(share > limit) | (share == 1)]
        text = {str(name): f"{value:.1%} of the cells" for name, value in drop.items()}
        return self._drop(features, "dropped missing", text)

    def _drop_constant(self, features: pd.DataFrame) -> pd.DataFrame:
        if not self.settings.drop_constant:
            return features
        spread = features.max() - features.min()
        constant = features.columns[spread <= CONSTANT * features.abs().max()]
        text = {name: f"always {features[name].median():.6g}" for name in constant}
        return self._drop(features, "dropped constant", text)

    def _impute(self, features: pd.DataFrame) -> pd.DataFrame:
        imputer = SimpleImputer(strategy=self.settings.imputation).fit(features)
        self.fill_ = pd.Series(imputer.statistics_, index=features.columns)
        for name, count in zip(features.columns, features.isna().sum(), strict=True):
            if count:
                value = float(self.fill_[name])
                what = f"{count} cells set to the {self.settings.imputation} {value!r}"
                self.actions_.append(_record(name, "imputed", what))
        return features.fillna(self.fill_)

    def _drop_duplicates(self, features: pd.DataFrame) -> pd.DataFrame:
        """Drop each column that nearly equals (up to scale and sign) an earlier kept one."""
        limit = self.settings.maximum_correlation
        if limit is None:
            return features
        if len(features) < MINIMUM_SUBJECTS:
            note = f"{len(features)} subjects, correlations need {MINIMUM_SUBJECTS}"
            self.actions_.append(_record("(all)", "duplicates kept", note))
            return features
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.atleast_2d(np.corrcoef(features.to_numpy(), rowvar=False))
        np.nan_to_num(r, copy=False)  # thousands of columns make it the largest array here
        names, kept, reasons = list(features.columns), [0], {}
        for column in range(1, len(names)):
            nearest = kept[int(np.argmax(np.abs(r[column, kept])))]
            if abs(r[column, nearest]) > limit:
                reasons[names[column]] = f"r = {r[column, nearest]:.4f} with {names[nearest]}"
            else:
                kept.append(column)
        return self._drop(features, "dropped duplicate", reasons)

    def _fit_scaler(self, features: pd.DataFrame) -> None:
        self.scaler_: StandardScaler | RobustScaler | None = None
        if self.settings.scaling == "none":
            return
        if self.settings.scaling == "standard":
            self.scaler_ = StandardScaler().fit(features.to_numpy())
            centres = self.scaler_.mean_
        else:
            self.scaler_ = RobustScaler().fit(features.to_numpy())
            centres = self.scaler_.center_
        for name, centre, scale in zip(features.columns, centres, self.scaler_.scale_, strict=True):
            what = f"{self.settings.scaling}: minus {float(centre)!r}, by {float(scale)!r}"
            self.actions_.append(_record(name, "scaled", what))


def _record(column: str, action: str, detail: str) -> dict[str, str]:
    return {"column": column, "action": action, "detail": detail}
