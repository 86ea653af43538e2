"""What the texture paper reports of low against high grade, and what follows from it.

Source: Perkonigg et al., "Unsupervised deep clustering for predictive texture pattern discovery in
medical images", section 3: 70 subjects of grades 0/1/2/3 = 1/20/32/17, accuracy .70, sensitivity
.78, specificity .52, F1 .78, each subject left out once.
"""

from dataclasses import dataclass

from scipy.special import ndtri


@dataclass(frozen=True)
class Confusion:
    """Subjects by truth and answer.

    Attributes:
        true_positive: high ones called high.
        false_negative: high ones called low.
        true_negative: low ones called low.
        false_positive: low ones called high.
    """

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    @property
    def high(self) -> int:
        """Subjects of high grade."""
        return self.true_positive + self.false_negative

    @property
    def low(self) -> int:
        """Subjects of low grade."""
        return self.true_negative + self.false_positive

    @property
    def measures(self) -> dict[str, float]:
        """What the paper reports, and the balanced accuracy, which it does not."""
        sensitivity, specificity = self.true_positive / self.high, self.true_negative / self.low
        wrong = self.false_negative + self.false_positive
        return {
            "balanced_accuracy": (sensitivity + specificity) / 2,
            "accuracy": (self.true_positive + self.true_negative) / (self.high + self.low),
            "f1": 2 * self.true_positive / (2 * self.true_positive + wrong),
            "sensitivity": sensitivity,
            "specificity": specificity,
        }

    @property
    def always_high(self) -> dict[str, float]:
        """What always answering high gives."""
        return Confusion(self.high, 0, 0, self.low).measures

    def balanced_interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the interval of the balanced accuracy, a mean of two independent proportions."""
        found = self.measures
        variance = sum(
            found[name] * (1 - found[name]) / count / 4
            for name, count in (("sensitivity", self.high), ("specificity", self.low))
        )
        half = float(ndtri((1 + confidence) / 2)) * variance**0.5
        return found["balanced_accuracy"] - half, found["balanced_accuracy"] + half


PAPER = Confusion(true_positive=38, false_negative=11, true_negative=11, false_positive=10)
"""The only counts that give all four published numbers."""
