"""What people decided: severities, acknowledgements, waivers, locked rules and the baseline."""

from readiness_pack.decisions import baseline
from readiness_pack.decisions.apply import decide
from readiness_pack.decisions.names import Selector
from readiness_pack.decisions.profiles import Ratings

__all__ = ["Ratings", "Selector", "baseline", "decide"]
