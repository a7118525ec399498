"""What `vernier dbt compare` selects, against what the real dbt selected."""
import subprocess
import sys

import pytest

from conftest import ROOT

CHECK = ROOT.parent / "shared" / "conformance" / "check.py"


@pytest.mark.slow
def test_compare_selects_what_dbt_selects(binary, capsys):
    if not CHECK.exists():
        pytest.skip("the conformance pairs (../shared/conformance) are not here")
    command = (f"{binary} dbt compare --base {{base}} --head {{head}} --select {{select}} "
               "--more-unrendered {unrendered} --indirect-selection {indirect} --output ids")
    done = subprocess.run([sys.executable, CHECK, CHECK.parent / "open", "--jobs", "2", "--cmd", command],
                          capture_output=True, text=True, timeout=300)
    with capsys.disabled():
        print("\n    " + "\n    ".join(done.stdout.splitlines()[-2:]))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
